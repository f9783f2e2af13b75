//! What a database URL names: a file, or a server with one host or several.

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

/// Where a database is. Its text is the URL without the password.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// One embedded file.
    File(DatabaseFile),
    /// A server, or the nodes of a cluster.
    Server(ServerAddress),
}

impl Target {
    /// Reads one URL, or several of the same cluster: `sqlite:PATH`,
    /// `postgres://user@host/db`, `mysql://user@host1,host2/db`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown scheme, a part that is missing, an
    /// unknown parameter, or several URLs that do not belong together. No part
    /// of the text is repeated but its scheme, host and parameter names.
    pub fn from_urls(urls: &[String]) -> Result<Self> {
        let mut targets = urls.iter().map(|url| Target::from_url(url.trim())).collect::<Result<Vec<_>>>()?.into_iter();
        let Some(mut first) = targets.next() else {
            return Err(Error::invalid("the database URL is empty"));
        };
        for next in targets {
            match (&mut first, next) {
                (Target::Server(server), Target::Server(other)) => server.join(other)?,
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
        match Engine::of_scheme(scheme) {
            Some(Engine::Sqlite) => DatabaseFile::from_url(url).map(Target::File),
            Some(engine) => ServerAddress::from_url(engine, url).map(Target::Server),
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

    /// The same database with its tables in a schema of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a name that no schema can have, and for an engine
    /// other than `PostgreSQL`.
    pub fn in_schema(self, name: &str) -> Result<Self> {
        match self {
            Target::Server(server) if server.engine() == Engine::Postgres => {
                SchemaName::parse(name).map(|schema| Target::Server(server.in_schema(schema)))
            }
            _ => Err(Error::invalid("--schema is supported on PostgreSQL only").with_hint(
                "leave out the schema; on MariaDB and MySQL, use a separate database for the tables of invite",
            )),
        }
    }

    /// The schema that holds the tables, if one is named.
    pub(crate) fn schema(&self) -> Option<&SchemaName> {
        match self {
            Target::File(_) => None,
            Target::Server(server) => server.schema(),
        }
    }

    /// The place of the tables, for messages.
    pub(crate) fn place(&self) -> String {
        self.schema().map_or_else(|| self.to_string(), |schema| format!("the schema {schema} of {self}"))
    }

    /// The engine that it runs on.
    #[must_use]
    pub fn engine(&self) -> Engine {
        match self {
            Target::File(_) => Engine::Sqlite,
            Target::Server(server) => server.engine(),
        }
    }

    /// The file, if it is one.
    #[must_use]
    pub fn file(&self) -> Option<&DatabaseFile> {
        match self {
            Target::File(file) => Some(file),
            Target::Server(_) => None,
        }
    }

    /// How many hosts it names; a file counts as one.
    pub(crate) fn hosts(&self) -> usize {
        match self {
            Target::File(_) => 1,
            Target::Server(server) => server.hosts().len(),
        }
    }

    /// Whether it is the default file, which creates and migrates itself.
    #[must_use]
    pub fn is_own(&self) -> bool {
        self.file().is_some_and(DatabaseFile::is_own)
    }

    /// The URL without a password, for people and for `--database-url`.
    #[must_use]
    pub fn url(&self) -> String {
        match self {
            Target::File(file) => file.url(),
            Target::Server(server) => server.url().to_owned(),
        }
    }
}

/// For messages: a file's path, a server's URL without the password.
impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Target::File(file) => write!(f, "{}", file.path().display()),
            Target::Server(server) => f.write_str(server.url()),
        }
    }
}

impl From<DatabaseFile> for Target {
    fn from(file: DatabaseFile) -> Self {
        Target::File(file)
    }
}
