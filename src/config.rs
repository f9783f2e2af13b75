//! Configuration: flags, environment and files, each value with its origin.
//!
//! Flags override the environment, which overrides the user's file, which overrides the
//! system's file. The file of `--config` replaces the user's file. The selected profile
//! overrides everything but flags. `require_actor = true` in the system's file cannot be
//! overridden.

mod files;
mod inputs;
mod mail;
mod sources;

use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::DateTime;

use crate::calendar::Zone;
#[cfg(feature = "cli")]
pub(crate) use crate::config::files::user_file;
use crate::config::inputs::xdg_folder;
pub use crate::config::inputs::{Environment, Flags};
pub use crate::config::mail::MailSettings;
pub use crate::config::sources::Sourced;
use crate::config::sources::{Sources, profile_name};
use crate::duration::parse_duration;
use crate::error::{Error, Result};
use crate::links::Links;
use crate::policy::{Policies, PolicyTables};
use crate::store::{DEFAULT_TIMEOUT, DatabaseFile, Engine, LONGEST_TIMEOUT, Location, SHORTEST_TIMEOUT};

/// Path of the system's configuration file.
pub const SYSTEM_FILE: &str = "/etc/invite/config.toml";

/// Origin of a URL from a flag.
const FLAG: &str = "flag --database-url";

/// The effective configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Sourced<Location>,
    /// The schema of `PostgreSQL` that holds the tables.
    pub schema: Sourced<Option<String>>,
    /// The selected profile.
    pub profile: Sourced<Option<String>>,
    /// Names of all profiles.
    pub profiles: Vec<String>,
    /// Base URL of links.
    pub base_url: Sourced<Option<String>>,
    /// Builds links with the base URL.
    pub links: Links,
    /// Settings of e-mail.
    pub mail: MailSettings,
    /// Maximum time that a command waits for the database without progress.
    pub timeout: Sourced<Duration>,
    /// Time zone of dates, of times without an offset, and of calendar months.
    pub time_zone: Sourced<Zone>,
    /// True if commands require an actor (`--as`).
    pub require_actor: Sourced<bool>,
    /// The effective policies.
    pub policies: Policies,
    /// The files that were read, the system's file first.
    pub files: Vec<PathBuf>,
}

impl Settings {
    /// Reads the configuration; `system` is the path of the system's file, which may not
    /// exist.
    ///
    /// # Errors
    /// [`Error::Invalid`] with file, line, key and reason for an invalid file, and with the
    /// origin for an invalid setting.
    pub fn load(flags: &Flags, environment: &Environment, system: &Path) -> Result<Self> {
        let files = files::read_files(flags, environment, system)?;
        let tables: Vec<PolicyTables> = files.iter().map(|file| file.policies.clone()).collect();
        let paths = files.iter().map(|file| file.path.clone()).collect();
        let profile = profile_name(flags, environment);
        let mut profiles: Vec<String> =
            files.iter().flat_map(|file| file.profiles.iter().map(|(name, _)| name.clone())).collect();
        profiles.sort();
        profiles.dedup();
        let sources = Sources::new(files, &profile, environment)?;
        let mut base_url = sources.text(&["INVITE_BASE_URL", "FRONTEND_URL"], |layer| layer.base_url.as_ref());
        let links = Links::below(base_url.value.as_deref()).map_err(|error| error.with_origin(&base_url.origin))?;
        base_url.value = links.base().map(str::to_owned);
        let time_zone = time_zone(&sources)?;
        let zone = time_zone.value.clone();
        let (database, schema) = in_schema(database(flags, &sources)?, schema(flags, &sources))?;
        Ok(Settings {
            database,
            schema,
            profile,
            profiles,
            base_url,
            links,
            mail: MailSettings::load(&sources)?,
            timeout: timeout(flags, &sources)?,
            time_zone,
            require_actor: sources.rule(|layer| layer.require_actor),
            policies: Policies::layered(&tables)?.in_zone(zone),
            files: paths,
        })
    }
}

fn database(flags: &Flags, sources: &Sources<'_>) -> Result<Sourced<Location>> {
    let Some((urls, origin)) = database_url(flags, sources)? else {
        return default_database(sources.environment);
    };
    match Location::from_urls(&urls) {
        Ok(value) => Ok(Sourced { value, origin }),
        Err(error) => Err(error.with_origin(&origin)),
    }
}

fn time_zone(sources: &Sources<'_>) -> Result<Sourced<Zone>> {
    let Sourced { value, origin } = sources.text(&["INVITE_TIME_ZONE"], |layer| layer.time_zone.as_ref());
    match value.as_deref().map(Zone::named) {
        None => Ok(Sourced { value: Zone::UTC, origin }),
        Some(Ok(value)) => Ok(Sourced { value, origin }),
        Some(Err(error)) => Err(error.with_origin(&format!("{origin}, time_zone"))),
    }
}

fn timeout(flags: &Flags, sources: &Sources<'_>) -> Result<Sourced<Duration>> {
    if let Some(value) = flags.timeout {
        return Ok(Sourced { value, origin: "flag --timeout".to_owned() });
    }
    let Sourced { value, origin } = sources.text(&["INVITE_TIMEOUT"], |layer| layer.timeout.as_ref());
    match value.as_deref().map(parse_timeout) {
        None => Ok(Sourced { value: DEFAULT_TIMEOUT, origin }),
        Some(Ok(value)) => Ok(Sourced { value, origin }),
        Some(Err(error)) => Err(error.with_origin(&format!("{origin}, timeout"))),
    }
}

/// Parses a timeout: a duration such as `30s` or `5m`, from [`SHORTEST_TIMEOUT`]
/// to [`LONGEST_TIMEOUT`].
///
/// # Errors
/// [`Error::Invalid`] for an invalid duration, and for one out of range.
pub fn parse_timeout(text: &str) -> Result<Duration> {
    const HINT: &str = "write a duration from 1s to 7d: 30s, 90m, 24h, 7d";
    let shown: String = text.chars().take(40).collect();
    let refuse = |why: &str| Error::invalid(format!("invalid timeout {shown:?}: {why}")).with_hint(HINT);
    let text = if text.trim() == "0" { "0s" } else { text };
    let span = parse_duration(text).map_err(|error| error.with_hint(HINT))?;
    let length = span.length_after(DateTime::UNIX_EPOCH, &Zone::UTC)?;
    let timeout = length.to_std().map_err(|_| refuse("it is negative"))?;
    if timeout < SHORTEST_TIMEOUT {
        return Err(refuse("it is shorter than 1 second"));
    }
    if timeout > LONGEST_TIMEOUT {
        return Err(refuse("it is longer than 7 days"));
    }
    Ok(timeout)
}

fn schema(flags: &Flags, sources: &Sources<'_>) -> Sourced<Option<String>> {
    match &flags.schema {
        Some(name) => Sourced { value: Some(name.clone()), origin: "flag --schema".to_owned() },
        None => sources.text(&["INVITE_SCHEMA"], |layer| layer.schema.as_ref()),
    }
}

/// Applies the schema to the database.
///
/// A schema from a file applies to the database of that file. It is ignored for another
/// database whose engine has no schemas.
fn in_schema(
    database: Sourced<Location>,
    schema: Sourced<Option<String>>,
) -> Result<(Sourced<Location>, Sourced<Option<String>>)> {
    let Some(name) = &schema.value else { return Ok((database, schema)) };
    let is_of_a_file = schema.origin.starts_with("file ") || schema.origin.starts_with("profile ");
    let is_of_another = is_of_a_file && database.origin != schema.origin && database.origin != "default";
    if is_of_another && database.value.engine() != Engine::Postgres {
        return Ok((database, Sourced { value: None, origin: "default".to_owned() }));
    }
    let value = database.value.in_schema(name).map_err(|error| error.with_origin(&schema.origin))?;
    Ok((Sourced { value, origin: database.origin }, schema))
}

/// Returns the URLs of the database and their origin: from a flag, the file of a flag, the
/// profile, a systemd credential, a variable or a configuration file, in this order.
fn database_url(flags: &Flags, sources: &Sources<'_>) -> Result<Option<(Vec<String>, String)>> {
    if !flags.database_url.is_empty() {
        return Ok(Some((flags.database_url.clone(), FLAG.to_owned())));
    }
    if let Some((name, url)) = &flags.database_url_file {
        return Ok(Some((vec![url.clone()], format!("flag --database-url-file {name}"))));
    }
    let found = sources.secret("database-url", &["INVITE_DATABASE_URL"], |layer| layer.database_url.as_ref())?;
    Ok(found.value.map(|url| (vec![url], found.origin)))
}

/// Returns true if a URL contains a password.
pub(crate) fn has_password(url: &str) -> bool {
    let account_has_password = || {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        Some(authority.rsplit_once('@')?.0.contains(':'))
    };
    account_has_password().unwrap_or(false)
}

fn default_database(environment: &Environment) -> Result<Sourced<Location>> {
    let folder = xdg_folder(environment, "XDG_DATA_HOME", ".local/share").ok_or_else(|| {
        Error::invalid("no default database: neither HOME nor XDG_DATA_HOME is set")
            .with_hint("name a database: --database-url sqlite:///path/invite.db")
    })?;
    let value = Location::from(DatabaseFile::embedded_default(folder.join("invite/invite.db")));
    Ok(Sourced { value, origin: "default".to_owned() })
}

#[cfg(test)]
mod tests;
