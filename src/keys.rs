//! Keys of a table in a configuration file. The field of a struct defines a key once: name,
//! type, documentation, default and limits.

use std::borrow::Cow;

use crate::text::wrapped;

/// The value of a key, as a file writes it.
#[derive(Debug, Clone)]
pub(crate) enum Value {
    Text(Cow<'static, str>),
    Number(i64),
    Flag(bool),
    List(Vec<String>),
}

/// A key of a table.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    /// The documentation comment of the field: a summary, then other paragraphs.
    pub(crate) doc: &'static str,
    pub(crate) rule: Rule,
}

/// The values that a key accepts, and its default.
pub(crate) enum Rule {
    /// A string, which the type of the field may restrict to some words.
    Text(&'static str),
    /// A string; the empty one, the default, means no value.
    OptionalText,
    /// A string without a default: the table is refused for this reason.
    RequiredText(&'static str),
    /// True or false.
    Flag(bool),
    /// A list of strings, empty by default.
    List,
    /// A list of strings; the default is that of another key.
    ListAs(&'static str),
    /// A list of strings without a default: the table is refused for this reason.
    RequiredList(&'static str),
    /// A whole number: default, minimum and maximum.
    Number(i64, i64, i64),
    /// A whole number, or a word for no limit, which is the default.
    Limit(&'static str),
    /// A whole number or "none". The number is the default of policies that send e-mails.
    MailLimit(i64),
}

/// Maximum of a limit.
const MAX_LIMIT: i64 = 1_000_000_000;

impl Rule {
    /// Returns the default, unless it depends on other keys.
    pub(crate) fn default(&self) -> Option<Value> {
        Some(match self {
            Rule::Text(text) | Rule::Limit(text) => Value::Text(Cow::Borrowed(text)),
            Rule::OptionalText => Value::Text(Cow::Borrowed("")),
            Rule::Flag(flag) => Value::Flag(*flag),
            Rule::List => Value::List(Vec::new()),
            Rule::Number(number, ..) => Value::Number(*number),
            Rule::RequiredText(_) | Rule::RequiredList(_) | Rule::ListAs(_) | Rule::MailLimit(_) => return None,
        })
    }

    /// Returns the text that means no value.
    pub(crate) fn none(&self) -> Option<&'static str> {
        match self {
            Rule::OptionalText => Some(""),
            Rule::Limit(word) => Some(word),
            Rule::MailLimit(_) => Some("none"),
            _ => None,
        }
    }

    /// Checks the type of a value, and the range of a number.
    ///
    /// # Errors
    /// The reason for which the value is refused.
    pub(crate) fn check(&self, value: &Value) -> Result<(), String> {
        let (minimum, maximum) = match self {
            Rule::Number(_, minimum, maximum) => (*minimum, *maximum),
            _ => (1, MAX_LIMIT),
        };
        match (self, value, self.none()) {
            (Rule::Text(_) | Rule::OptionalText | Rule::RequiredText(_), Value::Text(_), _)
            | (Rule::Flag(_), Value::Flag(_), _)
            | (Rule::List | Rule::ListAs(_) | Rule::RequiredList(_), Value::List(_), _) => Ok(()),
            (Rule::Text(_) | Rule::OptionalText | Rule::RequiredText(_), ..) => Err("write a string in quotes".into()),
            (Rule::Flag(_), ..) => Err("write true or false".into()),
            (Rule::List | Rule::ListAs(_) | Rule::RequiredList(_), ..) => {
                Err("write a list of roles: [\"owner\", \"admin\"]".into())
            }
            (_, Value::Number(number), _) if (minimum..=maximum).contains(number) => Ok(()),
            (_, Value::Number(number), _) => Err(format!("{number} is outside {minimum} to {maximum}")),
            (_, Value::Text(text), Some(none)) if text == none => Ok(()),
            (_, Value::Text(text), Some(none)) => Err(format!("{text:?} is neither a number nor {none:?}")),
            _ => Err("write a whole number".into()),
        }
    }
}

impl Key {
    /// Returns the paragraphs of the documentation.
    pub(crate) fn paragraphs(&self) -> Vec<String> {
        let lines: Vec<&str> = self.doc.lines().map(str::trim).collect();
        lines.split(|line| line.is_empty()).map(|lines| lines.join(" ")).filter(|text| !text.is_empty()).collect()
    }

    /// Returns the first paragraph without its full stop, with the range of a number.
    pub(crate) fn summary(&self) -> String {
        let text = self.paragraphs().swap_remove(0);
        let text = text.trim_end_matches('.');
        match self.rule {
            Rule::Number(_, minimum, maximum) => format!("{text}, {minimum} to {maximum}"),
            _ => text.to_owned(),
        }
    }

    /// Returns the summary as lines of plain text; a note at its end stays on one line.
    pub(crate) fn lines(&self, note: &str, width: usize) -> Vec<String> {
        let note = note.replace(' ', "\u{a0}");
        let lines = wrapped(&format!("{} {note}", self.summary().replace('`', "")), width);
        lines.iter().map(|line| line.replace('\u{a0}', " ")).collect()
    }

    /// Returns the default in brackets.
    pub(crate) fn default_note(&self) -> String {
        match (self.rule.default(), &self.rule) {
            (Some(value), _) => format!("[default: {}]", value.to_toml()),
            (_, Rule::ListAs(key)) => format!("[default: {key}]"),
            (_, Rule::MailLimit(limit)) => format!("[default: {limit} if email = \"required\"]"),
            _ => "[required]".to_owned(),
        }
    }
}

impl Value {
    /// Returns the value in TOML.
    pub(crate) fn to_toml(&self) -> String {
        match self {
            Value::Text(text) => toml::Value::from(text.as_ref()).to_string(),
            Value::Number(number) => number.to_string(),
            Value::Flag(flag) => flag.to_string(),
            Value::List(items) => toml::Value::from(items.clone()).to_string(),
        }
    }
}

/// Defines a struct, or an enum of structs, whose fields are keys. `KEYS` lists them in
/// their order, and `NAMES` their names. Fields in `with` are no keys.
macro_rules! keys {
    (
        $(#[$meta:meta])*
        pub struct $table:ident {
            $($(#[doc = $doc:literal])+ $(#[serde($($serde:tt)+)])? $key:ident: $type:ty = $rule:expr,)+
        } with {
            $($(#[doc = $other_doc:literal])+ $other:ident: $other_type:ty,)*
        }
    ) => {
        $(#[$meta])*
        pub struct $table {
            $($(#[doc = $other_doc])+ #[serde(skip)] pub $other: $other_type,)*
            $($(#[doc = $doc])+ $(#[serde($($serde)+)])? pub $key: $type,)+
        }

        $crate::keys::keys!(@list $table { $($($doc)+, $key, $rule;)+ });
    };
    (
        $(#[$meta:meta])*
        pub enum $table:ident {
            $(
                $(#[doc = $variant_doc:literal])+
                $variant:ident {
                    $($(#[doc = $doc:literal])+ $(#[serde($($serde:tt)+)])? $key:ident: $type:ty = $rule:expr,)+
                },
            )+
        }
    ) => {
        $(#[$meta])*
        pub enum $table {
            $(
                $(#[doc = $variant_doc])+
                $variant { $($(#[doc = $doc])+ $(#[serde($($serde)+)])? $key: $type,)+ },
            )+
        }

        $crate::keys::keys!(@list $table { $($($($doc)+, $key, $rule;)+)+ });
    };
    (@list $table:ident { $($($doc:literal)+, $key:ident, $rule:expr;)+ }) => {
        impl $table {
            pub(crate) const KEYS: &'static [$crate::keys::Key] =
                &[$($crate::keys::Key { name: stringify!($key), doc: concat!($($doc, "\n"),+), rule: $rule }),+];
            pub(crate) const NAMES: &'static [&'static str] = &[$(stringify!($key)),+];
        }
    };
}

pub(crate) use keys;
