//! The location of a database: a file, or a server with one or more hosts.

pub(crate) mod file;
pub(crate) mod schema_name;
pub(crate) mod server;
pub(crate) mod tls;

use std::fmt;

pub use crate::store::location::file::{DatabaseFile, MissingFile};
pub(crate) use crate::store::location::file::{FileId, OpenFile};
pub(crate) use crate::store::location::schema_name::SchemaName;
pub use crate::store::location::server::ServerAddress;
pub(crate) use crate::store::location::server::{Host, HostOptions};

use crate::error::{Error, Result};
use crate::store::engine::Engine;
use crate::text::nearest;

/// The location of a database. It is displayed as a path or a URL without password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Location {
    /// A file of `SQLite`.
    File(DatabaseFile),
    /// A server, or the nodes of a cluster.
    Server(ServerAddress),
}

impl Location {
    /// Parses one URL, or the URLs of several hosts of one database: `sqlite:PATH`,
    /// `postgres://user@host/db`, `mysql://user@host1,host2/db`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown scheme, a missing part, an unknown parameter, or URLs of
    /// different databases. The message repeats only the scheme, hosts and names of parameters.
    pub fn from_urls(urls: &[String]) -> Result<Self> {
        let mut locations =
            urls.iter().map(|url| Location::from_url(url.trim())).collect::<Result<Vec<_>>>()?.into_iter();
        let Some(mut first) = locations.next() else {
            return Err(Error::invalid("the database URL is empty"));
        };
        for next in locations {
            match (&mut first, next) {
                (Location::Server(server), Location::Server(other)) => server.join(other)?,
                _ => {
                    return Err(Error::invalid("several database URLs must name hosts of one server database")
                        .with_hint("write the URL once; an embedded database has no other hosts"));
                }
            }
        }
        Ok(first)
    }

    fn from_url(url: &str) -> Result<Self> {
        let scheme = url.split_once(':').map_or("", |(scheme, _)| scheme);
        match Engine::from_scheme(scheme) {
            Some(Engine::Sqlite) => DatabaseFile::from_url(url).map(Location::File),
            Some(engine) => ServerAddress::from_url(engine, url).map(Location::Server),
            None => {
                let error = Error::invalid("unsupported scheme in database URL");
                let schemes = ["sqlite", "postgres", "postgresql", "mysql", "mariadb"];
                Err(match nearest(scheme, &schemes) {
                    Some(near) => error.with_hint(format!("did you mean {near}: ?")),
                    None => error.with_hint(
                        "write sqlite:///absolute/path.db, postgres://user@host/database or mysql://user@host/database",
                    ),
                })
            }
        }
    }

    /// Returns the location of the same database with the tables in this schema.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid schema name, and for an engine other than `PostgreSQL`.
    pub fn in_schema(self, name: &str) -> Result<Self> {
        match self {
            Location::Server(server) if server.engine() == Engine::Postgres => {
                SchemaName::parse(name).map(|schema| Location::Server(server.in_schema(schema)))
            }
            _ => Err(Error::invalid("--schema is supported on PostgreSQL only").with_hint(
                "leave out the schema; on MariaDB and MySQL, use a separate database for the tables of invite",
            )),
        }
    }

    /// Returns the schema of the tables, if one is set.
    pub(crate) fn schema(&self) -> Option<&SchemaName> {
        match self {
            Location::File(_) => None,
            Location::Server(server) => server.schema(),
        }
    }

    /// Returns true if the URL declares a pooler.
    pub(crate) fn names_pooler(&self) -> bool {
        matches!(self, Location::Server(server) if server.hosts().iter().any(|host| host.is_pooled))
    }

    /// Describes the place of the tables, for messages.
    pub(crate) fn place(&self) -> String {
        self.schema().map_or_else(|| self.to_string(), |schema| format!("the schema {schema} of {self}"))
    }

    /// Returns the engine of the database.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            Location::File(_) => Engine::Sqlite,
            Location::Server(server) => server.engine(),
        }
    }

    /// Returns the database file, or `None` for a server.
    #[must_use]
    pub fn file(&self) -> Option<&DatabaseFile> {
        match self {
            Location::File(file) => Some(file),
            Location::Server(_) => None,
        }
    }

    /// Returns the number of hosts; a file counts as one.
    pub(crate) fn hosts(&self) -> usize {
        match self {
            Location::File(_) => 1,
            Location::Server(server) => server.hosts().len(),
        }
    }

    /// Returns true for the default file, which is created and migrated automatically.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.file().is_some_and(DatabaseFile::is_own)
    }

    /// Returns the URL without a password, for display and for `--database-url`.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Location::File(file) => file.url(),
            Location::Server(server) => server.url().to_owned(),
        }
    }
}

/// Displays the path of a file, or the URL of a server without the password.
impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::File(file) => write!(f, "{}", file.path().display()),
            Location::Server(server) => f.write_str(server.url()),
        }
    }
}

impl From<DatabaseFile> for Location {
    fn from(file: DatabaseFile) -> Self {
        Location::File(file)
    }
}
