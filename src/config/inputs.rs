//! Inputs of the process: command-line options and environment variables.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

/// The environment variables of the process.
pub type Environment = BTreeMap<String, String>;

/// The flags that affect the configuration.
#[derive(Debug, Clone, Default)]
pub struct Flags {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--database-url`, which may be repeated.
    pub database_url: Vec<String>,
    /// Name and content of the file of `--database-url-file`.
    pub database_url_file: Option<(String, String)>,
    /// `--profile`.
    pub profile: Option<String>,
    /// `--schema`.
    pub schema: Option<String>,
    /// `--timeout`.
    pub timeout: Option<Duration>,
}

/// Returns a folder of the XDG base directory specification. A relative path in the
/// variable is ignored, as the specification requires.
pub(crate) fn xdg_folder(environment: &Environment, variable: &str, below_home: &str) -> Option<PathBuf> {
    let named = environment.get(variable).map(PathBuf::from).filter(|path| path.is_absolute());
    let home = environment.get("HOME").map(PathBuf::from).filter(|path| path.is_absolute());
    named.or_else(|| home.map(|home| home.join(below_home)))
}
