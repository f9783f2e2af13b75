//! The name of a schema of `PostgreSQL`.

use std::fmt;

use crate::error::{Error, Result};

/// Maximum length in bytes; the server truncates longer names.
const MAX_BYTES: usize = 63;

/// Number of characters of an invalid name that a message shows.
const MAX_SHOWN: usize = 40;

/// The name of a schema for the tables of an application. It is displayed as a quoted identifier.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SchemaName(String);

impl SchemaName {
    /// Parses a name without quotes; it is case-sensitive.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that is empty, longer than 63 bytes, reserved by the server,
    /// or contains control characters or outer white space.
    pub(crate) fn parse(name: &str) -> Result<Self> {
        let shown: String = name.chars().take(MAX_SHOWN).collect();
        let shown = if shown.len() < name.len() { format!("{shown:?}...") } else { format!("{name:?}") };
        let refuse = |why: String| {
            let error = Error::invalid(format!("the schema name {shown} {why}"));
            error.with_hint("choose a separate schema for the tables of invite: --schema invite")
        };
        if name.is_empty() {
            return Err(refuse("is empty".to_owned()));
        }
        if name.len() > MAX_BYTES {
            return Err(refuse(format!("is too long: {} bytes (maximum {MAX_BYTES})", name.len())));
        }
        if name.chars().any(char::is_control) {
            return Err(refuse("contains a control character".to_owned()));
        }
        if name.trim() != name {
            return Err(refuse("begins or ends with white space".to_owned()));
        }
        // In a search path, `$user` stands for the name of the account, even in quotes.
        if name.starts_with("pg_") || name == "information_schema" || name == "$user" {
            return Err(refuse("is reserved by PostgreSQL".to_owned()));
        }
        Ok(SchemaName(name.to_owned()))
    }

    /// Returns the name without quotes.
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
    fn valid_schema_name_is_quoted() {
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
    fn invalid_schema_name_is_refused_with_reason() {
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
