//! `invite member`

mod add;
mod import;
mod list;
mod remove;

use anyhow::Result;
use clap::{Args, Subcommand};

use super::Exit;
use super::context::Context;

/// Add, list, import and remove members
#[derive(Debug, Args)]
pub(super) struct MemberArgs {
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

pub(super) async fn run(context: &mut Context, args: MemberArgs) -> Result<Exit> {
    match args.command {
        MemberCommand::Add(args) => add::run(context, args).await,
        MemberCommand::List(args) => list::run(context, args).await,
        MemberCommand::Import(args) => import::run(context, args).await,
        MemberCommand::Remove(args) => remove::run(context, args).await,
    }
}
