//! Which of the places that give a setting wins.

use std::collections::BTreeSet;
use std::path::Path;

use crate::config::files::{ConfigFile, Layer};
use crate::config::inputs::{Environment, Flags};
use crate::error::{Error, Result};
use crate::files;
use crate::text::nearest;

/// A value and where it came from.
#[derive(Debug, Clone)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// A flag, a variable, a file, or the default.
    pub origin: String,
}

/// All places but the flags. A profile was chosen by its name and wins over the
/// environment: else a variable that somebody forgot would send the work to
/// another database than the one that was named.
pub(crate) struct Sources<'s> {
    profile: Vec<Layer>,
    pub(crate) environment: &'s Environment,
    files: Vec<Layer>,
}

/// The profile that is named, and by what.
pub(crate) fn profile_name(flags: &Flags, environment: &Environment) -> Sourced<Option<String>> {
    // A flag that names the database names none of a profile's other settings.
    let is_named = !flags.database_url.is_empty() || flags.database_url_file.is_some();
    let variable = environment.get("INVITE_PROFILE").filter(|name| !name.is_empty() && !is_named);
    match (&flags.profile, variable) {
        (Some(name), _) => Sourced { value: Some(name.clone()), origin: "flag --profile".to_owned() },
        (None, Some(name)) => Sourced { value: Some(name.clone()), origin: "environment INVITE_PROFILE".to_owned() },
        (None, None) => Sourced { value: None, origin: "default".to_owned() },
    }
}

impl<'s> Sources<'s> {
    /// The places in force, the last file first.
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
            return Err(no_profile(wanted, &known).at(&name.origin));
        }
        let profile = profiles.into_iter().filter(|(name, _)| name == wanted).map(|(_, layer)| layer).collect();
        Ok(Sources { profile, environment, files: layers })
    }

    /// The first that is found: the profile, one of these variables, the files.
    pub(crate) fn text(&self, variables: &[&str], key: impl Fn(&Layer) -> Option<&String>) -> Sourced<Option<String>> {
        let of = |layers: &[Layer]| {
            let mut found = layers.iter().filter_map(|layer| Some((key(layer)?.clone(), layer.origin.clone())));
            found.next()
        };
        let set = |variable: &&str| {
            let value = self.environment.get(*variable).filter(|value| !value.is_empty())?;
            Some((value.clone(), format!("environment {variable}")))
        };
        let found = of(&self.profile).or_else(|| variables.iter().find_map(set)).or_else(|| of(&self.files));
        match found {
            Some((value, origin)) => Sourced { value: Some(value), origin },
            None => Sourced { value: None, origin: "default".to_owned() },
        }
    }

    /// A rule that no variable sets. Where the system's file turns it on, it is
    /// on: no other place lowers it.
    pub(crate) fn rule(&self, key: impl Fn(&Layer) -> Option<bool>) -> Sourced<bool> {
        let layers = || self.profile.iter().chain(&self.files);
        let sourced = |layer: &Layer| Some(Sourced { value: key(layer)?, origin: layer.origin.clone() });
        let is_final = |layer: &&Layer| layer.is_system && key(layer) == Some(true);
        let found = layers().find(is_final).and_then(sourced).or_else(|| layers().find_map(sourced));
        found.unwrap_or(Sourced { value: false, origin: "default".to_owned() })
    }

    /// The same for a secret, which a systemd credential can hold, too: it comes
    /// before the variables.
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
        Some(near) => error.hint(format!("did you mean {near}?")),
        None if known.is_empty() => error.hint("add one to a configuration file: [profile.staging] with database_url"),
        None => error.hint(format!("profiles: {}", known.join(", "))),
    }
}

/// A systemd credential of this name, with its origin.
fn read_credential(environment: &Environment, name: &str) -> Result<Option<(String, String)>> {
    let folder = environment.get("CREDENTIALS_DIRECTORY").map(Path::new).filter(|path| path.is_absolute());
    let Some(file) = folder.map(|folder| folder.join(name)).filter(|file| files::exists(file)) else { return Ok(None) };
    let text = files::read_text(&file)
        .map_err(|error| Error::invalid(format!("cannot read the credential {}", file.display())).caused_by(error))?;
    Ok(Some((text, format!("credential {}", file.display()))))
}
