//! The rows of an import of spaces, and its options.

use serde::Deserialize;

use crate::builder::setters;
use crate::records::Record;
use crate::text::redacted_debug;

/// A row: a space to import.
#[derive(Clone, Deserialize)]
#[non_exhaustive]
pub struct SpaceRow {
    /// The application's ID of the space.
    pub id: String,
    /// The policy; `None` for the default policy of the request.
    #[serde(default)]
    pub policy: Option<String>,
    /// The name.
    pub name: String,
    /// An existing standing code, in any format (seed 001 shows two).
    #[serde(default)]
    pub code: Option<String>,
}

impl Record for SpaceRow {
    const COLUMNS: &'static [&'static str] = &["id", "policy", "name", "code"];
    const REQUIRED: &'static [&'static str] = &["id", "name"];
    const ALIASES: &'static [(&'static str, &'static str)] =
        &[("space_id", "id"), ("space_name", "name"), ("invite_code", "code")];
}

redacted_debug!(SpaceRow { id, policy, name; [code] });

/// Options of an import of spaces.
#[derive(Debug, Clone, Default)]
#[non_exhaustive]
pub struct ImportSpacesRequest {
    /// The policy of rows without one.
    pub default_policy: Option<String>,
    /// Update the names of existing spaces.
    pub update: bool,
    /// Accept codes of fewer than six letters and digits.
    pub allow_short_codes: bool,
    /// Report what would be imported, and change nothing.
    pub dry_run: bool,
}

impl ImportSpacesRequest {
    /// Creates a request that adds spaces.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    ImportSpacesRequest {
        text default_policy,
        value update: bool,
        value allow_short_codes: bool,
        value dry_run: bool,
    }
}
