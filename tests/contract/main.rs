//! Every behavior of the store and the actions, on every engine.
//!
//! One module per subject. A test is a function that takes a [`fixture::Fixture`] or an
//! [`fixture::Engine`] and is listed in [`every_engine!`], [`every_server!`] or
//! [`mysql_family!`], which define one test per engine: `redeem::NAME::postgres`.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

#[macro_use]
mod per_engine;

mod addresses;
mod administrator;
mod backfill;
mod backfill_dry_run;
mod backfill_faults;
mod cells;
mod cleanup;
mod count_open;
mod databases;
mod engine_comparison;
mod erased;
mod error_sources;
mod extend;
mod files;
mod files_identity;
mod fixture;
mod generate;
mod generate_dry_run;
mod generate_from;
mod generate_full;
mod generate_terms;
mod group_commit;
mod guessing;
mod helpers;
mod import_codes;
mod import_members;
mod import_spaces;
mod interrupted;
mod limits;
mod limits_bounded;
mod limits_created;
mod limits_disclosure;
mod limits_mails;
mod limits_races;
mod limits_regenerated;
mod list;
mod list_full;
mod list_lost_connection;
mod list_uses;
mod locks;
mod lookup;
mod members;
mod migrations;
mod model;
mod model_run;
mod name_codes;
mod operations;
mod own_space;
mod public;
mod purge;
mod races_creating;
mod redeem;
mod redeem_in;
mod redeem_in_failures;
mod redeem_races;
mod redeem_refused;
mod refused_cleanup;
mod refused_resend;
mod refused_rows;
mod refused_spaces;
mod regenerate;
mod reissued_codes;
mod removed;
mod removed_guards;
mod removed_open_invites;
mod removed_purge;
mod removed_races;
mod require_actor;
mod resend;
mod restored;
mod revoke;
mod revoke_filter;
mod roles;
mod roles_hidden;
mod roles_lists;
mod roles_races;
mod roles_sets;
mod roles_without_targets;
mod schema;
mod schema_comparison;
mod search;
mod send;
mod server_access;
mod server_bulk;
mod server_faults;
mod settings_mariadb;
mod settings_mysql;
mod settings_mysql_family;
mod settings_postgres;
mod settings_scenario;
mod shape;
mod show;
mod show_space;
mod spaces;
mod stats;
mod status;
