//! The address of a server database: one host, or the nodes of a cluster.

use std::fmt;
use std::path::Path;

#[cfg(feature = "mysql")]
use sqlx::mysql::MySqlConnectOptions;
#[cfg(feature = "postgres")]
use sqlx::postgres::PgConnectOptions;

use crate::error::{Error, Result};
use crate::files;
use crate::store::engine::Engine;
use crate::store::location::schema_name::SchemaName;
use crate::store::location::tls;
use crate::text::nearest;

/// Parameters of a `PostgreSQL` URL.
const POSTGRES_PARAMETERS: &[&str] = &[
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "host",
    "hostaddr",
    "port",
    "dbname",
    "user",
    "application_name",
    "options",
    "statement-cache-capacity",
];

/// Parameters of a `MySQL` URL.
const MYSQL_PARAMETERS: &[&str] = &["ssl-mode", "ssl-ca", "ssl-cert", "ssl-key", "socket", "statement-cache-capacity"];

/// A database on a server. Its displayed text and debug output contain no password.
#[derive(Clone)]
pub struct ServerAddress {
    engine: Engine,
    hosts: Vec<Host>,
    user: String,
    database: String,
    url: String,
    /// The schema of the tables, if one is set.
    schema: Option<SchemaName>,
    /// A warning about insecure connections to one of the hosts.
    warning: Option<String>,
}

/// A host of a server.
#[derive(Clone)]
pub(crate) struct Host {
    /// `host:port`, or the path of a socket.
    pub(crate) name: String,
    pub(crate) options: HostOptions,
    /// True if the URL declares a pooler, by `statement-cache-capacity=0`.
    pub(crate) is_pooled: bool,
}

/// The connection options of the driver.
#[derive(Clone)]
pub(crate) enum HostOptions {
    #[cfg(feature = "postgres")]
    Postgres(Box<PgConnectOptions>),
    #[cfg(feature = "mysql")]
    Mysql(Box<MySqlConnectOptions>),
    /// Of no host: this build has no driver of a server.
    #[cfg(not(any(feature = "postgres", feature = "mysql")))]
    None(std::convert::Infallible),
}

impl HostOptions {
    fn user_and_database(&self) -> (String, String) {
        match self {
            #[cfg(feature = "postgres")]
            HostOptions::Postgres(options) => {
                let user = options.get_username().to_owned();
                let database = options.get_database().unwrap_or(&user).to_owned();
                (user, database)
            }
            #[cfg(feature = "mysql")]
            HostOptions::Mysql(options) => {
                (options.get_username().to_owned(), options.get_database().unwrap_or_default().to_owned())
            }
            #[cfg(not(any(feature = "postgres", feature = "mysql")))]
            HostOptions::None(never) => match *never {},
        }
    }
}

impl ServerAddress {
    /// Parses `scheme://user:password@host1:port,host2:port/database?parameters`.
    ///
    /// # Errors
    /// [`Error::Invalid`] names what is missing or unknown, never the password.
    pub(crate) fn from_url(engine: Engine, url: &str) -> Result<Self> {
        let parts = Parts::of(engine, url)?;
        check_parameters(engine, parts.parameters)?;
        let (mut hosts, mut warning) = (Vec::new(), None);
        for url in parts.urls() {
            let (host, of_host) = host(engine, &url)?;
            hosts.push(host);
            warning = warning.or(of_host);
        }
        let (user, database) = hosts[0].options.user_and_database();
        let mut address = ServerAddress { engine, hosts, user, database, url: String::new(), schema: None, warning };
        address.describe();
        Ok(address)
    }

    /// Adds the hosts of another URL, which are further nodes of the same cluster.
    pub(crate) fn join(&mut self, other: ServerAddress) -> Result<()> {
        if other.engine != self.engine || other.database != self.database {
            return Err(Error::invalid("the database URLs name different databases")
                .with_hint("several URLs must be nodes of one cluster, with the same engine and database"));
        }
        self.hosts.extend(other.hosts);
        self.warning = self.warning.take().or(other.warning);
        self.describe();
        Ok(())
    }

    fn describe(&mut self) {
        let hosts: Vec<&str> = self.hosts.iter().map(|host| host.name.as_str()).collect();
        let scheme = if self.engine == Engine::Postgres { "postgres" } else { "mysql" };
        self.url = format!("{scheme}://{}@{}/{}", self.user, hosts.join(","), self.database);
    }

    /// Returns the engine.
    #[must_use]
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Returns the URL without password and parameters.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Returns the account of the connection.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the name of the database.
    #[must_use]
    pub fn database(&self) -> &str {
        &self.database
    }

    /// Returns the same address with the tables in a schema.
    pub(crate) fn in_schema(self, schema: SchemaName) -> Self {
        ServerAddress { schema: Some(schema), ..self }
    }

    pub(crate) fn schema(&self) -> Option<&SchemaName> {
        self.schema.as_ref()
    }

    /// Returns a warning if the connection to another machine is not encrypted, or the server's
    /// certificate is not verified.
    #[must_use]
    pub fn warning(&self) -> Option<&str> {
        self.warning.as_deref()
    }

    pub(crate) fn hosts(&self) -> &[Host] {
        &self.hosts
    }
}

impl fmt::Debug for ServerAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ServerAddress({})", self.url)
    }
}

impl PartialEq for ServerAddress {
    fn eq(&self, other: &Self) -> bool {
        self.url == other.url
    }
}

impl Eq for ServerAddress {}

/// The parts of a URL. A URL with several hosts becomes one URL per host.
struct Parts<'u> {
    scheme: &'u str,
    account: Option<&'u str>,
    hosts: &'u str,
    path: &'u str,
    parameters: &'u str,
}

impl<'u> Parts<'u> {
    fn of(engine: Engine, url: &'u str) -> Result<Self> {
        let scheme = url.split(':').next().unwrap_or_default();
        let Some(rest) = url.get(scheme.len()..).and_then(|rest| rest.strip_prefix("://")) else {
            return Err(
                Error::invalid(format!("the database URL must begin with {scheme}://")).with_hint(example(engine))
            );
        };
        let (rest, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (account, hosts) = match authority.rsplit_once('@') {
            Some((account, hosts)) => (Some(account), hosts),
            None => (None, authority),
        };
        // A raw / or ? in the password is taken for a separator; the text after it then contains
        // the @.
        if path.contains('@') || parameters.contains('@') {
            return Err(Error::invalid("invalid database URL")
                .with_hint("in a password, write %2F for /, %3F for ? and %40 for @"));
        }
        let parts = Parts { scheme, account, hosts, path, parameters };
        if engine == Engine::Mysql {
            if account.is_none_or(|account| account.is_empty() || account.starts_with(':')) {
                return Err(Error::invalid("the database URL has no user").with_hint(example(engine)));
            }
            if path.is_empty() {
                return Err(Error::invalid("the database URL has no database").with_hint(example(engine)));
            }
        }
        Ok(parts)
    }

    fn urls(&self) -> Vec<String> {
        let account = self.account.map(|account| format!("{account}@")).unwrap_or_default();
        let query = if self.parameters.is_empty() { String::new() } else { format!("?{}", self.parameters) };
        let url = |host: &str| format!("{}://{account}{}/{}{query}", self.scheme, host.trim(), self.path);
        self.hosts.split(',').map(url).collect()
    }
}

fn example(engine: Engine) -> &'static str {
    if engine == Engine::Postgres {
        "write postgres://user:password@host:5432/database; in a password, write %40 for @"
    } else {
        "write mysql://user:password@host:3306/database; in a password, write %40 for @"
    }
}

/// Parameters that name a file, which must exist.
const FILES: &[&str] = &["sslrootcert", "sslcert", "sslkey", "ssl-ca", "ssl-cert", "ssl-key"];

/// Refuses unknown parameters (`?sslmod=require` would connect without encryption), and unknown
/// TLS modes and missing files, for which the driver's errors are misleading.
fn check_parameters(engine: Engine, parameters: &str) -> Result<()> {
    for (name, value) in url::form_urlencoded::parse(parameters.as_bytes()) {
        tls::check_mode(engine, &name, &value)?;
        if FILES.contains(&&*name)
            && let Err(error) = files::open_input(Path::new(&*value))
        {
            let message = format!("cannot read the file of the parameter {name} in the database URL: {value}");
            return Err(Error::invalid(message)
                .with_source(error)
                .with_hint("check the path and the mode of the file"));
        }
    }
    let known = if engine == Engine::Postgres { POSTGRES_PARAMETERS } else { MYSQL_PARAMETERS };
    let names = parameters.split('&').filter(|pair| !pair.is_empty());
    for name in names.map(|pair| pair.split('=').next().unwrap_or_default()) {
        if known.contains(&name) || name.starts_with("options[") || name == "ssl-mode" || name == "sslmode" {
            continue;
        }
        if !name.bytes().all(|byte| byte.is_ascii_alphabetic() || byte == b'-' || byte == b'_') {
            return Err(Error::invalid("invalid parameters in the database URL").with_hint(example(engine)));
        }
        let error = Error::invalid(format!("the database URL has an unknown parameter: {name}"));
        return Err(match nearest(name, known) {
            Some(near) => error.with_hint(format!("did you mean {near}?")),
            None => error.with_hint(format!("parameters: {}", known.join(", "))),
        });
    }
    Ok(())
}

/// Returns the host of a URL that names only one, and a warning if the connection to it is
/// insecure.
#[cfg(any(feature = "postgres", feature = "mysql"))]
fn host(engine: Engine, url: &str) -> Result<(Host, Option<String>)> {
    engine.require_driver()?;
    match engine {
        #[cfg(feature = "postgres")]
        Engine::Postgres => postgres_host(url),
        #[cfg(feature = "mysql")]
        Engine::Mysql => mysql_host(url),
        _ => Err(unreadable(engine)),
    }
}

#[cfg(not(any(feature = "postgres", feature = "mysql")))]
fn host(engine: Engine, _url: &str) -> Result<(Host, Option<String>)> {
    engine.require_driver()?;
    Err(unreadable(engine))
}

/// Returns the error for a URL that the driver cannot read, whose own error could contain the
/// password.
fn unreadable(engine: Engine) -> Error {
    Error::invalid("invalid database URL").with_hint(example(engine))
}

fn host_name(host: &str, port: u16, socket: Option<&Path>) -> String {
    match socket {
        Some(path) => path.display().to_string(),
        None if host.contains(':') && !host.starts_with('[') => format!("[{host}]:{port}"),
        None => format!("{host}:{port}"),
    }
}

#[cfg(feature = "postgres")]
fn postgres_host(url: &str) -> Result<(Host, Option<String>)> {
    let options: PgConnectOptions = url.parse().map_err(|_| unreadable(Engine::Postgres))?;
    // A pooler refuses unknown startup parameters.
    let options = options.application_name("invite").extra_float_digits(None);
    let (options, warning) = tls::postgres(options, url)?;
    let name = host_name(options.get_host(), options.get_port(), options.get_socket().map(AsRef::as_ref));
    let options = HostOptions::Postgres(Box::new(sqlx::ConnectOptions::disable_statement_logging(options)));
    Ok((Host { name, options, is_pooled: names_no_statements(url) }, warning))
}

#[cfg(feature = "mysql")]
fn mysql_host(url: &str) -> Result<(Host, Option<String>)> {
    let options: MySqlConnectOptions = url.parse().map_err(|_| unreadable(Engine::Mysql))?;
    let (options, warning) = tls::mysql(options, url);
    let name = host_name(options.get_host(), options.get_port(), options.get_socket().map(AsRef::as_ref));
    // These settings are made once the server is known.
    let options = options.set_names(false).timezone(None).pipes_as_concat(false).no_engine_substitution(false);
    let options = HostOptions::Mysql(Box::new(sqlx::ConnectOptions::disable_statement_logging(options)));
    Ok((Host { name, options, is_pooled: false }, warning))
}

/// Returns true if a URL disables the statement cache.
fn names_no_statements(url: &str) -> bool {
    let parameters = url.split_once('?').map_or("", |(_, parameters)| parameters);
    let mut pairs = url::form_urlencoded::parse(parameters.as_bytes());
    pairs.any(|(name, value)| name == "statement-cache-capacity" && value.parse() == Ok(0))
}
