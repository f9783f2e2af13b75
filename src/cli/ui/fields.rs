//! `--fields`: the fields that a list shows.

use std::fmt;
use std::io;
use std::marker::PhantomData;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches};
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::cli::global::Format;
use crate::cli::ui::json::fields_of;
use crate::cli::ui::row::{Row, Selectable};
use crate::error::{Error, Result};

use crate::text::{nearest, quoted};

/// Option that selects fields of a record. Its help names the fields of the record.
pub(crate) struct FieldsArgs<R> {
    names: Vec<String>,
    record: PhantomData<fn() -> R>,
}

impl<R> fmt::Debug for FieldsArgs<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("FieldsArgs").field(&self.names).finish()
    }
}

/// Name of the option.
const OPTION: &str = "fields";

impl<R: Selectable> Args for FieldsArgs<R> {
    fn augment_args(command: Command) -> Command {
        let help = format!("Only these fields, in this order, by their names in JSON: {}", R::EXAMPLE);
        let mut long = format!("{help}\n\nFields: {}.", R::FIELDS.join(", "));
        if let Some((option, fields)) = R::VARIANT {
            long.push_str(&format!(" With {option}: {}.", fields.join(", ")));
        }
        command.arg(
            Arg::new(OPTION)
                .long(OPTION)
                .value_name("FIELD,...")
                .value_delimiter(',')
                .action(ArgAction::Append)
                .help(help)
                .long_help(long),
        )
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<R> FromArgMatches for FieldsArgs<R> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let names = matches.get_many::<String>(OPTION).unwrap_or_default().cloned().collect();
        Ok(FieldsArgs { names, record: PhantomData })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl<R: Selectable> FieldsArgs<R> {
    /// Returns the selected fields of a list; `None` without the option.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown or repeated field, and for `-o code`.
    pub(crate) fn selected(&self, format: Format) -> Result<Option<Fields>> {
        self.selected_of::<R>(format)
    }
}

impl<R> FieldsArgs<R> {
    /// Returns the selected fields of a list of another record, as
    /// [`FieldsArgs::selected`] does.
    ///
    /// # Errors
    /// As [`FieldsArgs::selected`].
    pub(crate) fn selected_of<V: Row>(&self, format: Format) -> Result<Option<Fields>> {
        if self.names.is_empty() {
            return Ok(None);
        }
        if format == Format::Code {
            return Err(Error::invalid("-o code writes codes alone, and --fields chooses fields of the other formats")
                .with_hint("leave one of them out, or use: --fields code -o csv"));
        }
        let mut chosen = Vec::new();
        for name in self.names.iter().map(|name| name.trim()) {
            let Some(known) = V::FIELDS.iter().find(|known| **known == name) else { return Err(unknown::<V>(name)) };
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
    let near = nearest(name, R::FIELDS).map_or(String::new(), |near| format!("did you mean {near}? "));
    error.with_hint(format!("{near}fields: {}", R::FIELDS.join(", ")))
}

/// Checks that the fields of new invites include the code or the link: a code that is
/// stored as a hash is never shown again.
///
/// # Errors
/// [`Error::Invalid`] if neither is selected.
pub(crate) fn require_code(fields: Option<&Fields>) -> Result<()> {
    match fields {
        Some(fields) if !fields.contain("code") && !fields.contain("link") => {
            Err(Error::invalid("--fields must include code or link, because a new code is shown only once")
                .with_hint("add code or link to --fields"))
        }
        _ => Ok(()),
    }
}

/// Selected fields of a list, in the order of output.
pub(crate) struct Fields(Vec<&'static str>);

impl Fields {
    /// True if a field is selected.
    pub(crate) fn contain(&self, name: &str) -> bool {
        self.0.contains(&name)
    }

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
