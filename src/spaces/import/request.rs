//! The rows of an import of spaces, and how to import them.

use serde::Deserialize;

use crate::records::Record;
use crate::text::redacted_debug;

/// One space of a file.
#[derive(Clone, Deserialize)]
pub struct SpaceRow {
    /// The application's id.
    pub id: String,
    /// Its policy; where the file has no such column, the request's.
    #[serde(default)]
    pub policy: Option<String>,
    /// Its name.
    pub name: String,
    /// The standing code that it already has, in any form (seed 001 shows two).
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

/// How to take a file in.
#[derive(Debug, Clone, Default)]
pub struct ImportSpacesRequest {
    /// The policy of rows that name none.
    pub default_policy: Option<String>,
    /// Give known spaces the file's names.
    pub update: bool,
    /// Accept codes of fewer than six letters and digits.
    pub allow_short_codes: bool,
    /// Plan, and stop there.
    pub dry_run: bool,
}
