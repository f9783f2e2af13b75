//! `invite completions`

use anyhow::Result;
use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use super::Exit;
use super::complete::script;
use super::context::Context;

/// Write a completion script for a shell
///
/// The script asks this program for what could come next: commands and options, and ids of spaces, users, invites and
/// operations from the database that the command line names, policies, roles and profiles; never codes. A database that
/// does not answer within 200 ms offers nothing.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite completions bash > /etc/bash_completion.d/invite
  invite completions zsh > ~/.zsh/completions/_invite
  invite completions fish > ~/.config/fish/completions/invite.fish")]
pub(super) struct CompletionsArgs {
    /// The shell
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

pub(super) fn run(context: &mut Context, args: CompletionsArgs) -> Result<Exit> {
    context.printer.bytes(&script(args.shell.completer())?)?;
    Ok(Exit::Done)
}
