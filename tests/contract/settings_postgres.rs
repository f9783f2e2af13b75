//! Parameters of `PostgreSQL`: each one that an administrator can set for the sessions of a
//! database is set in turn, and the scenario of `settings_scenario` is run.

use std::collections::BTreeSet;

use crate::databases::Database;
use crate::fixture::Engine;
use crate::helpers::raw::Raw;
use crate::settings_scenario::Expected::{Refused, Same};
use crate::settings_scenario::{Expected, Outcome, ScenarioRun, first_difference, outcome};

/// The version whose parameters are all tested or excluded.
const VERSION: &str = "15.";

/// Selects the names of the parameters that a session can set.
const NAMES: &str = "SELECT name FROM pg_settings WHERE context IN ('user', 'superuser')";

/// Each value would change results if the tool did not set its own.
const TESTED: &[(&str, &str, Expected)] = &[
    // Time limits.
    ("statement_timeout", "'20ms'", Same),
    ("lock_timeout", "'1ms'", Same),
    ("idle_in_transaction_session_timeout", "'1ms'", Same),
    ("idle_session_timeout", "'1ms'", Same),
    ("deadlock_timeout", "'10s'", Same),
    ("client_connection_check_interval", "'1ms'", Same),
    ("tcp_user_timeout", "'1s'", Same),
    // Transactions.
    ("default_transaction_isolation", "'serializable'", Same),
    ("default_transaction_isolation", "'repeatable read'", Same),
    ("default_transaction_deferrable", "on", Same),
    ("default_transaction_read_only", "on", Refused("does not accept writes")),
    ("synchronous_commit", "off", Same),
    ("synchronous_commit", "'remote_apply'", Same),
    ("exit_on_error", "on", Same),
    // Formats of values and statements.
    ("DateStyle", "'SQL, DMY'", Same),
    ("IntervalStyle", "'sql_standard'", Same),
    ("TimeZone", "'Pacific/Chatham'", Same),
    ("timezone_abbreviations", "'Australia'", Same),
    ("bytea_output", "'escape'", Same),
    ("extra_float_digits", "'-15'", Same),
    ("client_encoding", "'LATIN1'", Same),
    ("standard_conforming_strings", "off", Same),
    ("escape_string_warning", "on", Same),
    ("backslash_quote", "off", Same),
    ("array_nulls", "off", Same),
    ("transform_null_equals", "on", Same),
    ("quote_all_identifiers", "on", Same),
    ("xmlbinary", "'hex'", Same),
    ("xmloption", "'document'", Same),
    ("lc_messages", "'C'", Same),
    ("lc_monetary", "'C'", Same),
    ("lc_numeric", "'C'", Same),
    ("lc_time", "'C'", Same),
    ("default_text_search_config", "'pg_catalog.german'", Same),
    ("client_min_messages", "'debug5'", Same),
    // Schemas and row-level security.
    ("search_path", "'nowhere'", Refused("has no usable schema")),
    ("search_path", "'pg_catalog, public'", Refused("has no usable schema")),
    ("row_security", "off", Same),
    ("default_tablespace", "'pg_default'", Same),
    ("default_toast_compression", "'pglz'", Same),
    ("check_function_bodies", "off", Same),
    ("session_replication_role", "'local'", Same),
    ("lo_compat_privileges", "on", Same),
    // Query planning.
    ("enable_seqscan", "off", Same),
    ("enable_indexscan", "off", Same),
    ("enable_indexonlyscan", "off", Same),
    ("enable_bitmapscan", "off", Same),
    ("enable_sort", "off", Same),
    ("enable_hashagg", "off", Same),
    ("enable_hashjoin", "off", Same),
    ("enable_nestloop", "off", Same),
    ("enable_material", "off", Same),
    ("plan_cache_mode", "'force_generic_plan'", Same),
    ("plan_cache_mode", "'force_custom_plan'", Same),
    ("constraint_exclusion", "on", Same),
    ("join_collapse_limit", "1", Same),
    ("from_collapse_limit", "1", Same),
    ("geqo_threshold", "2", Same),
    ("jit_above_cost", "0", Same),
    ("force_parallel_mode", "on", Same),
    ("max_parallel_workers_per_gather", "8", Same),
    ("cursor_tuple_fraction", "0", Same),
    ("synchronize_seqscans", "on", Same),
    ("gin_fuzzy_search_limit", "1", Same),
    // Sizes.
    ("work_mem", "'64kB'", Same),
    ("maintenance_work_mem", "'1MB'", Same),
    ("temp_buffers", "'800kB'", Same),
    ("hash_mem_multiplier", "1", Same),
    ("temp_file_limit", "'1MB'", Same),
    // Additional computations.
    ("track_activities", "off", Same),
    ("track_counts", "off", Same),
    ("track_functions", "'all'", Same),
    ("compute_query_id", "on", Same),
    ("stats_fetch_consistency", "'none'", Same),
    ("debug_print_plan", "on", Same),
    ("log_statement", "'all'", Same),
];

/// Excluded parameters by the prefix of their names, with reasons.
const EXCLUDED: &[(&str, &[&str])] = &[
    (
        "estimates and methods of the planner, beside those that are tested",
        &["cpu_", "enable_", "geqo", "jit", "parallel_", "min_parallel_", "max_parallel_", "random_page_", "seq_page_"],
    ),
    ("the same", &["effective_", "recursive_worktable_factor", "default_statistics_target"]),
    ("what the server logs, prints or counts", &["log_", "debug_", "track_", "update_process_title", "trace_"]),
    ("vacuum and maintenance, which change no answer", &["vacuum_", "maintenance_io_", "gin_pending_", "logical_"]),
    (
        "how the disk and the write-ahead log are written",
        &["backend_flush_after", "commit_", "wal_", "ignore_", "zero_"],
    ),
    ("connections that break, which tests/faults and tests/process break", &["tcp_keepalives_"]),
    (
        "libraries that an administrator loads",
        &["dynamic_library_path", "local_preload_", "session_preload_", "extension_"],
    ),
    ("one table access method and the default tablespaces exist", &["default_table_access_method", "temp_tablespaces"]),
    (
        "passwords of new roles, rights of system tables",
        &["password_encryption", "allow_system_table_mods", "createrole_"],
    ),
    ("sent by the tool, shown to administrators", &["application_name"]),
    ("of one transaction, or of the role", &["transaction_", "role", "session_authorization"]),
    ("a stack that is too small is the server's own error", &["max_stack_depth"]),
    ("random numbers of the server, which nothing uses", &["seed"]),
    ("the view is for people; the tool reads tables", &["restrict_nonsystem_relation_kind"]),
    ("for the tests and the logs of the server itself", &["allow_in_place_tablespaces", "backtrace_functions"]),
    ("fixed when the server is built", &["is_superuser", "in_hot_standby"]),
];

async fn run(part: usize, parts: usize) {
    let usual = ScenarioRun::run(Database::empty(Engine::Postgres).await).await.results().await;
    let mut admin = Raw::of_server(Engine::Postgres, &servers::postgres().admin_url("postgres")).await;
    let mut wrong = Vec::new();
    for (name, value, expected) in TESTED.iter().skip(part).step_by(parts) {
        let database = Database::empty(Engine::Postgres).await;
        let alter = format!("ALTER DATABASE {}", database.name());
        if let Err(error) = admin.try_run(format!("{alter} SET {name} = {value}")).await {
            wrong.push(format!("{name} = {value}: {error}"));
            continue;
        }
        let complaint = match outcome(database, *expected).await {
            Outcome::Completed(life) => {
                admin.run(format!("{alter} RESET {name}")).await;
                first_difference(&life.results().await, &usual)
            }
            Outcome::Refused(said) => said,
        };
        wrong.extend(complaint.map(|complaint| format!("{name} = {value}: {complaint}")));
    }
    assert!(wrong.is_empty(), "on PostgreSQL:\n{}", wrong.join("\n"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn postgres_settings_of_first_half_change_no_result() {
    run(0, 2).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn postgres_settings_of_second_half_change_no_result() {
    run(1, 2).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
async fn every_postgres_parameter_is_tested_or_excluded() {
    let database = Database::empty(Engine::Postgres).await;
    let mut admin = database.admin().await;
    let version = admin.text("SHOW server_version").await.unwrap();
    if !version.starts_with(VERSION) {
        // Another version has other parameters.
        return;
    }
    let tested: BTreeSet<&str> = TESTED.iter().map(|(name, ..)| *name).collect();
    let is_excluded = |name: &str| EXCLUDED.iter().flat_map(|(_, begins)| *begins).any(|begin| name.starts_with(begin));
    let names = admin.texts(NAMES).await;
    let undecided: Vec<&String> =
        names.iter().filter(|name| !tested.contains(name.as_str()) && !is_excluded(name.as_str())).collect();
    assert!(undecided.is_empty(), "nothing is decided of {undecided:?}");
}
