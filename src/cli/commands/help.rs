//! `invite help`, and the layout of help: commands in groups, examples before options, and
//! topics in addition to the commands.

pub(crate) mod groups;
pub(crate) mod topics;

use std::ffi::OsString;

use clap::error::ErrorKind as UsageKind;
use clap::{Args, Command};

pub(crate) use crate::cli::commands::help::topics::TOPICS;
use crate::cli::host::Host;
use crate::cli::ui::errors;
use crate::text::nearest;

/// Layout of the help of a command: description, examples, usage, arguments.
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

/// Sets the layout of help in a tree of commands.
pub(crate) fn with_layout(root: Command) -> Command {
    let root = with_command_layout(root);
    let layout = groups::layout(&root);
    root.help_template(layout)
}

fn with_command_layout(command: Command) -> Command {
    let command = command.help_template(LAYOUT);
    command.mut_subcommands(with_command_layout)
}

/// Returns the help that a command line asks for, with its layout; `None` for another
/// error of the parser.
pub(crate) fn requested(root: Command, error: &clap::Error, args: &[OsString]) -> Option<clap::Error> {
    let is_help = matches!(error.kind(), UsageKind::DisplayHelp | UsageKind::DisplayHelpOnMissingArgumentOrSubcommand);
    is_help.then(|| with_layout(root).try_get_matches_from(args).err()).flatten()
}

/// Prints the help of a command or topic. Returns the exit code.
pub(crate) fn run(root: Command, help: &HelpArgs, args: &[OsString], host: &mut Host) -> u8 {
    let words: Vec<&str> = help.words.iter().map(String::as_str).collect();
    if let [word] = words[..]
        && let Some(topic) = TOPICS.iter().find(|topic| topic.name == word)
    {
        let colors = errors::help_has_colors(args, host);
        return errors::print_help(host, &topic.render(root.get_styles(), colors));
    }
    match find_command(with_layout(root), &words) {
        Ok(mut command) => {
            let help = command.render_long_help();
            let colors = errors::help_has_colors(args, host);
            let text = if colors { help.ansi().to_string() } else { help.to_string() };
            errors::print_help(host, &text)
        }
        Err(unknown) => errors::print_usage(&unknown, args, host),
    }
}

/// Finds a command by its words.
fn find_command(root: Command, words: &[&str]) -> Result<Command, clap::Error> {
    let mut command = root;
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
