//! The command line. A command resolves its arguments, asks for confirmations, acts and
//! reports.

#![expect(clippy::doc_markdown, reason = "the doc comments of arguments are help texts, which show backticks")]

mod authority;
mod command;
mod commands;
mod complete;
mod context;
mod exit;
mod global;
mod host;
mod import;
mod references;
mod ui;
mod values;
mod version;

use std::ffi::OsString;
use std::io::ErrorKind;

use clap::{CommandFactory as _, FromArgMatches as _};
use tracing::info;
use tracing::instrument::WithSubscriber as _;

pub use crate::cli::command::Cli;
use crate::cli::command::Command;
pub use crate::cli::complete::complete;
pub use crate::cli::host::{Host, Interrupt, operator_name, standard_input};

use crate::cli::commands::help;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::printer::Printer;
use crate::cli::ui::{errors, logs};
use crate::error::{Error, Reason};

/// Runs a command line and returns its exit code.
pub async fn run(args: Vec<OsString>, mut host: Host) -> u8 {
    match parse(&args, &mut host) {
        Ok(cli) => Box::pin(execute(cli, host)).await,
        Err(code) => code,
    }
}

/// Parses a command line. Prints the help or version that it asks for, or its errors.
///
/// # Errors
/// The exit code, if something was printed.
pub fn parse(args: &[OsString], host: &mut Host) -> Result<Cli, u8> {
    // Fast path: building the tree of commands takes longer than printing the version.
    if let [_, only] = args
        && (only == "--version" || only == "-V")
    {
        return Err(errors::print_version(only == "--version", host));
    }
    match read(args) {
        Ok(Cli { command: Command::Help(help), .. }) => Err(help::run(Cli::command(), &help, args, host)),
        Ok(cli) => Ok(cli),
        Err(error) => {
            // The layout takes time, so it is set only if help is printed.
            let help = help::requested(Cli::command(), &error, args);
            Err(errors::print_usage(&help.unwrap_or(error), args, host))
        }
    }
}

/// Parses a command line, with the words of its command.
fn read(args: &[OsString]) -> Result<Cli, clap::Error> {
    let mut matches = Cli::command().try_get_matches_from(args)?;
    let mut words = Vec::new();
    let mut inner = &matches;
    while let Some((word, next)) = inner.subcommand() {
        words.push(word.to_owned());
        inner = next;
    }
    let cli = Cli::from_arg_matches_mut(&mut matches).map_err(|error| error.format(&mut Cli::command()))?;
    Ok(Cli { words: words.join(" "), ..cli })
}

/// Prints that a parsed command cannot start, and returns its exit code.
#[must_use]
pub fn cannot_start(cli: &Cli, mut host: Host, error: std::io::Error) -> u8 {
    let mut printer = Printer::new(&cli.global, &mut host);
    let error = Error::database("the command cannot start").with_source(error);
    errors::report(
        &error.with_hint("raise the limits of open files and processes: ulimit -n, ulimit -u").into(),
        &mut printer,
    )
}

/// Runs a parsed command and returns its exit code.
pub async fn execute(mut cli: Cli, mut host: Host) -> u8 {
    if let Command::Init(init) = &mut cli.command {
        // `init` writes the file of --config, so it must not be read as configuration.
        init.file = cli.global.config.take();
    }
    let mut printer = Printer::new(&cli.global, &mut host);
    let events = logs::dispatch(&cli.global, &printer);
    let outcome = Box::pin(act(cli, host, printer.clone())).with_subscriber(events).await;
    match outcome {
        Err(error) => errors::report(&error, &mut printer),
        Ok(exit) => match printer.flush() {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => errors::report(&error.into(), &mut printer),
            // A closed output does not change the result of the command.
            _ => exit.code(),
        },
    }
}

/// True if an object that the command names was not found.
fn is_missing(outcome: &anyhow::Result<Exit>) -> bool {
    match outcome {
        Ok(exit) => *exit == Exit::Refused(Reason::NotFound),
        Err(error) => {
            error.downcast_ref::<crate::error::Error>().is_some_and(|error| error.reason() == Reason::NotFound)
        }
    }
}

/// Adds a hint on --batch-size to the error of a long statement, if the command has the
/// option.
fn with_batch_size(words: &str, error: anyhow::Error) -> anyhow::Error {
    let command = Cli::command();
    let named = words.split(' ').try_fold(&command, |command, word| command.find_subcommand(word));
    if !named.is_some_and(|command| command.get_arguments().any(|argument| argument.get_id() == "batch_size")) {
        return error;
    }
    match error.downcast::<crate::error::Error>() {
        Ok(known) => known.with_statement_timeout_hint("write less at a time: --batch-size 1000").into(),
        Err(error) => error,
    }
}

async fn act(cli: Cli, host: Host, printer: Printer) -> anyhow::Result<Exit> {
    info!(version = env!("CARGO_PKG_VERSION"), "started");
    let (interrupt, words) = (host.interrupt.clone(), cli.words.clone());
    let outcome = match Context::new(cli.global, printer, host) {
        Ok(mut context) => match authority::check(&cli.words, context.global.actor.as_deref()) {
            Ok(()) => {
                context.set_writes(authority::writes(&cli.words));
                let outcome = Box::pin(command::dispatch(&mut context, cli.command)).await;
                if is_missing(&outcome) {
                    context.explain_missing();
                }
                context.close().await;
                outcome
            }
            Err(error) => Err(error.into()),
        },
        Err(error) => Err(error.into()),
    };
    let outcome = outcome.map_err(|error| with_batch_size(&words, error));
    // A signal during a wait for input is an interruption, not an error.
    let outcome = match (interrupt.raised(), outcome) {
        (Some(code), Err(error)) if errors::is_interrupted(&error) => Ok(Exit::Interrupted(code)),
        (_, outcome) => outcome,
    };
    info!(ended = outcome.as_ref().map_or("failed", |exit| exit.word()), "finished");
    outcome
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn hint_names_batch_size_if_command_has_it() {
        let hint = |words: &str, error: Error| {
            let error = with_batch_size(words, error.into());
            error.downcast_ref::<Error>().and_then(Error::hint).map(std::borrow::Cow::into_owned)
        };
        let long =
            || Error::unavailable("the server stopped a statement").with_hint("raise the limit").of_statement_timeout();
        let with_option = Some("raise the limit, or write less at a time: --batch-size 1000".to_owned());
        for words in ["backfill", "cleanup"] {
            assert_eq!(hint(words, long()), with_option, "{words}");
            assert_eq!(hint(words, Error::unavailable("broken")), None, "{words}");
        }
        for words in ["generate", "space import", "operations show", "use", ""] {
            assert_eq!(hint(words, long()), Some("raise the limit".to_owned()), "{words}");
        }
    }
}
