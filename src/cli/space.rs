//! `invite space`

mod add;
mod import;
mod list;
mod remove;
mod restore;
mod show;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::Exit;
use super::context::Context;

pub(super) use import::{Standing, import};

/// Add, list, show, import, remove and restore spaces
#[derive(Debug, Args)]
pub(super) struct SpaceArgs {
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

pub(super) async fn run(context: &mut Context, args: SpaceArgs) -> Result<Exit> {
    match args.command {
        SpaceCommand::Add(args) => add::run(context, args).await,
        SpaceCommand::List(args) => list::run(context, args).await,
        SpaceCommand::Show(args) => show::run(context, args).await,
        SpaceCommand::Import(args) => import::run(context, args).await,
        SpaceCommand::Remove(args) => remove::run(context, args).await,
        SpaceCommand::Restore(args) => restore::run(context, args).await,
    }
}
