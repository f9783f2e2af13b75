//! Configuration: files, environment and flags, each value with its origin.
//!
//! Flags win over the environment, that over the user's file, that over the
//! system's; a file named by `--config` stands in place of the user's.

mod mail;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::DeValue;

use crate::error::{Error, Result};
use crate::links::Links;
use crate::policy::{Policies, PolicyTables, nearest};
use crate::store::{DatabaseFile, Target};
pub use mail::MailSettings;

/// The environment variables of the process.
pub type Environment = BTreeMap<String, String>;

/// Where the system's file is.
pub const SYSTEM_FILE: &str = "/etc/invite/config.toml";

/// What flags say.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--database-url`, as often as it was given.
    pub database_url: Vec<String>,
    /// The content of `--database-url-file`, with its name.
    pub database_url_file: Option<(String, String)>,
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

/// One file's keys.
#[derive(Default)]
struct Layer {
    file: PathBuf,
    database_url: Option<String>,
    base_url: Option<String>,
    smtp_url: Option<String>,
    from_email: Option<String>,
    from_name: Option<String>,
    mail_templates: Option<String>,
    require_actor: Option<bool>,
    policies: PolicyTables,
}

const KEYS: [&str; 8] =
    ["base_url", "database_url", "from_email", "from_name", "mail_templates", "policy", "require_actor", "smtp_url"];

impl Settings {
    /// Reads what is configured; `system` is where the system's file would be.
    ///
    /// # Errors
    /// [`Error::Invalid`] with file, line, key and reason for a bad file, and
    /// for a bad database or base URL with its origin.
    pub fn load(flags: &Flags, environment: &Environment, system: &Path) -> Result<Self> {
        let layers = read_layers(flags, environment, system)?;
        let tables: Vec<PolicyTables> = layers.iter().map(|layer| layer.policies.clone()).collect();
        let base_url =
            first_of(&layers, environment, &["INVITE_BASE_URL", "FRONTEND_URL"], |layer| layer.base_url.as_ref());
        let links = Links::below(base_url.value.as_deref()).map_err(|error| error.at(&base_url.origin))?;
        Ok(Settings {
            database: database(flags, &layers, environment)?,
            base_url,
            links,
            mail: MailSettings::load(&layers, environment)?,
            require_actor: require_actor(&layers),
            policies: Policies::layered(&tables)?,
            files: layers.into_iter().map(|layer| layer.file).collect(),
        })
    }
}

fn read_layers(flags: &Flags, environment: &Environment, system: &Path) -> Result<Vec<Layer>> {
    let mut layers = Vec::new();
    if system.exists() {
        layers.push(read_file(system)?);
    }
    if let Some(file) = &flags.config {
        layers.push(read_file(file)?);
    } else if let Some(file) = user_file(environment)
        && file.exists()
    {
        layers.push(read_file(&file)?);
    }
    Ok(layers)
}

fn user_file(environment: &Environment) -> Option<PathBuf> {
    xdg_folder(environment, "XDG_CONFIG_HOME", ".config").map(|folder| folder.join("invite/config.toml"))
}

/// A folder of the XDG base directory specification: a relative path in the
/// variable counts as none.
fn xdg_folder(environment: &Environment, variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = environment.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = environment.get("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home.map(|home| home.join(below_home)))
}

fn read_file(file: &Path) -> Result<Layer> {
    let text = fs::read_to_string(file).map_err(|error| {
        Error::invalid(format!("the configuration file {} cannot be read", file.display())).caused_by(error)
    })?;
    let lines = crate::policy::Lines::new(file, &text);
    let root = lines.parse()?;
    let mut layer = Layer { file: file.to_owned(), ..Layer::default() };
    for (key, value) in &root {
        let place = lines.place(key.span().start);
        let text = |value: &Spanned<DeValue<'_>>| {
            let text = value.get_ref().as_str().map(str::to_owned);
            text.ok_or_else(|| place.refuse(&format!("{}: write a text in quotes", key.get_ref())))
        };
        match key.get_ref().as_ref() {
            "database_url" => layer.database_url = Some(text(value)?),
            "base_url" => layer.base_url = Some(text(value)?),
            "smtp_url" => layer.smtp_url = Some(text(value)?),
            "from_email" => layer.from_email = Some(text(value)?),
            "from_name" => layer.from_name = Some(text(value)?),
            "mail_templates" => layer.mail_templates = Some(text(value)?),
            "require_actor" => {
                let flag = value.get_ref().as_bool();
                layer.require_actor = Some(flag.ok_or_else(|| place.refuse("require_actor: write true or false"))?);
            }
            "policy" => layer.policies = PolicyTables::from_toml(&lines, value)?,
            other => {
                let error = place.refuse(&format!("there is no key {other:?}"));
                return Err(match nearest(other, &KEYS) {
                    Some(near) => error.hint(format!("did you mean {near}?")),
                    None => error.hint(format!("the keys are: {}", KEYS.join(", "))),
                });
            }
        }
    }
    Ok(layer)
}

/// The first that is found: one of these variables, then the files, the last of
/// them first.
fn first_of(
    layers: &[Layer],
    environment: &Environment,
    variables: &[&str],
    key: impl Fn(&Layer) -> Option<&String>,
) -> Sourced<Option<String>> {
    for variable in variables {
        if let Some(value) = environment.get(*variable).filter(|value| !value.is_empty()) {
            return Sourced { value: Some(value.clone()), origin: format!("environment {variable}") };
        }
    }
    for layer in layers.iter().rev() {
        if let Some(value) = key(layer) {
            return Sourced { value: Some(value.clone()), origin: format!("file {}", layer.file.display()) };
        }
    }
    Sourced { value: None, origin: "default".to_owned() }
}

/// A systemd credential of this name, with its origin.
fn credential(environment: &Environment, name: &str) -> Result<Option<(String, String)>> {
    let folder = environment.get("CREDENTIALS_DIRECTORY").map(Path::new).filter(|path| path.is_absolute());
    let Some(file) = folder.map(|folder| folder.join(name)).filter(|file| file.exists()) else { return Ok(None) };
    let text = fs::read_to_string(&file).map_err(|error| {
        Error::invalid(format!("the credential {} cannot be read", file.display())).caused_by(error)
    })?;
    Ok(Some((text, format!("credential {}", file.display()))))
}

fn require_actor(layers: &[Layer]) -> Sourced<bool> {
    let of_file = |layer: &Layer| {
        layer.require_actor.map(|value| Sourced { value, origin: format!("file {}", layer.file.display()) })
    };
    layers.iter().rev().find_map(of_file).unwrap_or(Sourced { value: false, origin: "default".to_owned() })
}

fn database(flags: &Flags, layers: &[Layer], environment: &Environment) -> Result<Sourced<Target>> {
    let Some((urls, origin)) = database_url(flags, layers, environment)? else {
        return default_database(environment);
    };
    match Target::from_urls(&urls) {
        Ok(value) => Ok(Sourced { value, origin }),
        Err(error) => Err(error.at(&origin)),
    }
}

/// The first that is found: flag, file of a flag, systemd credential,
/// variable, configuration file.
fn database_url(flags: &Flags, layers: &[Layer], environment: &Environment) -> Result<Option<(Vec<String>, String)>> {
    if !flags.database_url.is_empty() {
        return Ok(Some((flags.database_url.clone(), "flag --database-url".to_owned())));
    }
    if let Some((name, url)) = &flags.database_url_file {
        return Ok(Some((vec![url.clone()], format!("flag --database-url-file {name}"))));
    }
    if let Some((url, origin)) = credential(environment, "database-url")? {
        return Ok(Some((vec![url], origin)));
    }
    if let Some(url) = environment.get("INVITE_DATABASE_URL").filter(|url| !url.is_empty()) {
        return Ok(Some((vec![url.clone()], "environment INVITE_DATABASE_URL".to_owned())));
    }
    let of_file =
        |layer: &Layer| layer.database_url.clone().map(|url| (vec![url], format!("file {}", layer.file.display())));
    Ok(layers.iter().rev().find_map(of_file))
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
        fs::write(&file, text).unwrap();
        let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Settings::load(&Flags { config: Some(file), ..flags }, &environment, Path::new("/nonexistent"))
    }

    #[test]
    fn a_flag_wins_over_the_environment_and_that_over_the_file() {
        let file = "database_url = \"sqlite:///file.db\"\n";
        let variable = [("INVITE_DATABASE_URL", "sqlite:///variable.db")];
        let flag = Flags { database_url: vec!["sqlite:///flag.db".into()], ..Flags::default() };
        for (environment, flags, expected, origin) in [
            (&variable[..], flag, "/flag.db", "flag --database-url"),
            (&variable[..], Flags::default(), "/variable.db", "environment INVITE_DATABASE_URL"),
            (&[], Flags::default(), "/file.db", "file "),
        ] {
            let settings = load(file, environment, flags).unwrap();
            assert_eq!(settings.database.value.to_string(), expected);
            assert!(settings.database.origin.starts_with(origin), "{}", settings.database.origin);
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
