//! Configuration files: their keys and profiles.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::config::inputs::{Environment, Flags, xdg_folder};
use crate::error::{Error, Result};
use crate::files;
use crate::policy::{Lines, PolicyTables};
use crate::text::nearest;

/// The settings of one file, or of one profile in a file.
#[derive(Default)]
pub(crate) struct Layer {
    /// The origin of its values, for messages.
    pub(crate) origin: String,
    /// True if the value is in the system's file, which users cannot replace.
    pub(crate) is_system: bool,
    pub(crate) database_url: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) smtp_url: Option<String>,
    pub(crate) from_email: Option<String>,
    pub(crate) from_name: Option<String>,
    pub(crate) mail_templates: Option<String>,
    pub(crate) timeout: Option<String>,
    pub(crate) time_zone: Option<String>,
    pub(crate) require_actor: Option<bool>,
    pub(crate) schema: Option<String>,
}

/// A configuration file.
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) layer: Layer,
    /// The tables `[profile.NAME]`.
    pub(crate) profiles: Vec<(String, Layer)>,
    pub(crate) policies: PolicyTables,
}

/// Keys of a file and of a profile.
const SETTINGS: [&str; 10] = [
    "base_url",
    "database_url",
    "from_email",
    "from_name",
    "mail_templates",
    "require_actor",
    "schema",
    "smtp_url",
    "time_zone",
    "timeout",
];

/// Keys of a file that are tables.
const TABLES: [&str; 2] = ["policy", "profile"];

/// Reads the files that exist, the system's file first.
pub(crate) fn read_files(flags: &Flags, environment: &Environment, system: &Path) -> Result<Vec<ConfigFile>> {
    let mut found = Vec::new();
    if system_file_exists(system)? {
        found.push(read_file(system)?.of_system());
    }
    if let Some(file) = &flags.config {
        found.push(read_file(file)?);
    } else if let Some(file) = user_file(environment)
        && files::exists(&file)
    {
        found.push(read_file(&file)?);
    }
    Ok(found)
}

/// Returns true if the system's file exists. A file without read access is an error, so
/// that its rules cannot be bypassed.
fn system_file_exists(system: &Path) -> Result<bool> {
    match fs::metadata(system) {
        Ok(_) => Ok(true),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(false),
        Err(error) => Err(Error::invalid(format!("cannot read the configuration file {}", system.display()))
            .with_source(error)
            .with_hint("ask an administrator of this machine for read access to it")),
    }
}

impl ConfigFile {
    /// Marks the settings as those of the system's file.
    fn of_system(mut self) -> Self {
        self.layer.is_system = true;
        self.profiles.iter_mut().for_each(|(_, layer)| layer.is_system = true);
        self
    }
}

/// Returns the path of the user's file, which may not exist.
pub(crate) fn user_file(environment: &Environment) -> Option<PathBuf> {
    xdg_folder(environment, "XDG_CONFIG_HOME", ".config").map(|folder| folder.join("invite/config.toml"))
}

fn read_file(file: &Path) -> Result<ConfigFile> {
    let text = files::read_text(file).map_err(|error| {
        Error::invalid(format!("cannot read the configuration file {}", file.display()))
            .with_source(error)
            .with_hint("name a regular file that this account can read")
    })?;
    let lines = Lines::new(file, &text);
    let root = lines.parse()?;
    let mut read = ConfigFile {
        path: file.to_owned(),
        layer: Layer { origin: format!("file {}", file.display()), ..Layer::default() },
        profiles: Vec::new(),
        policies: PolicyTables::default(),
    };
    for (key, value) in &root {
        match key.get_ref().as_ref() {
            "policy" => read.policies = PolicyTables::from_toml(&lines, value)?,
            "profile" => read.profiles = profiles(&lines, file, key, value)?,
            _ => read.layer.set(&lines, key, value, &TABLES)?,
        }
    }
    Ok(read)
}

type Key<'k> = Spanned<std::borrow::Cow<'k, str>>;

fn profiles(
    lines: &Lines<'_>,
    file: &Path,
    key: &Key<'_>,
    value: &Spanned<DeValue<'_>>,
) -> Result<Vec<(String, Layer)>> {
    let not_tables =
        |at: &Key<'_>| lines.place(at.span().start).refuse("profile must be a table of tables: [profile.staging]");
    let table = value.get_ref().as_table().ok_or_else(|| not_tables(key))?;
    let one = |(name, value): (&Key<'_>, &Spanned<DeValue<'_>>)| {
        let settings: &DeTable<'_> = value.get_ref().as_table().ok_or_else(|| not_tables(name))?;
        let mut layer =
            Layer { origin: format!("profile {} of {}", name.get_ref(), file.display()), ..Layer::default() };
        for (key, value) in settings {
            layer.set(lines, key, value, &[])?;
        }
        Ok((name.get_ref().to_string(), layer))
    };
    table.iter().map(one).collect()
}

impl Layer {
    /// Sets one key; `others` are allowed keys that are not settings.
    fn set(&mut self, lines: &Lines<'_>, key: &Key<'_>, value: &Spanned<DeValue<'_>>, others: &[&str]) -> Result<()> {
        let place = lines.place(key.span().start);
        let name = key.get_ref().as_ref();
        if name == "require_actor" {
            let flag = value.get_ref().as_bool();
            self.require_actor = Some(flag.ok_or_else(|| place.refuse("require_actor: write true or false"))?);
            return Ok(());
        }
        let Some(setting) = self.text_field(name) else {
            let known: Vec<&str> = SETTINGS.iter().chain(others).copied().collect();
            let error = place.refuse(&format!("unknown key {name:?}"));
            return Err(match nearest(name, &known) {
                Some(near) => error.with_hint(format!("did you mean {near}?")),
                None => error.with_hint(format!("keys: {}", known.join(", "))),
            });
        };
        let text =
            value.get_ref().as_str().ok_or_else(|| place.refuse(&format!("{name}: write a string in quotes")))?;
        *setting = Some(text.to_owned());
        Ok(())
    }

    /// Returns the field of a key with a string.
    fn text_field(&mut self, name: &str) -> Option<&mut Option<String>> {
        Some(match name {
            "database_url" => &mut self.database_url,
            "base_url" => &mut self.base_url,
            "smtp_url" => &mut self.smtp_url,
            "from_email" => &mut self.from_email,
            "from_name" => &mut self.from_name,
            "mail_templates" => &mut self.mail_templates,
            "schema" => &mut self.schema,
            "timeout" => &mut self.timeout,
            "time_zone" => &mut self.time_zone,
            _ => return None,
        })
    }
}
