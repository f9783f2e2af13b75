//! Version of the command: short for `-V`, with the build, the engines and the schema for
//! `--version`.

use crate::store::{Db, Engine};

/// Version number.
const SHORT: &str = env!("CARGO_PKG_VERSION");

/// Returns the text after the name of the command, for `--version` or `-V`.
pub(crate) fn text(is_long: bool) -> String {
    if is_long { long() } else { SHORT.to_owned() }
}

/// Returns the version with the commit, the engines and the schema, for bug reports.
pub(crate) fn long() -> String {
    format!(
        "{SHORT} ({})\nengines: SQLite {} (built in), PostgreSQL, MariaDB, MySQL\nschema:  {}",
        env!("INVITE_BUILD"),
        Engine::built_in_version(),
        Db::newest_schema(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn build_has_commit_and_date_or_unknown() {
        let build = env!("INVITE_BUILD");
        let (commit, date) = build.split_once(", ").unwrap_or((build, "2026-11-21"));
        let is_commit = commit.len() == 12 && commit.chars().all(|digit| digit.is_ascii_hexdigit());
        assert!(is_commit || commit == "unknown", "{build}");
        assert!(chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_ok(), "{build}");
    }

    #[test]
    fn schema_is_the_newest_migration() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let newest = names.max().unwrap();
        let number = newest.split('_').next().unwrap().trim_start_matches('0');
        assert!(long().ends_with(&format!("\nschema:  {number}")), "{}", long());
        assert_eq!(text(false), SHORT);
    }
}
