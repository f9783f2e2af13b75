//! Policies: the rules of one kind of space, as data.
//!
//! The four built-in ones stand in `policies.toml`; a configuration file
//! changes single keys of them or adds others. Nothing here or elsewhere asks
//! for a policy's name.

mod build;
mod rules;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

pub use crate::policy::rules::{Policy, PolicyRules};
pub(crate) use crate::policy::tables::Lines;
pub use crate::policy::tables::PolicyTables;

use crate::calendar::Zone;
use crate::error::{Error, Result};
use crate::text::{nearest, quoted};

/// All policies that are in force.
#[derive(Debug, Clone)]
pub struct Policies(BTreeMap<String, Policy>);

const BUILT_IN: &str = include_str!("policies.toml");

impl Policies {
    /// The four built-in policies.
    ///
    /// # Errors
    /// None in practice: a test reads the built-in file.
    pub fn built_in() -> Result<Self> {
        Policies::layered(&[])
    }

    /// The built-in policies with these files' `[policy.NAME]` tables laid
    /// over them, in order.
    ///
    /// # Errors
    /// [`Error::Invalid`] with file, line, key and reason for a bad policy.
    pub fn layered(overrides: &[PolicyTables]) -> Result<Self> {
        let mut tables = PolicyTables::read(Path::new("policies.toml"), BUILT_IN)?;
        let known = tables.roles();
        for layer in overrides {
            tables.lay_over(layer);
        }
        build::policies(&tables, &known).map(Policies)
    }

    /// Returns these policies with the time zone whose calendar says how long a
    /// month is; UTC by default.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.0.values_mut().for_each(|policy| policy.zone = zone.clone());
        self
    }

    /// The policy of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] if none has it, with those that are there.
    pub fn get(&self, name: &str) -> Result<&Policy> {
        self.find(name).ok_or_else(|| {
            let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
            let nearest = nearest(name, &names).map_or(String::new(), |near| format!("did you mean {near:?}? "));
            Error::invalid(format!("unknown policy {}", quoted(name)))
                .hint(format!("{nearest}policies: {}", names.join(", ")))
        })
    }

    /// The policy of this name, if there is one.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Policy> {
        self.0.get(name)
    }

    /// All policies by name.
    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.0.values()
    }

    /// The names of those that a test picks.
    #[must_use]
    pub(crate) fn names_where(&self, test: impl Fn(&Policy) -> bool) -> Vec<String> {
        self.iter().filter(|policy| test(policy)).map(|policy| policy.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests;
