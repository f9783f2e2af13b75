//! Help: commands in groups, examples before options, and topics that no one
//! command owns.

pub(crate) mod groups;
pub(crate) mod topics;

use std::ffi::OsString;

use clap::error::ErrorKind as UsageKind;
use clap::{Args, Command, CommandFactory as _};

use crate::cli::command::Cli;
pub(crate) use crate::cli::commands::help::topics::{TOPICS, Topic, is_heading};
use crate::cli::host::Host;
use crate::cli::ui::errors;
use crate::text::nearest;

/// What a command does, how it is called by example, and only then everything
/// that it takes.
const LAYOUT: &str = "\
{about-with-newline}
{before-help}{usage-heading} {usage}

{all-args}{after-help}";

/// Show the help of a command or topic
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite help generate
  invite help space import
  invite help exit-codes")]
pub(crate) struct HelpArgs {
    /// Command, with its subcommand, or topic: exit-codes, environment, policies, output
    #[arg(value_name = "COMMAND or TOPIC")]
    words: Vec<String>,
}

/// The tree of commands as people see it.
pub(crate) fn tree() -> Command {
    let tree = laid_out(Cli::command());
    let root = groups::layout(&tree);
    tree.help_template(root)
}

/// The help that a command line asks for, as people see it; none: it asks for
/// none.
pub(crate) fn shown(asked: &clap::Error, args: &[OsString]) -> Option<clap::Error> {
    let is_help = matches!(asked.kind(), UsageKind::DisplayHelp | UsageKind::DisplayHelpOnMissingArgumentOrSubcommand);
    is_help.then(|| tree().try_get_matches_from(args).err()).flatten()
}

fn laid_out(command: Command) -> Command {
    let command = command.help_template(LAYOUT);
    command.mut_subcommands(laid_out)
}

/// Answers `invite help ...`; the exit code.
pub(crate) fn answer(help: &HelpArgs, args: &[OsString], host: &mut Host) -> u8 {
    let words: Vec<&str> = help.words.iter().map(String::as_str).collect();
    if let [word] = words[..]
        && let Some(topic) = TOPICS.iter().find(|topic| topic.name == word)
    {
        let colors = errors::help_has_colors(args, host);
        return errors::show_help(host, &topic.shown(colors));
    }
    match command_of(&words) {
        Ok(mut command) => {
            let help = command.render_long_help();
            let colors = errors::help_has_colors(args, host);
            let text = if colors { help.ansi().to_string() } else { help.to_string() };
            errors::show_help(host, &text)
        }
        Err(unknown) => errors::usage(&unknown, args, host),
    }
}

/// The command that the words lead to.
fn command_of(words: &[&str]) -> Result<Command, clap::Error> {
    let mut command = tree();
    command.build();
    for word in words {
        match command.find_subcommand(word) {
            Some(found) => command = found.clone(),
            None => return Err(unknown(command, word)),
        }
    }
    Ok(command)
}

fn unknown(mut command: Command, word: &str) -> clap::Error {
    let is_root = command.get_name() == "invite";
    let topics = TOPICS.iter().map(|topic| topic.name).filter(|_| is_root);
    let known: Vec<String> =
        command.get_subcommands().map(Command::get_name).chain(topics).map(str::to_owned).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let hint = match nearest(word, &known) {
        Some(near) => format!("did you mean {near}?"),
        None => format!("available: {}", known.join(", ")),
    };
    command.error(UsageKind::InvalidSubcommand, format!("unknown command or topic {word:?}\n\nhint: {hint}"))
}
