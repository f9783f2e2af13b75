//! `invite init`

pub(crate) mod file;

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::commands::init::file::Settings;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::output;
use crate::cli::ui::text::safe;
use crate::config::SYSTEM_FILE;
use crate::error::Error;
use crate::files;
use crate::links::Links;
use crate::mail::{MailServer, Sender};
use crate::store::db::database::Db;
use crate::store::db::options::DbOptions;
use crate::store::db::schema_state::SchemaState;
use crate::store::location::Location;

/// Write a configuration file, from questions or options
///
/// Writes ~/.config/invite/config.toml, or the file of --config, readable by its owner only. The file lists the most
/// common keys with a comment. An existing file is never overwritten. Creates the embedded database if it does not
/// exist. Off a terminal, and with --no-input or --yes, no questions are asked, and every setting without an option
/// keeps its default.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite init
  invite init --base-url https://example.org --yes
  invite --database-url postgres://invite@db.example.org/app init --yes
  invite --config staging.toml init --yes")]
pub(crate) struct InitArgs {
    /// Base URL of links
    #[arg(long, value_name = "URL", help = "Base URL of links, such as https://example.org")]
    base_url: Option<String>,

    /// URL of the mail server, such as smtps://user:password@mail.example.org
    #[arg(long, value_name = "URL")]
    smtp_url: Option<String>,

    /// Sender address of e-mail invitations
    #[arg(long, value_name = "ADDRESS")]
    from_email: Option<String>,

    /// Sender name of e-mail invitations
    #[arg(long, value_name = "NAME")]
    from_name: Option<String>,

    /// The file to write: the value of --config.
    #[arg(skip)]
    pub(crate) file: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    file: String,
    /// The effective database.
    database_url: String,
    /// True if the file sets the database.
    has_database_url: bool,
    database: Option<&'static str>,
}

/// Timeout of the lookup of the schema.
const TIMEOUT: Duration = Duration::from_secs(3);

pub(crate) async fn run(context: &mut Context, args: InitArgs) -> Result<Exit> {
    let path = match &args.file {
        Some(file) => file.clone(),
        None => context.user_config().ok_or_else(|| {
            Error::invalid("no default configuration file: neither HOME nor XDG_CONFIG_HOME is set")
                .with_hint("name a file: invite --config FILE init")
        })?,
    };
    if context.global.database_url_file.is_some() || context.global.profile.is_some() {
        return Err(Error::invalid("init takes the database from --database-url only, not from a file or profile")
            .with_hint("leave the option out, or name the URL: invite --database-url URL init")
            .into());
    }
    if files::exists(&path) {
        return Err(Error::duplicate(format!("{} already exists; not overwriting it", path.display()))
            .with_hint("edit the file, then check it: invite config show")
            .into());
    }
    let settings = answers(context, args)?;
    let is_named = settings.database_url.is_some();
    let location = match &settings.database_url {
        Some(url) => database(url)?,
        None => context.settings().database.value.clone(),
    };
    let is_new = create(&location).await?;
    file::write(&path, &settings)?;
    report(context, &path, &location, is_named, is_new).await
}

/// Creates the embedded database if it does not exist. Returns true if it was created.
async fn create(location: &Location) -> Result<bool> {
    let is_missing = location.file().is_some_and(|file| !file.is_read_only() && !file.path().exists());
    if is_missing {
        let (db, _) = Db::migrate(location.clone()).await?;
        db.close().await;
    }
    Ok(is_missing)
}

/// Returns the settings from the options, and asks for the others.
fn answers(context: &Context, args: InitArgs) -> Result<Settings> {
    let instead = "leave it out and answer the question, or write it into the file";
    context.printer.warn_of_password("--smtp-url", args.smtp_url.as_slice(), instead);
    let mut settings = Settings {
        database_url: database_option(context)?,
        base_url: checked(args.base_url, base_url)?,
        smtp_url: checked(args.smtp_url, |url| MailServer::parse(url).map(|_| ()))?,
        from_email: checked(args.from_email, |address| Sender::new(address, None).map(|_| ()))?,
        from_name: args.from_name,
    };
    if !context.prompter.can_ask() || context.global.yes {
        return Ok(settings);
    }
    if settings.database_url.is_none() {
        let question = format!("Database URL (empty: {})", default_database(context));
        settings.database_url = ask(context, &question, |url| database(url).map(|_| ()))?;
    }
    if settings.base_url.is_none() {
        settings.base_url =
            ask(context, "Base URL of links, such as https://example.org (empty: links begin with /)", base_url)?;
    }
    if settings.smtp_url.is_none() {
        let question = "Mail server, such as smtps://user:password@mail.example.org (empty: no e-mail)";
        settings.smtp_url = ask(context, question, |url| MailServer::parse(url).map(|_| ()))?;
    }
    if settings.smtp_url.is_some() && settings.from_email.is_none() {
        let check = |address: &str| Sender::new(address, None).map(|_| ());
        settings.from_email = ask(context, "Sender address of e-mails", check)?;
    }
    Ok(settings)
}

/// Describes the effective database of a file that sets none.
fn default_database(context: &Context) -> String {
    match context.settings().database.origin.as_str() {
        "default" => format!("an embedded file, {}", context.target()),
        origin => format!("as set by {origin}, currently {}", context.target()),
    }
}

/// Returns the URL of `--database-url`.
///
/// # Errors
/// [`Error::Invalid`] for several URLs.
fn database_option(context: &Context) -> Result<Option<String>> {
    match &context.global.database_url[..] {
        [] => Ok(None),
        [url] => Ok(Some(url.clone())),
        _ => Err(Error::invalid("the configuration file takes a single database URL")
            .with_hint("list the nodes of a cluster in one URL: mysql://user@host1,host2/database")
            .into()),
    }
}

fn database(url: &str) -> crate::error::Result<Location> {
    Location::from_urls(&[url.to_owned()])
}

fn base_url(url: &str) -> crate::error::Result<()> {
    Links::below(Some(url)).map(|_| ())
}

/// Checks the value of an option.
fn checked(value: Option<String>, check: impl Fn(&str) -> crate::error::Result<()>) -> Result<Option<String>> {
    if let Some(value) = &value {
        check(value)?;
    }
    Ok(value)
}

/// Asks until the answer is valid; `None` for an empty one.
fn ask(context: &Context, question: &str, check: impl Fn(&str) -> crate::error::Result<()>) -> Result<Option<String>> {
    loop {
        let text = context.prompter.text(question)?;
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        match check(text) {
            Ok(()) => return Ok(Some(text.to_owned())),
            Err(error) => {
                let hint = error.hint().map_or(String::new(), |hint| format!(" ({hint})"));
                context.printer.error_line(&format!(
                    "{} {}",
                    context.printer.red("error:"),
                    safe(&format!("{error}{hint}"))
                ));
            }
        }
    }
}

/// Prints the file, and the next command to run.
async fn report(context: &Context, path: &Path, location: &Location, is_named: bool, is_new: bool) -> Result<Exit> {
    let state = schema_state(location).await;
    let next = match state {
        _ if is_new => "invite space import spaces.csv",
        Some("current") => "invite list",
        Some("unknown") => "invite migrate --status",
        Some(_) => "invite migrate",
        None => "invite config show",
    };
    let database_url = location.url();
    let report = Report {
        success: true,
        file: path.display().to_string(),
        database_url,
        has_database_url: is_named,
        database: state,
    };
    output::report(&context.printer, &report, None, || format!("Wrote {}\n", safe(&report.file)))?;
    if !is_named {
        context.printer.info(&format!("It sets no database: {}.", safe(&default_database(context))));
    }
    if path == Path::new(SYSTEM_FILE) {
        let group = "to share it with a group: chgrp invite FILE; chmod 640 FILE";
        context.printer.info(&format!("No other account can read it; {group}"));
    }
    if state.is_none() {
        context.printer.info(&format!("The database {} cannot be reached yet.", safe(&report.database_url)));
    }
    context.printer.info(&format!("Next: {next}"));
    Ok(Exit::Done)
}

/// Returns the state of the schema; `None` if the database does not answer.
async fn schema_state(location: &Location) -> Option<&'static str> {
    if location.file().is_some_and(|file| !file.path().exists()) {
        return Some("missing");
    }
    let options = DbOptions::new(1).timeout(TIMEOUT);
    let lookup = tokio::time::timeout(TIMEOUT, Box::pin(Db::inspect_with(location.clone(), options))).await;
    let (db, state) = lookup.ok()?.ok()?;
    db.close().await;
    Some(match state {
        SchemaState::Current => "current",
        SchemaState::Empty => "empty",
        SchemaState::Behind(_) => "behind",
        SchemaState::Foreign | SchemaState::Ahead(_) | SchemaState::HalfApplied(_) => "unknown",
    })
}
