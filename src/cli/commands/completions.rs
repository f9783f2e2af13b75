//! `invite completions`

use anyhow::Result;
use clap::{Args, ValueEnum};
use clap_complete::env::{Bash, Elvish, EnvCompleter, Fish, Powershell, Zsh};

use crate::cli::context::Context;
use crate::cli::exit::Exit;

/// Environment variable with which a completion script calls this command: the name of the
/// shell.
pub(crate) const VARIABLE: &str = "INVITE_COMPLETE";

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

/// Returns the script that a shell evaluates once; it calls this command for completions.
fn script(shell: &dyn EnvCompleter) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "invite", "invite", "invite", &mut script)?;
    Ok(script)
}
