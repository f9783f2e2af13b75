//! `--fields`: the fields that a list shows.

use std::io;

use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::cli::global::Format;
use crate::cli::ui::json::fields_of;
use crate::cli::ui::row::Row;
use crate::error::{Error, Result};

use crate::text::{nearest, quoted};

/// Option that selects fields.
#[derive(Debug, Default, Args)]
pub(crate) struct FieldsArgs {
    /// Only these fields, in this order, by their names in JSON: code,expires_at
    #[arg(long, value_name = "FIELD,...", value_delimiter = ',')]
    fields: Vec<String>,
}

impl FieldsArgs {
    /// Returns the selected fields of a list; `None` without the option.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown or repeated field, and for `-o code`.
    pub(crate) fn of<R: Row>(&self, format: Format) -> Result<Option<Fields>> {
        if self.fields.is_empty() {
            return Ok(None);
        }
        if format == Format::Code {
            return Err(Error::invalid("-o code writes codes alone, and --fields chooses fields of the other formats")
                .with_hint("leave one of them out, or use: --fields code -o csv"));
        }
        let mut chosen = Vec::new();
        for name in self.fields.iter().map(|name| name.trim()) {
            let Some(known) = R::FIELDS.iter().find(|known| **known == name) else { return Err(unknown::<R>(name)) };
            if chosen.contains(known) {
                return Err(Error::invalid(format!("--fields names {known} twice")));
            }
            chosen.push(*known);
        }
        Ok(Some(Fields(chosen)))
    }
}

/// Fields that were renamed before the first release, and what they are called now.
const FORMER_FIELDS: [(&str, &str); 7] = [
    ("acting_as", "actor"),
    ("dies_at", "effective_expiry"),
    ("full", "exhausted"),
    ("hits", "count"),
    ("until", "resets_at"),
    ("what", "counter"),
    ("who", "subject"),
];

fn unknown<R: Row>(name: &str) -> Error {
    let former = FORMER_FIELDS.iter().find(|(former, new)| *former == name && R::FIELDS.contains(new));
    if let Some((_, new)) = former {
        return Error::invalid(format!("the field {name} is now called {new}"))
            .with_hint(format!("write {new} in place of {name}"));
    }
    let error = Error::invalid(format!("unknown field {} in a list of {}", quoted(name), R::LIST));
    match nearest(name, R::FIELDS) {
        Some(near) => error.with_hint(format!("did you mean {near}?")),
        None => error.with_hint(format!("the fields are: {}", R::FIELDS.join(", "))),
    }
}

/// Checks that the fields of new invites include the code or the link: a code that is
/// stored as a hash is never shown again.
///
/// # Errors
/// [`Error::Invalid`] if neither is selected.
pub(crate) fn require_code(fields: Option<&Fields>) -> Result<()> {
    match fields {
        Some(Fields(chosen)) if !chosen.contains(&"code") && !chosen.contains(&"link") => {
            Err(Error::invalid("--fields must include code or link, because a new code is shown only once")
                .with_hint("add code or link to --fields"))
        }
        _ => Ok(()),
    }
}

/// Selected fields of a list, in the order of output.
pub(crate) struct Fields(Vec<&'static str>);

impl Fields {
    /// Returns the names of the fields.
    pub(crate) fn names(&self) -> &[&'static str] {
        &self.0
    }

    /// Returns the values of the fields in a record; null for a field that it lacks.
    pub(crate) fn pick(&self, record: &impl Serialize) -> io::Result<Map<String, Json>> {
        let mut fields = fields_of(record)?;
        Ok(self.0.iter().map(|name| ((*name).to_owned(), fields.remove(*name).unwrap_or_default())).collect())
    }
}

/// Returns a JSON value as text for a table cell.
pub(crate) fn cell_text(value: &Json) -> String {
    match value {
        Json::Null => "-".to_owned(),
        Json::String(text) => text.clone(),
        other => other.to_string(),
    }
}
