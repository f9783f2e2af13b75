//! The engines that a database can run on.

use crate::store::db::migrate;

/// The family of an engine: what its statements and errors are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// One embedded file.
    Sqlite,
    /// `PostgreSQL`.
    Postgres,
    /// `MariaDB`, `MySQL` and Galera clusters of them.
    Mysql,
}

impl Engine {
    /// The engine that a URL's scheme names.
    pub(crate) fn of_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "sqlite" => Some(Engine::Sqlite),
            "postgres" | "postgresql" => Some(Engine::Postgres),
            "mysql" | "mariadb" => Some(Engine::Mysql),
            _ => None,
        }
    }

    /// The version of the embedded engine, which is built in.
    #[must_use]
    pub fn built_in_version() -> &'static str {
        libsqlite3_sys::SQLITE_VERSION.to_str().unwrap_or("of an unknown version")
    }

    /// The number of the newest migration: the same on all engines.
    #[must_use]
    pub fn newest_schema() -> i64 {
        migrate::of(Engine::Sqlite).iter().map(|migration| migration.version).max().unwrap_or_default()
    }
}
