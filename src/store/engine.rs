//! The engines that a database can run on.

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
    pub(super) fn of_scheme(scheme: &str) -> Option<Self> {
        match scheme {
            "sqlite" => Some(Engine::Sqlite),
            "postgres" | "postgresql" => Some(Engine::Postgres),
            "mysql" | "mariadb" => Some(Engine::Mysql),
            _ => None,
        }
    }
}
