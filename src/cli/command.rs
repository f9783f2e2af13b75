//! The tree of commands, and the dispatch to their functions.

use anyhow::Result;
use clap::builder::Styles;
use clap::builder::styling::AnsiColor;
use clap::{CommandFactory as _, Parser, Subcommand};

use crate::cli::commands::{
    backfill, cleanup, completions, config, extend, generate, help, init, limits, list, man, member, migrate,
    operations, policy, regenerate, resend, revoke, show, space, stats, use_invite, validate,
};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::global::GlobalArgs;
use crate::cli::version;

/// Colors of help.
const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().bold())
    .usage(AnsiColor::Green.on_default().bold())
    .literal(AnsiColor::Cyan.on_default().bold());

const EXAMPLES: &str = "\
Examples:
  invite space import spaces.csv           import spaces
  invite backfill --dry-run                list the spaces without a code
  invite backfill                          create a code for each of them
  invite generate --space c1 --max-uses 5  create an invite
  invite validate A1B2C3D4                 check whether it is valid
  invite use A1B2C3D4 --user u1            redeem it for a user
  invite list --status active              list valid invites
  invite cleanup --dry-run                 list invites to close";

/// Administer invite codes, directly on a database
///
/// Creates, validates, redeems, revokes, lists and cleans up invites of spaces, family trees, directors and containers,
/// and backfills missing codes. Without configuration, it works on an embedded SQLite database in your home folder.
#[derive(Debug, Parser)]
#[command(
    name = "invite",
    version,
    long_version = version::long(),
    styles = STYLES,
    max_term_width = 100,
    subcommand_required = true,
    arg_required_else_help = true,
    disable_help_subcommand = true,
    before_long_help = EXAMPLES
)]
pub struct Cli {
    /// Words of the command, such as `space add`.
    #[arg(skip)]
    pub(crate) words: String,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Generate(generate::GenerateArgs),
    Validate(validate::ValidateArgs),
    Use(use_invite::UseArgs),
    Revoke(revoke::RevokeArgs),
    Backfill(backfill::BackfillArgs),
    List(list::ListArgs),
    Cleanup(cleanup::CleanupArgs),
    Show(show::ShowArgs),
    Regenerate(regenerate::RegenerateArgs),
    Extend(extend::ExtendArgs),
    Resend(resend::ResendArgs),
    Operations(operations::OperationsArgs),
    Limits(limits::LimitsArgs),
    Stats(stats::StatsArgs),
    Space(space::SpaceArgs),
    Member(member::MemberArgs),
    Policy(policy::PolicyArgs),
    Init(init::InitArgs),
    Migrate(migrate::MigrateArgs),
    Config(config::ConfigArgs),
    Completions(completions::CompletionsArgs),
    Man(man::ManArgs),
    Help(help::HelpArgs),
}

/// Runs a command.
pub(crate) async fn dispatch(context: &mut Context, command: Command) -> Result<Exit> {
    match command {
        Command::Generate(args) => generate::run(context, args).await,
        Command::Validate(args) => validate::run(context, args).await,
        Command::Use(args) => use_invite::run(context, args).await,
        Command::Revoke(args) => revoke::run(context, args).await,
        Command::Backfill(args) => Box::pin(backfill::run(context, args)).await,
        Command::List(args) => list::run(context, args).await,
        Command::Cleanup(args) => cleanup::run(context, args).await,
        Command::Show(args) => show::run(context, args).await,
        Command::Regenerate(args) => Box::pin(regenerate::run(context, args)).await,
        Command::Extend(args) => extend::run(context, args).await,
        Command::Resend(args) => resend::run(context, args).await,
        Command::Operations(args) => operations::run(context, args).await,
        Command::Limits(args) => limits::run(context, args).await,
        Command::Stats(args) => stats::run(context, args).await,
        Command::Space(args) => space::run(context, args).await,
        Command::Member(args) => member::run(context, args).await,
        Command::Policy(args) => policy::run(context, args),
        Command::Init(args) => Box::pin(init::run(context, args)).await,
        Command::Migrate(args) => migrate::run(context, args).await,
        Command::Config(args) => config::run(context, args),
        Command::Completions(args) => completions::run(context, args),
        Command::Man(args) => man::run(context, args, Cli::command()),
        Command::Help(_) => unreachable!("help is answered when the command line is read"),
    }
}
