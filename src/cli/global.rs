//! The options that every command has.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

/// How data is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// A table for people.
    #[default]
    Table,
    /// A table with more columns.
    Wide,
    /// One JSON document.
    Json,
    /// One JSON object a line.
    Jsonl,
    /// Comma-separated values with a header line.
    Csv,
    /// Codes alone, one a line.
    Code,
}

impl Format {
    /// Whether people read it.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Format::Table | Format::Wide)
    }

    /// Whether errors are written as JSON.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl)
    }
}

/// How logs are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// When to use colour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// Options that stand before or after any command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Database to work on, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database
    ///
    /// Schemes: sqlite, postgres, mysql. The nodes of a cluster stand side by side (mysql://user@host1,host2/database),
    /// or each in an option of its own. A password is safer in a file (--database-url-file), a systemd credential or
    /// the environment than here, where ps shows it. Without it: the profile, the systemd credential database-url,
    /// INVITE_DATABASE_URL, database_url of the configuration, and at last an embedded file of your own
    /// (created by init, migrate, space add, space import and backfill --import). In the path of a file, %20 is a space
    /// and %3F a question mark.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Vec<String>,

    /// File that holds the database URL; - reads it from standard input
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "database_url")]
    pub database_url_file: Option<String>,

    /// Database, and other settings, by a name: [profile.NAME] in the configuration
    ///
    /// What the profile sets wins over the environment. INVITE_PROFILE names one, too.
    #[arg(long, global = true, value_name = "NAME", conflicts_with_all = ["database_url", "database_url_file"])]
    pub profile: Option<String>,

    /// PostgreSQL schema that holds the tables of invite
    ///
    /// migrate creates the schema if it is missing. Without this option, the search path of the account decides.
    /// INVITE_SCHEMA and schema in the configuration name a schema, too. The other engines have none inside a database.
    #[arg(long, global = true, value_name = "NAME")]
    pub schema: Option<String>,

    /// Configuration file, in place of your own
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Act with the permissions of this user
    ///
    /// The policy of a space says which roles may create, see, revoke and resend its invites; that governs generate,
    /// regenerate, extend, revoke, resend, list, show, space show and backfill, and validate and use of an ID or a
    /// #fingerprint: a code proves enough. space list shows the spaces of the user. What no role governs is refused:
    /// cleanup, limits, member, migrate, operations, stats, and space add, import and remove. The user is recorded
    /// with every change, and as the creator of invites. With require_actor = true in the configuration, what roles
    /// govern is refused without this option.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub acting_as: Option<String>,

    /// Why; recorded with every change
    #[arg(long, global = true, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Longest wait without progress [default: 60s]
    ///
    /// Bounds each period without progress: connecting, waiting for a lock, retrying, waiting for an answer. Every
    /// committed batch and every received row starts the period again, so long commands are not limited as a whole.
    /// From 1s to 7d. Also INVITE_TIMEOUT, and timeout in the configuration.
    #[arg(long, global = true, value_name = "DURATION", value_parser = super::values::timeout,
        allow_hyphen_values = true)]
    pub timeout: Option<Duration>,

    /// How data is written
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: Format,

    /// The same as --output json
    #[arg(long, global = true, conflicts_with = "output")]
    pub json: bool,

    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,

    /// Say nothing but data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Do not ask before bulk changes
    #[arg(short, long, global = true)]
    pub yes: bool,

    /// Tell on standard error what is done: connections, what is tried again; -vv: each transaction
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// How -v tells it; without it, as JSON where the output is JSON
    #[arg(long, global = true, value_name = "FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,

    /// Never ask; refuse where a question would be needed
    #[arg(long, global = true)]
    pub no_input: bool,
}

impl GlobalArgs {
    /// The format in force.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.output }
    }
}
