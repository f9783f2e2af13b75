//! Configuration: files, environment and flags, each value with its origin.
//!
//! Flags win over the environment, that over the user's file, that over the
//! system's; a file named by `--config` stands in place of the user's, and a
//! profile that is named wins over all but the flags.

mod files;
mod mail;
mod sources;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::links::Links;
use crate::policy::{Policies, PolicyTables};
use crate::store::{DatabaseFile, Target};
pub(crate) use files::user_file;
pub use mail::MailSettings;
use sources::{Sources, profile_name};

/// The environment variables of the process.
pub type Environment = BTreeMap<String, String>;

/// Where the system's file is.
pub const SYSTEM_FILE: &str = "/etc/invite/config.toml";

/// The origin of a URL that was given as an option.
const FLAG: &str = "flag --database-url";

/// What flags say.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--database-url`, as often as it was given.
    pub database_url: Vec<String>,
    /// The content of `--database-url-file`, with its name.
    pub database_url_file: Option<(String, String)>,
    /// `--profile`.
    pub profile: Option<String>,
}

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// A flag, a variable, a file, or the default.
    pub origin: String,
}

/// All that is configured.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The database.
    pub database: Sourced<Target>,
    /// Whether its password stands in an option, where every account of the
    /// machine can read it.
    pub shows_password: bool,
    /// The profile that is in force.
    pub profile: Sourced<Option<String>>,
    /// The profiles that there are.
    pub profiles: Vec<String>,
    /// What links begin with.
    pub base_url: Sourced<Option<String>>,
    /// How links are made.
    pub links: Links,
    /// How e-mail invitations are sent.
    pub mail: MailSettings,
    /// Whether whoever works with invites must say for whom they act.
    pub require_actor: Sourced<bool>,
    /// The policies in force.
    pub policies: Policies,
    /// The files that were read, the system's first.
    pub files: Vec<PathBuf>,
}

impl Settings {
    /// Reads what is configured; `system` is where the system's file would be.
    ///
    /// # Errors
    /// [`Error::Invalid`] with file, line, key and reason for a bad file, and
    /// for a bad database or base URL with its origin.
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
        let base_url = sources.text(&["INVITE_BASE_URL", "FRONTEND_URL"], |layer| layer.base_url.as_ref());
        let links = Links::below(base_url.value.as_deref()).map_err(|error| error.at(&base_url.origin))?;
        Ok(Settings {
            database: database(flags, &sources)?,
            shows_password: has_password(&flags.database_url),
            profile,
            profiles,
            base_url,
            links,
            mail: MailSettings::load(&sources)?,
            require_actor: sources.flag(|layer| layer.require_actor),
            policies: Policies::layered(&tables)?,
            files: paths,
        })
    }
}

/// A folder of the XDG base directory specification: a relative path in the
/// variable counts as none.
fn xdg_folder(environment: &Environment, variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = environment.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = environment.get("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home.map(|home| home.join(below_home)))
}

fn database(flags: &Flags, sources: &Sources<'_>) -> Result<Sourced<Target>> {
    let Some((urls, origin)) = database_url(flags, sources)? else {
        return default_database(sources.environment);
    };
    match Target::from_urls(&urls) {
        Ok(value) => Ok(Sourced { value, origin }),
        Err(error) => Err(error.at(&origin)),
    }
}

/// The first that is found: flag, file of a flag, profile, systemd credential,
/// variable, configuration file.
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

/// Whether one of these URLs has a password in it.
fn has_password(urls: &[String]) -> bool {
    let of_account = |url: &String| {
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split(['/', '?']).next()?;
        Some(authority.rsplit_once('@')?.0.contains(':'))
    };
    urls.iter().any(|url| of_account(url).unwrap_or(false))
}

fn default_database(environment: &Environment) -> Result<Sourced<Target>> {
    let folder = xdg_folder(environment, "XDG_DATA_HOME", ".local/share").ok_or_else(|| {
        Error::invalid("neither HOME nor XDG_DATA_HOME says where the embedded database is")
            .hint("name it: --database-url sqlite:///path/invite.db")
    })?;
    let value = Target::from(DatabaseFile::embedded_default(folder.join("invite/invite.db")));
    Ok(Sourced { value, origin: "default".to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(text: &str, environment: &[(&str, &str)], flags: Flags) -> Result<Settings> {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        std::fs::write(&file, text).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::load(&Flags { config: Some(file), ..flags }, &environment, Path::new("/nonexistent"))
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let file = "database_url = \"sqlite:///file.db\"\n";
        let variable = [("INVITE_DATABASE_URL", "sqlite:///variable.db")];
        let flag = Flags { database_url: vec!["sqlite:///flag.db".into()], ..Flags::default() };
        for (environment, flags, expected, origin) in [
            (&variable[..], flag, "/flag.db", FLAG),
            (&variable[..], Flags::default(), "/variable.db", "environment INVITE_DATABASE_URL"),
            (&[], Flags::default(), "/file.db", "file "),
        ] {
            let settings = load(file, environment, flags).unwrap();
            assert_eq!(settings.database.value.to_string(), expected);
            assert!(settings.database.origin.starts_with(origin), "{}", settings.database.origin);
        }
    }

    #[test]
    fn a_profile_wins_over_all_but_a_flag() {
        let home = ("HOME", "/home/op");
        let file = "database_url = \"sqlite:///file.db\"\nbase_url = \"https://file.example\"\n\
                    [profile.staging]\ndatabase_url = \"sqlite:///staging.db\"\nrequire_actor = true\n";
        let variable = ("INVITE_DATABASE_URL", "sqlite:///variable.db");
        let staging = Flags { profile: Some("staging".into()), ..Flags::default() };
        let settings = load(file, &[home, variable], staging.clone()).unwrap();
        assert_eq!(settings.database.value.to_string(), "/staging.db");
        assert!(settings.database.origin.starts_with("profile staging of "), "{}", settings.database.origin);
        // What it leaves open comes from elsewhere.
        assert_eq!(settings.base_url.value.as_deref(), Some("https://file.example"));
        assert!(settings.require_actor.value);
        let settings = load(file, &[home, ("INVITE_PROFILE", "staging"), variable], Flags::default()).unwrap();
        assert_eq!(settings.database.value.to_string(), "/staging.db");
        assert_eq!(settings.profile.origin, "environment INVITE_PROFILE");
        let flags = Flags { database_url: vec!["sqlite:///flag.db".into()], ..staging };
        assert_eq!(load(file, &[home], flags).unwrap().database.value.to_string(), "/flag.db");
    }

    #[test]
    fn a_profile_that_is_not_there_is_refused() {
        let home = ("HOME", "/home/op");
        let file = "[profile.staging]\ndatabase_url = \"sqlite:///staging.db\"\n";
        for (text, name, why, hint) in [
            (file, "stagng", "no profile \"stagng\"", "did you mean staging?"),
            (file, "other", "no profile \"other\"", "the profiles are: staging"),
            ("", "staging", "flag --profile: there is no profile", "[profile.staging]"),
            ("[profile.x]\ndatabse_url = \"y\"\n", "x", "line 2: there is no key", "did you mean database_url?"),
            ("[profile.x.policy]\nlength = 3\n", "x", "there is no key \"policy\"", "the keys are: base_url"),
            ("profile = 3\n", "x", "line 1: profile must be tables", ""),
        ] {
            let flags = Flags { profile: Some(name.into()), ..Flags::default() };
            let error = load(text, &[home], flags).unwrap_err();
            assert!(error.to_string().contains(why), "{text:?}: {error}");
            assert!(error.help().unwrap_or_default().contains(hint), "{text:?}: {:?}", error.help());
        }
    }

    #[test]
    fn a_password_in_an_option_is_seen() {
        for (url, is_shown) in [
            ("postgres://user:secret@host/db", true),
            ("mysql://u:p@h1,h2:3307/db", true),
            ("mysql://u@h1,h2:3307/db", false),
            ("postgres://host:5432/db", false),
            ("sqlite:///a:b@c.db", false),
        ] {
            assert_eq!(has_password(&[url.to_owned()]), is_shown, "{url}");
        }
    }

    #[test]
    fn nothing_configured_gives_the_embedded_file() {
        let settings = load("", &[("HOME", "/home/op")], Flags::default()).unwrap();
        assert_eq!(settings.database.value.to_string(), "/home/op/.local/share/invite/invite.db");
        assert!(settings.database.value.is_own());
        let moved = load("", &[("HOME", "/home/op"), ("XDG_DATA_HOME", "/data")], Flags::default()).unwrap();
        assert_eq!(moved.database.value.to_string(), "/data/invite/invite.db");
    }

    #[test]
    fn the_frontend_url_of_the_seeds_makes_links_too() {
        let home = ("HOME", "/home/op");
        let seed = load("", &[home, ("FRONTEND_URL", "http://localhost:3000")], Flags::default()).unwrap();
        assert_eq!(seed.base_url.value.as_deref(), Some("http://localhost:3000"));
        let error = load("base_url = \"nonsense\"\n", &[home], Flags::default()).unwrap_err();
        assert!(error.to_string().contains("config.toml: the base URL is not an address"), "{error}");
    }

    #[test]
    fn an_actor_is_required_where_a_file_says_so() {
        let home = ("HOME", "/home/op");
        let settings = load("", &[home], Flags::default()).unwrap();
        assert_eq!((settings.require_actor.value, settings.require_actor.origin.as_str()), (false, "default"));
        let settings = load("require_actor = true\n", &[home], Flags::default()).unwrap();
        assert!(settings.require_actor.value && settings.require_actor.origin.starts_with("file "));
    }

    #[test]
    fn a_bad_file_is_refused_with_its_line() {
        let home = ("HOME", "/home/op");
        for (text, why) in [
            ("\ndatabse_url = \"x\"\n", "line 2: there is no key \"databse_url\""),
            ("base_url = 3\n", "line 1: base_url: write a text"),
            ("\nrequire_actor = \"yes\"\n", "line 2: require_actor: write true or false"),
            ("[policy.space]\nlength = 0\n", "line 2: policy.space: length: 0 lies outside"),
            ("[[policy]]\n", "line 1: policy must be tables"),
        ] {
            let error = load(text, &[home], Flags::default()).unwrap_err();
            assert!(error.to_string().contains(why), "{text:?}: {error}");
        }
    }

    #[test]
    fn a_password_is_never_repeated() {
        for (url, why) in [
            ("postgres://user:hunter2@host/db?sslmod=require", "unknown parameter: sslmod"),
            ("mysql://user:hunter2@host", "names no database"),
            ("mysql://:hunter2@host/db", "names no user"),
            ("mysql:user:hunter2@host/db", "must begin with mysql://"),
            ("postgres://user:hunter2@ho st/db", "cannot be read"),
            ("postgres://user:hun?ter2hunter2@host/db", "cannot be read"),
            ("postgres://user:5432/hunter2@host/db", "cannot be read"),
            ("mysql://us@er:5432/hunter2@host/db", "cannot be read"),
            ("oracle://user:hunter2@host/db", "no scheme that invite knows"),
        ] {
            let flags = Flags { database_url: vec![url.into()], ..Flags::default() };
            let error = load("", &[], flags).unwrap_err();
            assert!(error.to_string().contains(why), "{url}: {error}");
            assert!(!format!("{error} {error:?} {:?}", error.help()).contains("hunter2"));
        }
        let flags = Flags { database_url: vec!["postgres://user:hunter2@host/db".into()], ..Flags::default() };
        let settings = load("", &[("HOME", "/home/op")], flags).unwrap();
        assert_eq!(settings.database.value.url(), "postgres://user@host:5432/db");
        assert!(!format!("{settings:?}").contains("hunter2"));
    }

    #[test]
    fn several_hosts_are_one_cluster() {
        let home = [("HOME", "/home/op")];
        let one = Flags { database_url: vec!["mysql://u:p@h1,h2:3307,[::1]:3308/db".into()], ..Flags::default() };
        let settings = load("", &home, one).unwrap();
        assert_eq!(settings.database.value.url(), "mysql://u@h1:3306,h2:3307,[::1]:3308/db");
        let urls = ["mysql://u:p@h1/db", "mariadb://u:p@h2/db"].map(str::to_owned).to_vec();
        let settings = load("", &home, Flags { database_url: urls, ..Flags::default() }).unwrap();
        assert_eq!(settings.database.value.url(), "mysql://u@h1:3306,h2:3306/db");
        for urls in [["mysql://u@h1/a", "mysql://u@h2/b"], ["mysql://u@h1/a", "sqlite:a.db"]] {
            let flags = Flags { database_url: urls.map(str::to_owned).to_vec(), ..Flags::default() };
            load("", &home, flags).unwrap_err();
        }
    }
}
