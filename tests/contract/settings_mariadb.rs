//! Variables of `MariaDB` and their effect on the tool.

use servers::Kind;

use crate::fixture::Engine;
use crate::settings_mysql_family::{Excluded, Matrix, TestedValue, is_complete, run, splits_large_batches};
use crate::settings_scenario::Expected::{Refused, Same};

const MATRIX: Matrix = Matrix {
    kind: Kind::MariaDb,
    engine: Engine::Mariadb,
    version: "10.11.",
    names: "SELECT lower(variable_name) FROM information_schema.system_variables WHERE variable_scope = 'SESSION'",
    tested: TESTED,
    excluded: EXCLUDED,
};

/// Each value would change results if the tool did not set its own.
const TESTED: &[TestedValue] = &[
    // Transactions.
    ("autocommit", "0", Same),
    ("completion_type", "'CHAIN'", Same),
    ("completion_type", "'RELEASE'", Same),
    ("tx_isolation", "'SERIALIZABLE'", Same),
    ("tx_isolation", "'READ-UNCOMMITTED'", Same),
    ("tx_read_only", "1", Refused("does not accept writes")),
    ("read_only", "1", Refused("does not accept writes")),
    ("innodb_snapshot_isolation", "1", Same),
    ("innodb_table_locks", "0", Same),
    ("low_priority_updates", "1", Same),
    // Selection of rows.
    ("sql_select_limit", "0", Same),
    ("sql_select_limit", "1", Same),
    ("sql_safe_updates", "1", Same),
    ("sql_big_selects", "0", Same),
    ("max_join_size", "1", Same),
    ("max_seeks_for_key", "1", Same),
    ("sql_auto_is_null", "1", Same),
    ("sql_buffer_result", "1", Same),
    ("big_tables", "1", Same),
    ("query_cache_type", "1", Same),
    ("updatable_views_with_limit", "0", Same),
    ("auto_increment_increment", "7", Same),
    ("auto_increment_offset", "5", Same),
    // Order and format.
    ("max_sort_length", "64", Same),
    ("max_length_for_sort_data", "4", Same),
    ("group_concat_max_len", "4", Same),
    ("div_precision_increment", "0", Same),
    ("lc_time_names", "'de_DE'", Same),
    ("lc_messages", "'de_DE'", Same),
    ("default_week_format", "7", Same),
    ("default_regex_flags", "'DOTALL'", Same),
    ("time_zone", "'-12:00'", Same),
    ("character_set_client", "'latin1'", Same),
    ("character_set_connection", "'ucs2'", Same),
    ("character_set_results", "'utf16'", Same),
    ("character_set_server", "'ucs2'", Same),
    ("character_set_filesystem", "'latin1'", Same),
    ("collation_connection", "'utf8mb4_turkish_ci'", Same),
    ("collation_server", "'utf8mb4_turkish_ci'", Same),
    // Meaning of statements.
    ("sql_mode", "'ANSI,NO_BACKSLASH_ESCAPES,EMPTY_STRING_IS_NULL,PAD_CHAR_TO_FULL_LENGTH'", Same),
    ("sql_mode", "'ORACLE'", Same),
    ("sql_mode", "'NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE,TIME_ROUND_FRACTIONAL'", Same),
    ("old_mode", "'NO_DUP_KEY_WARNINGS_WITH_IGNORE,NO_PROGRESS_INFO,ZERO_DATE_TIME_CAST'", Same),
    ("sql_if_exists", "1", Same),
    ("standard_compliant_cte", "0", Same),
    ("max_recursive_iterations", "0", Same),
    ("explicit_defaults_for_timestamp", "0", Same),
    ("init_connect", "'SET sql_select_limit = 0, autocommit = 0, sql_safe_updates = 1'", Same),
    // Constraints and warnings.
    ("foreign_key_checks", "0", Same),
    ("unique_checks", "0", Same),
    ("check_constraint_checks", "0", Same),
    ("max_error_count", "0", Same),
    ("sql_notes", "0", Same),
    ("sql_warnings", "1", Same),
    ("note_verbosity", "''", Same),
    // Creation of tables.
    ("default_storage_engine", "Aria", Same),
    ("default_tmp_storage_engine", "MyISAM", Same),
    ("enforce_storage_engine", "Aria", Refused("enforce_storage_engine is set to another storage engine")),
    ("innodb_strict_mode", "0", Same),
    ("innodb_default_row_format", "'compact'", Refused("SET GLOBAL innodb_default_row_format")),
    ("innodb_compression_default", "1", Same),
    ("alter_algorithm", "'COPY'", Same),
    ("old_alter_table", "'INPLACE'", Same),
    ("sql_quote_show_create", "0", Same),
    // Timeouts and sizes.
    ("innodb_lock_wait_timeout", "1", Same),
    ("lock_wait_timeout", "1", Same),
    ("max_statement_time", "0.003", Same),
    ("wait_timeout", "1", Same),
    ("interactive_timeout", "1", Same),
    ("net_read_timeout", "1", Same),
    ("net_write_timeout", "1", Same),
    ("idle_transaction_timeout", "1", Same),
    ("idle_write_transaction_timeout", "1", Same),
    ("idle_readonly_transaction_timeout", "1", Same),
    ("max_allowed_packet", "16384", Same),
    ("net_buffer_length", "1024", Same),
    ("max_heap_table_size", "16384", Same),
    ("tmp_table_size", "1024", Same),
    ("tmp_memory_table_size", "0", Same),
    ("join_buffer_size", "128", Same),
    ("sort_buffer_size", "1024", Same),
    ("read_rnd_buffer_size", "1", Same),
    ("max_rowid_filter_size", "1024", Same),
    // Query planning.
    ("optimizer_switch", "'derived_merge=off,semijoin=off,materialization=off,in_to_exists=on'", Same),
    ("optimizer_switch", "'not_null_range_scan=on,mrr=on,rowid_filter=off,exists_to_in=off'", Same),
    ("optimizer_search_depth", "1", Same),
    ("optimizer_use_condition_selectivity", "1", Same),
    ("optimizer_trace", "'enabled=on'", Same),
    ("join_cache_level", "8", Same),
    ("in_predicate_conversion_threshold", "2", Same),
    ("eq_range_index_dive_limit", "1", Same),
    ("use_stat_tables", "'NEVER'", Same),
    // Session tracking and logs.
    ("session_track_schema", "0", Same),
    ("session_track_state_change", "1", Same),
    ("session_track_system_variables", "'*'", Same),
    ("session_track_transaction_info", "'CHARACTERISTICS'", Same),
    ("binlog_format", "'STATEMENT'", Refused("binlog_format")),
    ("binlog_format", "'ROW'", Same),
    ("binlog_row_image", "'MINIMAL'", Same),
    ("profiling", "1", Same),
    // Limits of the server.
    ("max_prepared_stmt_count", "0", Refused("SET GLOBAL max_prepared_stmt_count")),
    ("require_secure_transport", "1", Refused("ssl-mode=REQUIRED")),
];

const EXCLUDED: &[Excluded] = &[
    (
        "sizes of buffers, which change no answer",
        &[
            "aria_sort_buffer_size",
            "bulk_insert_buffer_size",
            "join_buffer_space_limit",
            "mrr_buffer_size",
            "myisam_sort_buffer_size",
            "optimizer_trace_max_mem_size",
            "preload_buffer_size",
            "query_alloc_block_size",
            "query_prealloc_size",
            "range_alloc_block_size",
            "read_buffer_size",
            "rowid_merge_buff_size",
            "transaction_alloc_block_size",
            "transaction_prealloc_size",
        ],
    ),
    (
        "statistics and estimates of the optimizer, except the tested ones",
        &[
            "analyze_max_length",
            "analyze_sample_percentage",
            "expensive_subquery_limit",
            "histogram_size",
            "histogram_type",
            "optimizer_adjust_secondary_key_costs",
            "optimizer_extra_pruning_depth",
            "optimizer_join_limit_pref_ratio",
            "optimizer_max_sel_arg_weight",
            "optimizer_max_sel_args",
            "optimizer_prune_level",
            "optimizer_selectivity_sampling_limit",
        ],
    ),
    (
        "of other storage engines than InnoDB",
        &[
            "aria_repair_threads",
            "aria_stats_method",
            "deadlock_search_depth_long",
            "deadlock_search_depth_short",
            "deadlock_timeout_long",
            "deadlock_timeout_short",
            "keep_files_on_create",
            "myisam_repair_threads",
            "myisam_stats_method",
        ],
    ),
    (
        "logs of the server",
        &[
            "log_disabled_statements",
            "log_queries_not_using_indexes",
            "log_slow_admin_statements",
            "log_slow_disabled_statements",
            "log_slow_filter",
            "log_slow_max_warnings",
            "log_slow_min_examined_row_limit",
            "log_slow_query",
            "log_slow_query_time",
            "log_slow_rate_limit",
            "log_slow_slave_statements",
            "log_slow_verbosity",
            "log_warnings",
            "long_query_time",
            "min_examined_row_limit",
            "profiling_history_size",
            "slow_query_log",
            "sql_log_off",
        ],
    ),
    (
        "replication and its log, which hold what the tables hold",
        &[
            "binlog_alter_two_phase",
            "binlog_annotate_row_events",
            "binlog_direct_non_transactional_updates",
            "gtid_domain_id",
            "max_relay_log_size",
            "server_id",
            "sql_log_bin",
            "sql_slave_skip_counter",
        ],
    ),
    (
        "of a cluster, whose suite is its own (tests/cluster)",
        &[
            "wsrep_causal_reads",
            "wsrep_dirty_reads",
            "wsrep_on",
            "wsrep_osu_method",
            "wsrep_retry_autocommit",
            "wsrep_sync_wait",
            "wsrep_trx_fragment_size",
            "wsrep_trx_fragment_unit",
        ],
    ),
    (
        "of features that no statement of the tool uses: column compression, encryption by key, \
         full text, INSERT DELAYED, stored procedures, system versioning, the query cache's form",
        &[
            "column_compression_threshold",
            "column_compression_zlib_level",
            "column_compression_zlib_strategy",
            "column_compression_zlib_wrap",
            "innodb_default_encryption_key_id",
            "innodb_ft_enable_stopword",
            "innodb_ft_user_stopword_table",
            "max_delayed_threads",
            "max_insert_delayed_threads",
            "max_sp_recursion_depth",
            "query_cache_strip_comments",
            "query_cache_wlock_invalidate",
            "system_versioning_alter_history",
            "system_versioning_asof",
            "system_versioning_insert_history",
        ],
    ),
    (
        "without an effect in this version, or aliases of tested variables",
        &["max_tmp_tables", "net_retry_count", "old", "storage_engine", "tcp_nodelay", "progress_report_time"],
    ),
    (
        "of old passwords and threads: they decide on the login, not on what follows",
        &["old_passwords", "thread_pool_priority"],
    ),
    ("of the database, which each database has its own of", &["character_set_database", "collation_database"]),
    (
        "folders and room for temporary files: a full disk is tested in tests/process/disk.rs",
        &["innodb_tmpdir", "tmp_disk_table_size"],
    ),
    (
        "limits that an error names: no connection left, no memory left",
        &["max_session_mem_used", "max_user_connections"],
    ),
];

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn mariadb_settings_of_first_half_change_no_result() {
    run(&MATRIX, (0, 2)).await;
}

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn mariadb_settings_of_second_half_change_no_result() {
    run(&MATRIX, (1, 2)).await;
}

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn every_mariadb_variable_is_tested_or_excluded() {
    is_complete(&MATRIX).await;
}

#[tokio::test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
async fn mariadb_with_small_packets_gets_smaller_batches() {
    splits_large_batches(Kind::MariaDb).await;
}
