//! The database engines.

use crate::error::{Error, Result};

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
        #[cfg(feature = "sqlite")]
        return libsqlite3_sys::SQLITE_VERSION.to_str().unwrap_or("of an unknown version");
        #[cfg(not(feature = "sqlite"))]
        return "not included";
    }

    /// Checks that this build has the driver of the engine.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the feature of the engine is off.
    pub(crate) fn require_driver(self) -> Result<()> {
        let (is_included, name, feature) = match self {
            Engine::Sqlite => (cfg!(feature = "sqlite"), "SQLite", "sqlite"),
            Engine::Postgres => (cfg!(feature = "postgres"), "PostgreSQL", "postgres"),
            Engine::Mysql => (cfg!(feature = "mysql"), "MariaDB and MySQL", "mysql"),
        };
        if is_included {
            return Ok(());
        }
        Err(Error::invalid(format!("this program was built without the driver of {name}"))
            .with_hint(format!("build it with the feature `{feature}`, or use another database URL")))
    }
}
