//! `invite space`

pub(crate) mod add;
mod first_code;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod remove;
pub(crate) mod restore;
pub(crate) mod show;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Add, list, show, import, remove and restore spaces
#[derive(Debug, Args)]
pub(crate) struct SpaceArgs {
    #[command(subcommand)]
    command: SpaceCommand,
}

#[derive(Debug, Subcommand)]
enum SpaceCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Show(show::ShowArgs),
    Import(import::ImportArgs),
    Remove(remove::RemoveArgs),
    Restore(restore::RestoreArgs),
}

pub(crate) async fn run(context: &mut Context, args: SpaceArgs) -> Result<Exit> {
    match args.command {
        SpaceCommand::Add(args) => add::run(context, args).await,
        SpaceCommand::List(args) => list::run(context, args).await,
        SpaceCommand::Show(args) => show::run(context, args).await,
        SpaceCommand::Import(args) => import::run(context, args).await,
        SpaceCommand::Remove(args) => remove::run(context, args).await,
        SpaceCommand::Restore(args) => restore::run(context, args).await,
    }
}
