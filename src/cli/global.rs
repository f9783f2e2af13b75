//! Global options, which every command accepts.

use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgAction, Args, ValueEnum};

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum Format {
    /// Table
    #[default]
    Table,
    /// Table with more columns and exact times
    Wide,
    /// One JSON document
    Json,
    /// One JSON object per line
    Jsonl,
    /// Comma-separated values with a header line
    Csv,
    /// Codes only, one per line
    Code,
}

impl Format {
    /// True if people read the format.
    pub(crate) fn is_for_people(self) -> bool {
        matches!(self, Format::Table | Format::Wide)
    }

    /// True if errors are written as JSON.
    pub(crate) fn is_json(self) -> bool {
        matches!(self, Format::Json | Format::Jsonl)
    }
}

/// Format of logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogFormat {
    /// Plain text
    Text,
    /// One JSON object per line
    Json,
}

/// When to use color.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, ValueEnum)]
pub enum ColorChoice {
    /// Color on a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Color everywhere
    Always,
    /// No color
    Never,
}

/// Options that are accepted before and after every command.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Global options")]
pub struct GlobalArgs {
    /// Database URL, such as sqlite:///var/lib/invite/invite.db or postgres://user@host/database
    ///
    /// Schemes: sqlite, postgres, mysql. List the nodes of a cluster in one URL (mysql://user@host1,host2/database) or
    /// repeat the option. Keep a password in a file (--database-url-file), a systemd credential or the environment: ps
    /// shows the arguments of a command to every account. Without this option, the database comes from the profile, the
    /// systemd credential database-url, INVITE_DATABASE_URL or database_url in the configuration; the default is an
    /// embedded file in your home folder (created by init, migrate, space add, space import and backfill --import). In
    /// a file path, write %20 for a space and %3F for a question mark.
    #[arg(long, global = true, value_name = "URL")]
    pub database_url: Vec<String>,

    /// File that contains the database URL, or - for standard input
    #[arg(long, global = true, value_name = "FILE", conflicts_with = "database_url")]
    pub database_url_file: Option<String>,

    /// Named profile: the table [profile.NAME] of the configuration
    ///
    /// A profile sets the database and other settings and overrides the environment. INVITE_PROFILE also selects one.
    #[arg(long, global = true, value_name = "NAME", conflicts_with_all = ["database_url", "database_url_file"])]
    pub profile: Option<String>,

    /// PostgreSQL schema that contains the tables
    ///
    /// migrate creates the schema if it is missing. Also INVITE_SCHEMA, and schema in the configuration. The default is
    /// the first schema in the search path of the account. Other engines have no schemas inside a database.
    #[arg(long, global = true, value_name = "NAME")]
    pub schema: Option<String>,

    /// Configuration file to use instead of the default
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,

    /// Act with the permissions of this user
    ///
    /// The policy of a space defines which roles may create, see, revoke and resend its invites. These permissions
    /// apply to generate, regenerate, extend, revoke, resend, list, show, space show and backfill, and to validate and
    /// use with an ID or a #fingerprint; a code needs no permission. space list shows the spaces of the user. Commands
    /// without permissions by role are refused: cleanup, limits, member, migrate, operations, stats, and space add,
    /// import, remove and restore. The user is recorded with every change, and as the creator of invites. With
    /// require_actor = true in the configuration, commands with permissions by role are refused without this option.
    #[arg(long = "as", global = true, value_name = "USER")]
    pub actor: Option<String>,

    /// Reason, recorded in the audit log
    #[arg(long, global = true, value_name = "TEXT")]
    pub reason: Option<String>,

    /// Longest wait without progress: 30s, 90m, 24h, 7d [default: 60s]
    ///
    /// Limits each period without progress: connecting, waiting for a lock, retrying, waiting for an answer. Every
    /// committed batch and every received row starts a new period, so the total run time is not limited. From 1s to 7d.
    /// Also INVITE_TIMEOUT, and timeout in the configuration.
    #[arg(long, global = true, value_name = "DURATION", value_parser = crate::cli::values::timeout,
        allow_hyphen_values = true)]
    pub timeout: Option<Duration>,

    /// Output format
    #[arg(short, long, global = true, value_name = "FORMAT", value_enum, default_value_t)]
    pub output: Format,

    /// Short for --output json
    #[arg(long, global = true, conflicts_with = "output")]
    pub json: bool,

    /// When to use color
    #[arg(long, global = true, value_name = "WHEN", value_enum, default_value_t)]
    pub color: ColorChoice,

    /// Print only data and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,

    /// Confirm bulk changes without a question
    #[arg(short, long, global = true)]
    pub yes: bool,

    /// Log to standard error: connections and retries; -vv: each transaction
    #[arg(short, long, global = true, action = ArgAction::Count)]
    pub verbose: u8,

    /// Log format [default: json with JSON output, otherwise text]
    #[arg(long, global = true, value_name = "FORMAT", value_enum)]
    pub log_format: Option<LogFormat>,

    /// Refuse instead of asking a question
    #[arg(long, global = true)]
    pub no_input: bool,
}

impl GlobalArgs {
    /// Returns the effective output format.
    pub(crate) fn format(&self) -> Format {
        if self.json { Format::Json } else { self.output }
    }
}
