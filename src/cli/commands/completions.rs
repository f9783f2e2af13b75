//! `invite completions`

use anyhow::Result;
use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::cli::complete::script;
use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Print a completion script for a shell
///
/// The script completes commands and options, IDs of spaces, users, invites and operations from the database of the
/// command line, and names of policies, roles and profiles. It never completes codes. IDs are left out if the database
/// does not answer within 200 ms.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite completions bash > /etc/bash_completion.d/invite
  invite completions zsh > ~/.zsh/completions/_invite
  invite completions fish > ~/.config/fish/completions/invite.fish")]
pub(crate) struct CompletionsArgs {
    /// Shell
    #[arg(value_enum)]
    shell: ShellArg,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum ShellArg {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
}

impl ShellArg {
    fn completer(self) -> &'static dyn EnvCompleter {
        match self {
            ShellArg::Bash => &Bash,
            ShellArg::Elvish => &Elvish,
            ShellArg::Fish => &Fish,
            ShellArg::Powershell => &Powershell,
            ShellArg::Zsh => &Zsh,
        }
    }
}

pub(crate) fn run(context: &mut Context, args: CompletionsArgs) -> Result<Exit> {
    context.printer.bytes(&script(args.shell.completer())?)?;
    Ok(Exit::Done)
}
