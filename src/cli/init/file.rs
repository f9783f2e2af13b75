//! The configuration file that `init` writes: every key, with a word about it.

use std::io::Write as _;
use std::path::Path;

use anyhow::{Context as _, Result};

use crate::cli::output::folder_of;
use crate::files::create_private;

/// What was answered; the rest stays at its default.
pub(super) struct Settings {
    pub(super) database_url: Option<String>,
    pub(super) base_url: Option<String>,
    pub(super) smtp_url: Option<String>,
    pub(super) from_email: Option<String>,
    pub(super) from_name: Option<String>,
}

/// Writes a new file for its owner alone; all of it, or nothing.
pub(super) fn write(path: &Path, settings: &Settings) -> Result<()> {
    let cannot = || format!("the file {} cannot be written", path.display());
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
# Configuration of invite. An option wins over a profile that is named, that over
# a variable of the environment, that over this file: invite help environment.
# What is in force, and from where: invite config show --origin

# The database. Without it: an embedded file of your own. A password is safer in
# a file of its own (--database-url-file) or a systemd credential (database-url).
{}
# The PostgreSQL schema that holds the tables. Without it: the search path decides.
# schema = \"invite\"

# What links begin with. Without it they begin with /.
{}
# Where e-mail invitations go out, and whom they are from.
{}{}{}
# A folder with the words of e-mail invitations, in place of the built-in ones.
{}
# true: refuse what roles govern without --as USER; final in /etc/invite/config.toml.
# require_actor = false

# Another database by a name: invite --profile staging list
# [profile.staging]
# database_url = \"postgres://invite@staging.example.org/app\"

# Other rules for a kind of space: invite help policies, invite policy show director
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
