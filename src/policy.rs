//! Policies: the rules of one kind of space, as data.
//!
//! The four built-in policies are in `policies.toml`; a configuration file changes single
//! keys of them or adds policies. No code depends on the name of a policy.

mod build;
mod deserialize;
mod rules;
mod tables;

use std::collections::BTreeMap;
use std::path::Path;

#[cfg(any(feature = "cli", test))]
pub(crate) use crate::policy::rules::policy_keys;
pub use crate::policy::rules::{EmailRule, Policy, PolicyRules};
pub(crate) use crate::policy::tables::Lines;
pub use crate::policy::tables::PolicyTables;

use crate::calendar::Zone;
use crate::error::{Error, Result};
use crate::text::{nearest, quoted};

/// The effective policies, by name.
#[derive(Debug, Clone)]
pub struct Policies(BTreeMap<String, Policy>);

const BUILT_IN: &str = include_str!("policies.toml");

impl Policies {
    /// Returns the four built-in policies.
    ///
    /// # Errors
    /// Never in practice: a test parses the built-in file.
    pub fn built_in() -> Result<Self> {
        Policies::layered(&[])
    }

    /// Returns the built-in policies with the `[policy.NAME]` tables of files applied to
    /// them, in order.
    ///
    /// # Errors
    /// [`Error::Invalid`] with file, line, key and reason for an invalid policy.
    pub fn layered(overrides: &[PolicyTables]) -> Result<Self> {
        let mut tables = PolicyTables::read(Path::new("policies.toml"), BUILT_IN)?;
        let known = tables.roles();
        for layer in overrides {
            tables.override_with(layer);
        }
        build::policies(&tables, &known).map(Policies)
    }

    /// Sets the time zone whose calendar determines the length of a month; default UTC.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        self.0.values_mut().for_each(|policy| policy.zone = zone.clone());
        self
    }

    /// Returns the policy of this name.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the existing names if there is none.
    pub fn get(&self, name: &str) -> Result<&Policy> {
        self.find(name).ok_or_else(|| {
            let names: Vec<&str> = self.0.keys().map(String::as_str).collect();
            let nearest = nearest(name, &names).map_or(String::new(), |near| format!("did you mean {near:?}? "));
            Error::invalid(format!("unknown policy {}", quoted(name)))
                .with_hint(format!("{nearest}policies: {}", names.join(", ")))
        })
    }

    /// Returns the policy of this name, if it exists.
    #[must_use]
    pub fn find(&self, name: &str) -> Option<&Policy> {
        self.0.get(name)
    }

    /// Iterates over the policies, ordered by name.
    pub fn iter(&self) -> impl Iterator<Item = &Policy> {
        self.0.values()
    }

    /// Returns the names of the policies that satisfy a predicate.
    #[must_use]
    pub(crate) fn names_where(&self, predicate: impl Fn(&Policy) -> bool) -> Vec<String> {
        self.iter().filter(|policy| predicate(policy)).map(|policy| policy.name.clone()).collect()
    }
}

#[cfg(test)]
mod tests;
