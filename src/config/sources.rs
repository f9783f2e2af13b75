//! The sources of settings, and their precedence.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::files::{ConfigFile, Layer};
use crate::config::inputs::{Environment, Flags};
use crate::error::{Error, Result};
use crate::files;
use crate::text::nearest;

/// A value with its origin.
#[derive(Debug, Clone)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// The origin: a flag, a variable, a file, or `default`.
    pub origin: String,
}

/// All sources except flags. The profile overrides the environment: it was selected
/// explicitly, and a forgotten variable must not redirect the command to another database.
pub(crate) struct Sources<'s> {
    profile: Vec<Layer>,
    pub(crate) environment: &'s Environment,
    files: Vec<Layer>,
}

/// Returns the name of the selected profile, with its origin.
pub(crate) fn profile_name(flags: &Flags, environment: &Environment) -> Sourced<Option<String>> {
    // A flag that names the database disables INVITE_PROFILE: the other settings of the
    // profile belong to its own database.
    let has_database_flag = !flags.database_url.is_empty() || flags.database_url_file.is_some();
    let variable = environment.get("INVITE_PROFILE").filter(|name| !name.is_empty() && !has_database_flag);
    match (&flags.profile, variable) {
        (Some(name), _) => Sourced { value: Some(name.clone()), origin: "flag --profile".to_owned() },
        (None, Some(name)) => Sourced { value: Some(name.clone()), origin: "environment INVITE_PROFILE".to_owned() },
        (None, None) => Sourced { value: None, origin: "default".to_owned() },
    }
}

impl<'s> Sources<'s> {
    /// Orders the sources: the last file first.
    pub(crate) fn new(
        files: Vec<ConfigFile>,
        name: &Sourced<Option<String>>,
        environment: &'s Environment,
    ) -> Result<Self> {
        let (mut layers, mut profiles) = (Vec::new(), Vec::new());
        for file in files.into_iter().rev() {
            layers.push(file.layer);
            profiles.extend(file.profiles);
        }
        let Some(wanted) = &name.value else { return Ok(Sources { profile: Vec::new(), environment, files: layers }) };
        let known: BTreeSet<String> = profiles.iter().map(|(name, _)| name.clone()).collect();
        if !known.contains(wanted) {
            return Err(no_profile(wanted, &known).with_origin(&name.origin));
        }
        let profile = profiles.into_iter().filter(|(name, _)| name == wanted).map(|(_, layer)| layer).collect();
        Ok(Sources { profile, environment, files: layers })
    }

    /// Returns the value of the first source that has one: the profile, these variables,
    /// the files.
    pub(crate) fn text(&self, variables: &[&str], key: impl Fn(&Layer) -> Option<&String>) -> Sourced<Option<String>> {
        let in_layers = |layers: &[Layer]| {
            let mut found = layers.iter().filter_map(|layer| Some((key(layer)?.clone(), layer.origin.clone())));
            found.next()
        };
        let in_environment = |variable: &&str| {
            let value = self.environment.get(*variable).filter(|value| !value.is_empty())?;
            Some((value.clone(), format!("environment {variable}")))
        };
        let found = in_layers(&self.profile)
            .or_else(|| variables.iter().find_map(in_environment))
            .or_else(|| in_layers(&self.files));
        match found {
            Some((value, origin)) => Sourced { value: Some(value), origin },
            None => Sourced { value: None, origin: "default".to_owned() },
        }
    }

    /// Returns a rule that no variable sets. If the system's file enables it, no other
    /// source can disable it.
    pub(crate) fn rule(&self, key: impl Fn(&Layer) -> Option<bool>) -> Sourced<bool> {
        let layers = || self.profile.iter().chain(&self.files);
        let sourced = |layer: &Layer| Some(Sourced { value: key(layer)?, origin: layer.origin.clone() });
        let is_final = |layer: &&Layer| layer.is_system && key(layer) == Some(true);
        let found = layers().find(is_final).and_then(sourced).or_else(|| layers().find_map(sourced));
        found.unwrap_or(Sourced { value: false, origin: "default".to_owned() })
    }

    /// Returns a secret from the profile, a systemd credential, these variables or the
    /// files, in this order.
    pub(crate) fn secret(
        &self,
        credential: &str,
        variables: &[&str],
        key: impl Fn(&Layer) -> Option<&String>,
    ) -> Result<Sourced<Option<String>>> {
        if !self.profile.iter().any(|layer| key(layer).is_some())
            && let Some((text, origin)) = read_credential(self.environment, credential)?
        {
            return Ok(Sourced { value: Some(text), origin });
        }
        Ok(self.text(variables, key))
    }
}

fn no_profile(wanted: &str, known: &BTreeSet<String>) -> Error {
    let error = Error::invalid(format!("unknown profile {wanted:?}"));
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    match nearest(wanted, &known) {
        Some(near) => error.with_hint(format!("did you mean {near}?")),
        None if known.is_empty() => {
            error.with_hint("add one to a configuration file: [profile.staging] with database_url")
        }
        None => error.with_hint(format!("profiles: {}", known.join(", "))),
    }
}

/// Reads a systemd credential; returns its content and its origin.
fn read_credential(environment: &Environment, name: &str) -> Result<Option<(String, String)>> {
    let folder = environment.get("CREDENTIALS_DIRECTORY").map(Path::new).filter(|path| path.is_absolute());
    let Some(file) = folder.map(|folder| folder.join(name)).filter(|file| files::exists(file)) else { return Ok(None) };
    let text = files::read_text(&file)
        .map_err(|error| Error::invalid(format!("cannot read the credential {}", file.display())).with_source(error))?;
    Ok(Some((text, format!("credential {}", file.display()))))
}
