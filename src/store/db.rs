//! Connections, sessions, transactions and migrations.

pub(crate) mod activity;
pub(crate) mod commit_check;
pub(crate) mod connect;
pub(crate) mod connection;
pub(crate) mod connections;
pub(crate) mod database;
pub(crate) mod default_privileges;
pub(crate) mod duplicates;
pub(crate) mod group_commit;
pub(crate) mod host_state;
pub(crate) mod json_rows;
pub(crate) mod migrate;
pub(crate) mod options;
pub(crate) mod pool;
pub(crate) mod retry;
pub(crate) mod row;
pub(crate) mod row_reader;
pub(crate) mod row_stream;
pub(crate) mod schema;
pub(crate) mod schema_state;
pub(crate) mod server_clock;
pub(crate) mod session;
pub(crate) mod steps;
pub(crate) mod timeout;
pub(crate) mod transaction;
