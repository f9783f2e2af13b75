//! `invite completions`

use anyhow::Result;
use clap::Args;
use clap_complete::{Shell, generate};

use super::Exit;
use super::context::Context;
use super::help::tree;

/// Write a completion script for a shell
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite completions bash > /etc/bash_completion.d/invite
  invite completions fish > ~/.config/fish/completions/invite.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(super) fn run(context: &mut Context, args: CompletionsArgs) -> Result<Exit> {
    let mut script = Vec::new();
    generate(args.shell, &mut tree(), "invite", &mut script);
    context.printer.data(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
