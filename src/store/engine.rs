//! The engines that a database can run on.

/// The family of an engine: what its statements and errors are like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Engine {
    /// One embedded file.
    Sqlite,
    /// `PostgreSQL`.
    Postgres,
    /// `MariaDB`, `MySQL` and Galera clusters of them.
    Mysql,
}

impl Engine {
    /// Every engine.
    pub const ALL: [Engine; 3] = [Engine::Sqlite, Engine::Postgres, Engine::Mysql];

    /// Its name, as people write it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Engine::Sqlite => "SQLite",
            Engine::Postgres => "PostgreSQL",
            Engine::Mysql => "MariaDB or MySQL",
        }
    }

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
