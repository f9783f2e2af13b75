//! `[policy.NAME]` tables of configuration files. Every value has its file and line, which
//! errors name.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::{Error, Result};
use crate::keys::Value;
use crate::policy::rules::policy_keys;
use crate::text::nearest;

/// A place in a configuration file.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    file: Arc<PathBuf>,
    line: usize,
    /// Number of files that this one overrides.
    layer: usize,
}

impl Place {
    /// Returns true if this file overrides the file of another place.
    pub(crate) fn overrides(&self, other: &Place) -> bool {
        self.layer > other.layer
    }

    /// Creates an error whose message begins with this place.
    pub(crate) fn refuse(&self, what: &str) -> Error {
        Error::invalid(format!("{}, line {}: {what}", self.file.display(), self.line))
    }
}

/// The text of a configuration file, with its path.
pub(crate) struct Lines<'t> {
    file: Arc<PathBuf>,
    text: &'t str,
    /// The offset of every line feed.
    ends: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub(crate) fn new(file: &Path, text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset).collect();
        Lines { file: Arc::new(file.to_owned()), text, ends }
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.ends.partition_point(|end| *end < offset) + 1;
        Place { file: Arc::clone(&self.file), line, layer: 0 }
    }

    /// Parses the file as TOML, with the position of every value.
    pub(crate) fn parse(&self) -> Result<DeTable<'t>> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let place = self.place(error.span().map_or(0, |span| span.start));
            place.refuse(error.message())
        })
    }
}

/// The keys of one policy, as the files set them.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    pub(crate) name: String,
    pub(crate) place: Place,
    pub(crate) values: BTreeMap<&'static str, (Value, Place)>,
}

impl Keys {
    /// Creates an error with the place of a key, or of the table if it lacks the key.
    pub(crate) fn refuse(&self, key: &str, reason: &str) -> Error {
        let place = self.values.get(key).map_or(&self.place, |(_, place)| place);
        place.refuse(&format!("policy.{}: {key}: {reason}", self.name))
    }

    /// Returns true if the policy sends e-mails, which have limits by default.
    pub(crate) fn sends_mails(&self) -> bool {
        matches!(self.values.get("email"), Some((Value::Text(rule), _)) if rule == "required")
    }

    /// Iterates over all roles that the table names: every list is a list of roles.
    pub(crate) fn roles(&self) -> impl Iterator<Item = &str> {
        let lists = self.values.values().filter_map(|(value, _)| match value {
            Value::List(roles) => Some(roles),
            _ => None,
        });
        lists.flatten().map(String::as_str)
    }
}

/// Keys that were renamed before the first release, and what they are called now.
const FORMER_KEYS: [(&str, &str); 8] = [
    ("creator_may_revoke", "creator_can_revoke"),
    ("digits_max", "max_digits"),
    ("kept_as", "storage"),
    ("may_create", "create_roles"),
    ("may_resend", "resend_roles"),
    ("may_revoke", "revoke_roles"),
    ("may_see", "view_roles"),
    ("resends", "max_resends"),
];

/// The `[policy.NAME]` tables of one file, or of several that override each other.
#[derive(Debug, Clone, Default)]
pub struct PolicyTables(BTreeMap<String, Keys>);

impl PolicyTables {
    /// Parses a file that contains only `[policy.NAME]` tables.
    ///
    /// # Errors
    /// [`Error::Invalid`] with file, line and reason.
    pub fn read(file: &Path, text: &str) -> Result<Self> {
        let lines = Lines::new(file, text);
        let root = lines.parse()?;
        match root.get("policy") {
            Some(tables) => PolicyTables::from_toml(&lines, tables),
            None => Ok(PolicyTables::default()),
        }
    }

    /// Reads the value of the key `policy`.
    pub(crate) fn from_toml(lines: &Lines<'_>, tables: &Spanned<DeValue<'_>>) -> Result<Self> {
        let Some(policies) = tables.get_ref().as_table() else {
            return Err(lines.place(tables.span().start).refuse("policy must be a table of tables: [policy.NAME]"));
        };
        let mut found = BTreeMap::new();
        for (name, table) in policies {
            let place = lines.place(name.span().start);
            let name = check_name(name.get_ref(), &place)?;
            let Some(keys) = table.get_ref().as_table() else {
                return Err(place.refuse(&format!("policy.{name} must be a table: [policy.{name}]")));
            };
            let values = read_keys(lines, &name, keys)?;
            found.insert(name.clone(), Keys { name, place, values });
        }
        Ok(PolicyTables(found))
    }

    /// Applies the tables of another file, whose keys override these one by one.
    pub(crate) fn override_with(&mut self, upper: &PolicyTables) {
        for (name, keys) in &upper.0 {
            match self.0.get_mut(name) {
                Some(lower) => {
                    let layer = 1 + lower.values.values().map(|(_, place)| place.layer).max().unwrap_or(0);
                    let raised = |place: &Place| Place { layer, ..place.clone() };
                    let values = keys.values.iter();
                    lower.values.extend(values.map(|(key, (value, place))| (*key, (value.clone(), raised(place)))));
                }
                None => {
                    self.0.insert(name.clone(), keys.clone());
                }
            }
        }
    }

    /// Returns all roles that the tables name.
    pub(crate) fn roles(&self) -> BTreeSet<String> {
        self.0.values().flat_map(Keys::roles).map(str::to_owned).collect()
    }

    /// Lists the keys of each policy.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Keys> {
        self.0.values()
    }
}

fn check_name(name: &str, place: &Place) -> Result<String> {
    let fits = (1..=32).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'_'));
    if fits {
        return Ok(name.to_owned());
    }
    Err(place.refuse(&format!(
        "a policy's name has 1 to 32 of a-z, 0-9, - and _; {:?} has others",
        name.chars().take(40).collect::<String>()
    )))
}

fn read_keys(lines: &Lines<'_>, policy: &str, keys: &DeTable<'_>) -> Result<BTreeMap<&'static str, (Value, Place)>> {
    let mut values = BTreeMap::new();
    for (key, value) in keys {
        let place = lines.place(key.span().start);
        let name = key.get_ref().as_ref();
        let Some(known) = policy_keys().find(|known| known.name == name) else {
            return Err(unknown_key(policy, name, &place));
        };
        let read = read_value(value.get_ref()).ok_or_else(|| {
            place.refuse(&format!(
                "policy.{policy}: {name}: a {} is not allowed; write a string, a whole number, true, false or a list \
                 of strings",
                value.get_ref().type_str()
            ))
        })?;
        values.insert(known.name, (read, place));
    }
    Ok(values)
}

fn unknown_key(policy: &str, name: &str, place: &Place) -> Error {
    if let Some((_, new)) = FORMER_KEYS.iter().find(|(former, _)| *former == name) {
        let error = place.refuse(&format!("policy.{policy}: the key {name} is now called {new}"));
        return error.with_hint(format!("write {new} in place of {name}"));
    }
    let known: Vec<&str> = policy_keys().map(|key| key.name).collect();
    let error = place.refuse(&format!("policy.{policy}: unknown key {name:?}"));
    match nearest(name, &known) {
        Some(near) => error.with_hint(format!("did you mean {near:?}?")),
        None => error.with_hint(format!("keys: {}", known.join(", "))),
    }
}

fn read_value(value: &DeValue<'_>) -> Option<Value> {
    Some(match value {
        DeValue::String(text) => Value::Text(text.to_string().into()),
        DeValue::Integer(number) => Value::Number(i64::from_str_radix(number.as_str(), number.radix()).ok()?),
        DeValue::Boolean(flag) => Value::Flag(*flag),
        DeValue::Array(items) => {
            let texts = items.iter().map(|item| item.get_ref().as_str().map(str::to_owned));
            Value::List(texts.collect::<Option<Vec<String>>>()?)
        }
        _ => return None,
    })
}
