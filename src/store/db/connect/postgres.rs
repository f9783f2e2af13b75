//! The settings of a session on `PostgreSQL`, and the detection of a pooler between this process
//! and the server.
//!
//! A pooler in transaction mode gives each transaction any of its server sessions. There, settings
//! must end with the transaction, and statements must be unnamed: a name from one session is
//! unknown in the next, or names the statement of another client. A direct session keeps its
//! settings and prepared statements, which saves a round trip per statement.

use std::fmt::Write as _;
use std::time::Duration;

use crate::store::db::options::Timeouts;
use crate::store::location::SchemaName;

/// Settings and the SQL expressions of their values. Times are in UTC; acknowledged commits are on
/// disk; the sort memory is enough for the spaces of a list, so that its rows come from the index
/// in order (4 MB is the server's default, so any other value was set on purpose).
const SETTINGS: &[(&str, &str)] = &[
    ("TimeZone", "'UTC'"),
    ("client_encoding", "'UTF8'"),
    (
        "synchronous_commit",
        "CASE current_setting('synchronous_commit') WHEN 'off' THEN 'on' ELSE current_setting('synchronous_commit') \
         END",
    ),
    ("work_mem", "CASE current_setting('work_mem') WHEN '4MB' THEN '32MB' ELSE current_setting('work_mem') END"),
];

/// Time limits of the server that are lifted, since `--timeout` bounds the waits of this process.
/// Older servers lack some of them.
const LIFTED: &[&str] = &["statement_timeout", "idle_session_timeout", "transaction_timeout"];

/// Maximum time by which the server session may be older than this connection: that of the message
/// on the way.
const SLACK: Duration = Duration::from_secs(2);

/// Returns the first message to a server: one transaction that detects a pooler, sets up a direct
/// session, and leaves a pooled session unchanged.
///
/// In a direct session, `DEFAULT` for the application name is the value that this process sent when
/// it connected. A pooler sets the name later, with `SET`, or keeps its own. And a direct session
/// is not older than this connection.
pub(crate) fn greeting(
    application_name: &str,
    schema: Option<&SchemaName>,
    connecting_for: Duration,
    timeouts: Timeouts,
) -> String {
    let name = literal(application_name);
    let oldest = (connecting_for + SLACK).as_millis();
    let mut more = vec![("default_transaction_isolation", "'read committed'".to_owned())];
    more.extend(schema.map(search_path));
    let settings = calls("how.is_pooled", timeouts, &more);
    format!(
        "BEGIN; SET LOCAL application_name TO DEFAULT; \
         WITH how AS MATERIALIZED (SELECT current_setting('application_name') <> {name} \
         OR current_setting('application_name') = '' OR NOT EXISTS (SELECT 1 \
         FROM pg_stat_get_activity(pg_backend_pid()) \
         WHERE backend_start > clock_timestamp() - interval '{oldest} milliseconds') AS is_pooled) \
         SELECT current_setting('server_version_num')::bigint AS version, \
         current_setting('server_version') AS name, clock_timestamp() AS now, \
         CASE WHEN pg_is_in_recovery() OR current_setting('default_transaction_read_only')::boolean THEN 1 ELSE 0 END \
         AS read_only, pg_backend_pid() AS id, CASE WHEN is_pooled THEN 1 ELSE 0 END AS is_pooled, {settings} FROM how; END"
    )
}

/// Returns the settings that follow `BEGIN` in the same message behind a pooler, for this
/// transaction only. Another client of the pooler may have left its own search path in the server
/// session.
pub(crate) fn local_settings(schema: Option<&SchemaName>, timeouts: Timeouts) -> String {
    let more: Vec<_> = schema.map(search_path).into_iter().collect();
    let settings = calls("true", timeouts, &more);
    format!("; SET LOCAL search_path TO DEFAULT; SELECT {settings}")
}

/// Returns the setting that makes unqualified names refer to this schema. The temporary tables of
/// another client of a pooler come last, not first.
fn search_path(schema: &SchemaName) -> (&'static str, String) {
    ("search_path", literal(&format!("{schema}, pg_temp")))
}

/// Returns calls that apply the settings, for one transaction only if `is_local` is true, and the
/// limits of waits: a lock that is not granted in time is an error, and the server ends an idle
/// transaction.
fn calls(is_local: &str, timeouts: Timeouts, more: &[(&str, String)]) -> String {
    let mut calls = String::new();
    let limits =
        [("lock_timeout", timeouts.lock()), ("idle_in_transaction_session_timeout", timeouts.idle_in_transaction())];
    let limits = limits.map(|(name, limit)| (name, format!("'{}ms'", limit.as_millis())));
    let settings = SETTINGS.iter().map(|(name, value)| (*name, (*value).to_owned())).chain(limits);
    for (name, value) in settings.chain(more.iter().cloned()) {
        let comma = if calls.is_empty() { "" } else { ", " };
        let _ = write!(calls, "{comma}set_config('{name}', {value}, {is_local})");
    }
    for name in LIFTED {
        let set = format!("set_config('{name}', '0', {is_local})");
        let _ = write!(calls, ", CASE WHEN current_setting('{name}', true) <> '0' THEN {set} END");
    }
    calls
}

/// Quotes a text as a literal that is independent of the server's settings.
pub(crate) fn literal(text: &str) -> String {
    format!("E'{}'", text.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_escapes_quotes_and_backslashes() {
        assert_eq!(literal("invite"), "E'invite'");
        assert_eq!(literal("a'b\\c"), "E'a''b\\\\c'");
    }

    #[test]
    fn pooled_settings_end_with_the_transaction() {
        let settings = local_settings(None, Timeouts::default());
        assert!(
            !settings.contains("false") && settings.matches("set_config").count() == SETTINGS.len() + LIFTED.len() + 2,
            "{settings}"
        );
        assert!(!settings.replace("SET LOCAL ", "").contains("SET "), "{settings}");
    }
}
