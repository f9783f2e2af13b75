//! Configuration file that `invite init` writes, with the most common keys and a comment on each.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cli::ui::paths::folder_of;
use crate::files::create_private;

/// Settings of the file. A missing one is written as a comment.
pub(crate) struct Settings {
    pub(crate) database_url: Option<String>,
    pub(crate) base_url: Option<String>,
    pub(crate) smtp_url: Option<String>,
    pub(crate) from_email: Option<String>,
    pub(crate) from_name: Option<String>,
}

/// Writes a new file, readable by its owner only. Deletes it after an error.
pub(crate) fn write(path: &Path, settings: &Settings) -> Result<()> {
    let cannot = || format!("cannot write {}", path.display());
    std::fs::create_dir_all(folder_of(path)).with_context(cannot)?;
    let mut file = create_private(path).with_context(cannot)?;
    let written = file.write_all(text(settings).as_bytes()).and_then(|()| file.sync_all());
    if written.is_err() {
        let _ = std::fs::remove_file(path);
    }
    written.with_context(cannot)
}

fn text(settings: &Settings) -> String {
    let key = |name: &str, value: &Option<String>, example: &str| match value {
        Some(value) => format!("{name} = {}\n", toml::Value::from(value.as_str())),
        None => format!("# {name} = {}\n", toml::Value::from(example)),
    };
    let Settings { database_url, base_url, smtp_url, from_email, from_name } = settings;
    format!(
        "\
# Configuration of invite. Precedence: option, profile, environment variable, this
# file (see: invite help environment).
# Effective values and their origins: invite config show --origin

# Database URL. Default: an embedded file in your home folder. Keep a password in a
# separate file (--database-url-file) or a systemd credential (database-url).
{}
# PostgreSQL schema that contains the tables. Default: first schema of the search path.
# schema = \"invite\"

# Base URL of links. Default: links begin with /.
{}
# Mail server, and sender of e-mail invitations.
{}{}{}
# Folder with templates of e-mail invitations. Default: the built-in templates.
{}
# true: commands with permissions by role need --as USER (final in /etc/invite/config.toml)
# require_actor = false

# Profile with another database, used by: invite --profile staging list
# [profile.staging]
# database_url = \"postgres://invite@staging.example.org/app\"

# Changed rules of a policy (see: invite help policies, invite policy show director)
# [policy.director]
# expires = \"48h\"
",
        key("database_url", database_url, "postgres://invite@db.example.org/app"),
        key("base_url", base_url, "https://example.org"),
        key("smtp_url", smtp_url, "smtps://user:password@mail.example.org"),
        key("from_email", from_email, "noreply@example.org"),
        key("from_name", from_name, "Invitations"),
        key("mail_templates", &None, "/etc/invite/templates"),
    )
}
