//! The settings of a session on `MariaDB` or `MySQL`.
//!
//! An administrator can set most variables globally. Those that affect a result, an error or the
//! end of a statement are set here, so that a command works the same on every server. None of them
//! needs a privilege. `tests/contract/settings_mariadb.rs` and `settings_mysql.rs` decide on each
//! variable.

use std::fmt::Write as _;

use crate::store::db::options::Timeouts;

/// The servers that have a variable.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Known {
    Both,
    Mariadb,
    Mysql,
}

/// Variables and the SQL expressions of their values.
const SETTINGS: &[(Known, &str, &str)] = &[
    // Statements outside a transaction are committed, and the end of a transaction begins no other
    // one.
    (Known::Both, "autocommit", "1"),
    (Known::Both, "completion_type", "'NO_CHAIN'"),
    (Known::Both, "time_zone", "'+00:00'"),
    // Values that do not fit are errors.
    (Known::Both, "sql_mode", "'STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT'"),
    (Known::Mariadb, "old_mode", "''"),
    // All rows are read, texts are sorted by their full length, and large joins are allowed.
    (Known::Both, "sql_select_limit", "18446744073709551615"),
    (Known::Both, "sql_big_selects", "1"),
    (Known::Both, "sql_safe_updates", "0"),
    (Known::Both, "max_sort_length", "1024"),
    (Known::Mariadb, "sort_buffer_size", "GREATEST(@@sort_buffer_size, 262144)"),
    // Foreign keys and constraints are checked.
    (Known::Both, "foreign_key_checks", "1"),
    (Known::Both, "unique_checks", "1"),
    (Known::Mariadb, "check_constraint_checks", "1"),
    // The server's messages are searched for names.
    (Known::Both, "lc_messages", "'en_US'"),
    // A reader of rows may pause, and the server's own limits end no running statement or
    // transaction.
    (Known::Both, "wait_timeout", "120"),
    (Known::Both, "net_read_timeout", "120"),
    (Known::Both, "net_write_timeout", "600"),
    (Known::Mariadb, "idle_write_transaction_timeout", "0"),
    (Known::Mariadb, "idle_readonly_transaction_timeout", "0"),
    (Known::Mariadb, "max_statement_time", "0"),
    (Known::Mysql, "max_execution_time", "0"),
    // The warnings of an insert tell why rows were skipped. On `MySQL`, only an administrator may
    // set how many are kept.
    (Known::Mariadb, "max_error_count", "65535"),
];

/// Returns the first statements of a session: the settings, the limits of waits in whole seconds,
/// character set, collation and isolation level. The row that they return has the server's time and
/// the ID of the connection.
///
/// `MySQL` has only one limit for idle transactions and other idle connections: `dialect::begin`
/// takes it from the variable.
pub(crate) fn settings(timeouts: Timeouts) -> String {
    let (lock, idle) = (timeouts.lock().as_secs().max(1), timeouts.idle_in_transaction().as_secs().max(1));
    let both = list(Known::Both);
    let (mariadb, mysql) = (list(Known::Mariadb), list(Known::Mysql));
    // Each server executes only the comment that is addressed to it.
    format!(
        "SET {both}, innodb_lock_wait_timeout = {lock}, lock_wait_timeout = {lock}, @invite_idle = {idle} \
         /*M! , {mariadb}, idle_transaction_timeout = {idle} */ /*!80017 , {mysql} */; \
         SET NAMES utf8mb4 COLLATE /*M! utf8mb4_nopad_bin */ /*!80017 utf8mb4_0900_bin */; \
         SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED; \
         SELECT UTC_TIMESTAMP(6) AS now, CONNECTION_ID() AS id"
    )
}

fn list(known: Known) -> String {
    let mut list = String::new();
    for (_, name, value) in SETTINGS.iter().filter(|(by, ..)| *by == known) {
        let comma = if list.is_empty() { "" } else { ", " };
        let _ = write!(list, "{comma}{name} = {value}");
    }
    list
}

/// The extra setting of a node of a cluster: reads wait for the changes of the other nodes.
pub(crate) const SET_CLUSTER: &str = "SET SESSION wsrep_sync_wait = 7";

/// Asks for the version and the state of a server. A row limit would truncate the answer, and an
/// older server lacks some of the settings, so only the limits are lifted first.
pub(crate) const GREETING: &str = "SET sql_select_limit = 18446744073709551615, sql_big_selects = 1; \
     SHOW VARIABLES WHERE Variable_name IN \
     ('version', 'read_only', 'innodb_read_only', 'tx_read_only', 'transaction_read_only', 'wsrep_on')";

/// Asks a node for its state in the cluster.
pub(crate) const CLUSTER_STATE: &str = "SHOW STATUS WHERE Variable_name IN ('wsrep_ready', 'wsrep_cluster_status')";
