//! The name of a schema of `PostgreSQL`.

use std::fmt;

use crate::error::{Error, Result};

/// The longest name that the server keeps whole, in bytes.
const LONGEST: usize = 63;

/// How much of a refused name a message shows, in characters.
const SHOWN: usize = 40;

/// The name of a schema that can hold tables of an application. Its text is the
/// name as an identifier in quotes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SchemaName(String);

impl SchemaName {
    /// Reads a name as it is, without quotes: letter case counts.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is empty, longer than 63 bytes, reserved
    /// by the server, or with characters that nobody sees.
    pub(crate) fn parse(name: &str) -> Result<Self> {
        let shown: String = name.chars().take(SHOWN).collect();
        let shown = if shown.len() < name.len() { format!("{shown:?}...") } else { format!("{name:?}") };
        let refuse = |why: String| {
            let error = Error::invalid(format!("the schema name {shown} {why}"));
            error.with_hint("choose a separate schema for the tables of invite: --schema invite")
        };
        if name.is_empty() {
            return Err(refuse("is empty".to_owned()));
        }
        if name.len() > LONGEST {
            return Err(refuse(format!("is too long: {} bytes (maximum {LONGEST})", name.len())));
        }
        if name.chars().any(char::is_control) {
            return Err(refuse("contains a control character".to_owned()));
        }
        if name.trim() != name {
            return Err(refuse("begins or ends with white space".to_owned()));
        }
        // In a search path, $user stands for the name of the account, also in quotes.
        if name.starts_with("pg_") || name == "information_schema" || name == "$user" {
            return Err(refuse("is reserved by PostgreSQL".to_owned()));
        }
        Ok(SchemaName(name.to_owned()))
    }

    /// The name without quotes.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for SchemaName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\"{}\"", self.0.replace('"', "\"\""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_name_is_quoted_whatever_it_is() {
        let longest = "é".repeat(31);
        for (name, quoted) in [
            ("invite", "\"invite\""),
            ("Invite", "\"Invite\""),
            ("select", "\"select\""),
            ("we\"ird", "\"we\"\"ird\""),
            ("x; DROP TABLE invites; --", "\"x; DROP TABLE invites; --\""),
            ("PG_like", "\"PG_like\""),
            (longest.as_str(), format!("\"{longest}\"").as_str()),
        ] {
            assert_eq!(SchemaName::parse(name).unwrap().to_string(), quoted);
        }
    }

    #[test]
    fn schema_name_that_cannot_be_one_is_refused() {
        let (long, longer) = ("é".repeat(32), "x".repeat(10_000));
        for (name, why) in [
            ("", "is empty"),
            (long.as_str(), "64 bytes (maximum 63)"),
            (longer.as_str(), "10000 bytes"),
            ("pg_catalog", "reserved"),
            ("pg_invites", "reserved"),
            ("information_schema", "reserved"),
            ("$user", "reserved"),
            (" x", "white space"),
            ("a\nb", "control character"),
            ("a\0b", "control character"),
            ("a\u{1b}[31m", "control character"),
        ] {
            let error = SchemaName::parse(name).unwrap_err().to_string();
            assert!(error.contains(why) && error.len() < 200 && !error.contains('\u{1b}'), "{error}");
        }
    }
}
