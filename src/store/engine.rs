//! The database engines.

/// A family of engines with the same SQL and the same errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// An embedded file.
    Sqlite,
    /// `PostgreSQL`.
    Postgres,
    /// `MariaDB`, `MySQL` and Galera clusters of them.
    Mysql,
}

impl Engine {
    /// Returns the engine of a URL scheme.
    pub(crate) fn from_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "sqlite" => Some(Engine::Sqlite),
            "postgres" | "postgresql" => Some(Engine::Postgres),
            "mysql" | "mariadb" => Some(Engine::Mysql),
            _ => None,
        }
    }

    /// Returns the version of the built-in `SQLite`.
    #[must_use]
    pub fn built_in_version() -> &'static str {
        libsqlite3_sys::SQLITE_VERSION.to_str().unwrap_or("of an unknown version")
    }
}
