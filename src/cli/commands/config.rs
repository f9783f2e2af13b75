//! `invite config`

use anyhow::Result;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::global::Format;
use crate::cli::ui::output::RowWriter;
use crate::cli::ui::row::Row;
use crate::cli::ui::table::Value;
use crate::config::Settings;
use crate::mail::MailServer;

/// Show the effective configuration
#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    #[command(subcommand)]
    command: ConfigCommand,
}

#[derive(Debug, Subcommand)]
enum ConfigCommand {
    /// Show every setting and its value
    #[command(before_long_help = "\
Examples:
  invite config show
  invite config show --origin
  invite --profile staging config show -o json")]
    Show(ShowArgs),
}

#[derive(Debug, Args)]
struct ShowArgs {
    /// Also show where each value comes from (always in JSON and CSV)
    #[arg(long)]
    origin: bool,
}

#[derive(Serialize)]
struct Setting {
    key: &'static str,
    value: Option<String>,
    origin: String,
}

impl Row for Setting {
    const LIST: &'static str = "settings";
    const FIELDS: &'static [&'static str] = &["key", "value", "origin"];

    fn headers(wide: bool) -> Vec<&'static str> {
        if wide { vec!["SETTING", "VALUE", "FROM"] } else { vec!["SETTING", "VALUE"] }
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![self.key.into(), self.value.as_deref().into()];
        if wide {
            cells.push(self.origin.as_str().into());
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

#[derive(Serialize)]
struct Summary {
    success: bool,
}

pub(crate) fn run(context: &mut Context, args: ConfigArgs) -> Result<Exit> {
    let ConfigCommand::Show(args) = args.command;
    let format = match context.printer.format() {
        Format::Table if args.origin => Format::Wide,
        other => other,
    };
    let mut rows = RowWriter::new(format, None);
    for setting in settings(context.settings()) {
        rows.push(&context.printer, &setting)?;
    }
    rows.finish::<Setting>(&context.printer, &Summary { success: true })?;
    Ok(Exit::Done)
}

fn settings(settings: &Settings) -> Vec<Setting> {
    let mail = &settings.mail;
    let mut shown = vec![
        Setting {
            key: "database_url",
            value: Some(settings.database.value.url()),
            origin: settings.database.origin.clone(),
        },
        Setting { key: "schema", value: settings.schema.value.clone(), origin: settings.schema.origin.clone() },
        Setting { key: "profile", value: settings.profile.value.clone(), origin: settings.profile.origin.clone() },
        Setting { key: "base_url", value: settings.base_url.value.clone(), origin: settings.base_url.origin.clone() },
        Setting {
            key: "smtp_url",
            value: mail.server.value.as_ref().map(MailServer::url),
            origin: mail.server.origin.clone(),
        },
        Setting { key: "from_email", value: mail.from_email.value.clone(), origin: mail.from_email.origin.clone() },
        Setting { key: "from_name", value: mail.from_name.value.clone(), origin: mail.from_name.origin.clone() },
        Setting {
            key: "mail_templates",
            value: mail.templates.value.as_ref().map(|folder| folder.display().to_string()),
            origin: mail.templates.origin.clone(),
        },
        Setting {
            key: "timeout",
            value: Some(humantime::format_duration(settings.timeout.value).to_string()),
            origin: settings.timeout.origin.clone(),
        },
        Setting {
            key: "time_zone",
            value: Some(settings.time_zone.value.to_string()),
            origin: settings.time_zone.origin.clone(),
        },
        Setting {
            key: "require_actor",
            value: Some(settings.require_actor.value.to_string()),
            origin: settings.require_actor.origin.clone(),
        },
        Setting {
            key: "policies",
            value: Some(settings.policies.names_where(|_| true).join(", ")),
            origin: if settings.files.is_empty() { "built in" } else { "built in, and the files below" }.to_owned(),
        },
    ];
    for file in &settings.files {
        shown.push(Setting { key: "file", value: Some(file.display().to_string()), origin: "read".to_owned() });
    }
    shown
}
