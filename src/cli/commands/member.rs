//! `invite member`

pub(crate) mod add;
pub(crate) mod import;
pub(crate) mod list;
pub(crate) mod remove;

use anyhow::Result;
use clap::{Args, Subcommand};

use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Add, list, import and remove members
#[derive(Debug, Args)]
pub(crate) struct MemberArgs {
    #[command(subcommand)]
    command: MemberCommand,
}

#[derive(Debug, Subcommand)]
enum MemberCommand {
    Add(add::AddArgs),
    List(list::ListArgs),
    Import(import::ImportArgs),
    Remove(remove::RemoveArgs),
}

pub(crate) async fn run(context: &mut Context, args: MemberArgs) -> Result<Exit> {
    match args.command {
        MemberCommand::Add(args) => add::run(context, args).await,
        MemberCommand::List(args) => list::run(context, args).await,
        MemberCommand::Import(args) => import::run(context, args).await,
        MemberCommand::Remove(args) => remove::run(context, args).await,
    }
}
