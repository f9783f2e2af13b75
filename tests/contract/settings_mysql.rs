//! Variables of `MySQL` and their effect on the tool.

use servers::{Kind, Server};

use crate::databases::Database;
use crate::fixture::{Engine, Fixture};
use crate::helpers::imports::{default_import, failures_by_line, import_space_rows, rows};
use crate::settings_mysql_family::{Excluded, Matrix, TestedValue, is_complete, run, splits_large_batches};
use crate::settings_scenario::Expected::{Refused, Same};

const MATRIX: Matrix = Matrix {
    kind: Kind::MySql,
    engine: Engine::Mysql,
    version: "9.7.",
    names: "SELECT variable_name FROM performance_schema.variables_metadata WHERE variable_scope = 'SESSION'",
    tested: TESTED,
    excluded: EXCLUDED,
};

/// Each value would change results if the tool did not set its own.
const TESTED: &[TestedValue] = &[
    // Transactions.
    ("autocommit", "0", Same),
    ("completion_type", "'CHAIN'", Same),
    ("completion_type", "'RELEASE'", Same),
    ("transaction_isolation", "'SERIALIZABLE'", Same),
    ("transaction_isolation", "'READ-UNCOMMITTED'", Same),
    ("transaction_read_only", "1", Refused("does not accept writes")),
    ("read_only", "1", Refused("does not accept writes")),
    ("innodb_table_locks", "0", Same),
    ("low_priority_updates", "1", Same),
    ("xa_detach_on_prepare", "0", Same),
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
    ("updatable_views_with_limit", "0", Same),
    ("auto_increment_increment", "7", Same),
    ("auto_increment_offset", "5", Same),
    // Order and format.
    ("max_sort_length", "4", Same),
    ("max_length_for_sort_data", "4", Same),
    ("group_concat_max_len", "4", Same),
    ("div_precision_increment", "0", Same),
    ("lc_time_names", "'de_DE'", Same),
    ("lc_messages", "'de_DE'", Same),
    ("default_week_format", "7", Same),
    ("time_zone", "'-12:00'", Same),
    ("character_set_client", "'latin1'", Same),
    ("character_set_connection", "'ucs2'", Same),
    ("character_set_results", "'utf16'", Same),
    ("character_set_server", "'ucs2'", Same),
    ("character_set_filesystem", "'latin1'", Same),
    ("collation_connection", "'utf8mb4_tr_0900_ai_ci'", Same),
    ("collation_server", "'utf8mb4_tr_0900_ai_ci'", Same),
    ("default_collation_for_utf8mb4", "'utf8mb4_general_ci'", Same),
    // Meaning of statements.
    ("sql_mode", "'ANSI,NO_BACKSLASH_ESCAPES,PAD_CHAR_TO_FULL_LENGTH,TIME_TRUNCATE_FRACTIONAL'", Same),
    ("sql_mode", "'NO_UNSIGNED_SUBTRACTION,HIGH_NOT_PRECEDENCE,NO_ZERO_DATE'", Same),
    ("cte_max_recursion_depth", "0", Same),
    ("explicit_defaults_for_timestamp", "0", Same),
    ("init_connect", "'SET sql_select_limit = 0, autocommit = 0, sql_safe_updates = 1'", Same),
    ("windowing_use_high_precision", "0", Same),
    // Constraints and warnings.
    ("foreign_key_checks", "0", Same),
    ("unique_checks", "0", Same),
    ("restrict_fk_on_non_standard_key", "0", Same),
    ("max_error_count", "0", Same),
    ("max_error_count", "1", Same),
    ("sql_notes", "0", Same),
    ("sql_warnings", "1", Same),
    // Creation of tables.
    ("default_storage_engine", "MyISAM", Same),
    ("default_tmp_storage_engine", "MyISAM", Same),
    ("sql_require_primary_key", "1", Same),
    ("sql_generate_invisible_primary_key", "1", Same),
    ("show_gipk_in_create_table_and_information_schema", "0", Same),
    ("default_table_encryption", "1", Same),
    ("innodb_strict_mode", "0", Same),
    ("innodb_default_row_format", "'compact'", Refused("SET GLOBAL innodb_default_row_format")),
    ("old_alter_table", "1", Same),
    ("sql_quote_show_create", "0", Same),
    ("information_schema_stats_expiry", "0", Same),
    // Timeouts and sizes.
    ("innodb_lock_wait_timeout", "1", Same),
    ("lock_wait_timeout", "1", Same),
    ("max_execution_time", "1", Same),
    ("wait_timeout", "1", Same),
    ("interactive_timeout", "1", Same),
    ("net_read_timeout", "1", Same),
    ("net_write_timeout", "1", Same),
    ("max_allowed_packet", "16384", Same),
    ("net_buffer_length", "1024", Same),
    ("max_heap_table_size", "16384", Same),
    ("tmp_table_size", "1024", Same),
    ("internal_tmp_mem_storage_engine", "'MEMORY'", Same),
    ("join_buffer_size", "128", Same),
    ("sort_buffer_size", "32768", Same),
    ("read_rnd_buffer_size", "1", Same),
    ("range_optimizer_max_mem_size", "1", Same),
    ("set_operations_buffer_size", "16384", Same),
    ("parser_max_mem_size", "10000000", Same),
    // Query planning.
    ("optimizer_switch", "'derived_merge=off,semijoin=off,materialization=off,hash_join=off'", Same),
    ("optimizer_switch", "'subquery_to_derived=on,use_invisible_indexes=on,prefer_ordering_index=off'", Same),
    ("optimizer_search_depth", "1", Same),
    ("optimizer_prune_level", "0", Same),
    ("optimizer_trace", "'enabled=on'", Same),
    ("eq_range_index_dive_limit", "1", Same),
    // Session tracking and logs.
    ("session_track_gtids", "'ALL_GTIDS'", Same),
    ("session_track_schema", "0", Same),
    ("session_track_state_change", "1", Same),
    ("session_track_system_variables", "'*'", Same),
    ("session_track_transaction_info", "'CHARACTERISTICS'", Same),
    ("binlog_format", "'STATEMENT'", Refused("binlog_format")),
    ("binlog_format", "'MIXED'", Same),
    ("binlog_row_image", "'MINIMAL'", Same),
    ("binlog_row_value_options", "'PARTIAL_JSON'", Same),
    ("binlog_transaction_compression", "1", Same),
    ("profiling", "1", Same),
    ("explain_format", "'JSON'", Same),
    // Limits of the server.
    ("max_prepared_stmt_count", "0", Refused("SET GLOBAL max_prepared_stmt_count")),
    ("require_secure_transport", "1", Refused("ssl-mode=REQUIRED")),
    ("offline_mode", "1", Refused("offline mode")),
];

const EXCLUDED: &[Excluded] = &[
    (
        "sizes of buffers, which change no answer",
        &[
            "bulk_insert_buffer_size",
            "connection_memory_chunk_size",
            "histogram_generation_max_mem_size",
            "innodb_ddl_buffer_size",
            "myisam_sort_buffer_size",
            "optimizer_trace_limit",
            "optimizer_trace_max_mem_size",
            "optimizer_trace_offset",
            "preload_buffer_size",
            "query_alloc_block_size",
            "query_prealloc_size",
            "range_alloc_block_size",
            "read_buffer_size",
            "select_into_buffer_size",
            "transaction_alloc_block_size",
            "transaction_prealloc_size",
        ],
    ),
    (
        "threads, traces and texts for people",
        &[
            "end_markers_in_json",
            "explain_json_format_version",
            "innodb_ddl_threads",
            "innodb_parallel_read_threads",
            "optimizer_max_subgraph_pairs",
            "optimizer_trace_features",
            "print_identified_with_as_hex",
            "show_create_table_verbosity",
            "terminology_use_previous",
        ],
    ),
    ("logs of the server", &["long_query_time", "min_examined_row_limit", "profiling_history_size", "sql_log_off"]),
    (
        "replication and its log, which hold what the tables hold",
        &[
            "binlog_direct_non_transactional_updates",
            "binlog_rows_query_log_events",
            "binlog_transaction_compression_level_zstd",
            "group_replication_consistency",
            "gtid_owned",
            "rbr_exec_mode",
        ],
    ),
    (
        "of features that no statement of the tool uses: encryption functions, geometry, full text, \
         INSERT DELAYED, SELECT INTO, other storage engines, stored procedures, triggers of cascades",
        &[
            "block_encryption_mode",
            "enable_cascade_triggers",
            "enable_secondary_engine_statistics",
            "external_table_secondary_storage_engine",
            "external_table_storage_engine",
            "generated_random_password_length",
            "innodb_ft_enable_stopword",
            "innodb_ft_user_stopword_table",
            "keep_files_on_create",
            "max_delayed_threads",
            "max_insert_delayed_threads",
            "max_points_in_geometry",
            "max_sp_recursion_depth",
            "myisam_stats_method",
            "secondary_engine_cost_threshold",
            "select_into_disk_sync",
            "select_into_disk_sync_delay",
        ],
    ),
    ("used by the client library alone", &["net_retry_count"]),
    ("of the database, which each database has its own of", &["character_set_database", "collation_database"]),
    ("folders for temporary files: a full disk is tested in tests/process/disk.rs", &["innodb_tmpdir"]),
    (
        "limits that an error names: no connection left, no memory left",
        &["connection_memory_limit", "global_connection_memory_tracking", "max_user_connections"],
    ),
];

#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_settings_of_first_half_change_no_result() {
    run(&MATRIX, (0, 2)).await;
}

#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_settings_of_second_half_change_no_result() {
    run(&MATRIX, (1, 2)).await;
}

#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_variables_are_all_tested_or_excluded() {
    is_complete(&MATRIX).await;
}

/// The warnings of an INSERT distinguish rows that exist from rows that are refused.
#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_without_warnings_distinguishes_refused_rows() {
    let server = Server::with_options(Kind::MySql, &["--max-error-count=0"]);
    let fixture = Fixture::on(Database::migrated_on(&server).await, "").await;
    let first = rows(10, |number| format!("s{number:02},Space {number}\n"));
    import_space_rows(&fixture.service, &default_import(), format!("id,name\n{first}")).await;
    let mut admin = fixture.database().admin().await;
    admin.refuse("INSERT", "invite_spaces", "NEW.id = 's15'").await;
    let all = rows(20, |number| format!("s{number:02},Space {number}\n"));
    let (summary, recorder) = import_space_rows(&fixture.service, &default_import(), format!("id,name\n{all}")).await;
    assert_eq!((summary.added, summary.unchanged, summary.failed), (9, 10, 1));
    assert_eq!(failures_by_line(&recorder).iter().map(|(line, _)| *line).collect::<Vec<_>>(), [17]);
    assert_eq!(fixture.raw().await.count("invite_spaces").await, 19);
}

#[tokio::test]
#[ignore = "needs MySQL: sh tests/run.sh"]
async fn mysql_with_small_packets_gets_smaller_batches() {
    splits_large_batches(Kind::MySql).await;
}
