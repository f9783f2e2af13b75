//! What the process was started with: command-line options and environment variables.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The environment variables of the process.
pub type Environment = BTreeMap<String, String>;

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
    /// `--schema`.
    pub schema: Option<String>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
}

/// A folder of the XDG base directory specification: a relative path in the
/// variable counts as none.
pub(crate) fn xdg_folder(environment: &Environment, variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = environment.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = environment.get("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home.map(|home| home.join(below_home)))
}
