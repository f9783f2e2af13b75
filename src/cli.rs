//! The command line: parse, resolve, confirm, act, report.

#![expect(clippy::doc_markdown, reason = "the doc comments of arguments are the help, where marks would be seen")]

mod authority;
mod command;
mod commands;
mod complete;
mod context;
mod exit;
mod global;
mod host;
mod import;
mod named;
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

/// Runs one command line and answers its exit code.
pub async fn run(args: Vec<OsString>, mut host: Host) -> u8 {
    match parse(&args, &mut host) {
        Ok(cli) => Box::pin(execute(cli, host)).await,
        Err(code) => code,
    }
}

/// Reads a command line. One that asks for help or for the version, or cannot
/// be read, is answered here.
///
/// # Errors
/// The exit code of what is answered.
pub fn parse(args: &[OsString], host: &mut Host) -> Result<Cli, u8> {
    // The tree of commands takes longer to build than all else that this needs.
    if let [_, only] = args
        && (only == "--version" || only == "-V")
    {
        return Err(errors::version(only == "--version", host));
    }
    match read(args) {
        Ok(Cli { command: Command::Help(help), .. }) => Err(help::answer(&help, args, host)),
        Ok(cli) => Ok(cli),
        Err(error) => {
            // What help looks like is worth its time only where it is shown.
            let shown = help::shown(&error, args);
            Err(errors::usage(&shown.unwrap_or(error), args, host))
        }
    }
}

/// Reads a command line, and the words of its command.
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

/// Reports that a command that was read cannot even begin; answers its exit code.
#[must_use]
pub fn cannot_start(cli: &Cli, mut host: Host, error: std::io::Error) -> u8 {
    let mut printer = Printer::new(&cli.global, &mut host);
    let error = Error::database("the command cannot start").with_source(error);
    errors::report(
        &error.with_hint("raise the limits of open files and processes: ulimit -n, ulimit -u").into(),
        &mut printer,
    )
}

/// Runs a command that was read, and answers its exit code.
pub async fn execute(mut cli: Cli, mut host: Host) -> u8 {
    if let Command::Init(init) = &mut cli.command {
        // The file that it is to write is none to be read.
        init.file = cli.global.config.take();
    }
    let mut printer = Printer::new(&cli.global, &mut host);
    let events = logs::dispatch(&cli.global, &printer);
    let outcome = Box::pin(act(cli, host, printer.clone())).with_subscriber(events).await;
    match outcome {
        Err(error) => errors::report(&error, &mut printer),
        Ok(exit) => match printer.flush() {
            Err(error) if error.kind() != ErrorKind::BrokenPipe => errors::report(&error.into(), &mut printer),
            // A reader that has enough changes nothing of how it ended.
            _ => exit.code(),
        },
    }
}

/// Whether what the command named was not found.
fn is_missing(outcome: &anyhow::Result<Exit>) -> bool {
    match outcome {
        Ok(exit) => *exit == Exit::Refused(Reason::NotFound),
        Err(error) => {
            error.downcast_ref::<crate::error::Error>().is_some_and(|error| error.reason() == Reason::NotFound)
        }
    }
}

/// Names the option that makes statements shorter, where one took too long and the
/// command has it.
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
                context.will_write(authority::writes(&cli.words));
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
    // A signal that ends the wait for input ends the command, and is no failure of it.
    let outcome = match (interrupt.raised(), outcome) {
        (Some(code), Err(error)) if errors::is_stopped(&error) => Ok(Exit::Interrupted(code)),
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
    fn hint_names_batch_size_where_the_command_has_it() {
        let told = |words: &str, error: Error| {
            let error = with_batch_size(words, error.into());
            error.downcast_ref::<Error>().and_then(Error::hint).map(str::to_owned)
        };
        let long =
            || Error::unavailable("the server stopped a statement").with_hint("raise the limit").of_statement_timeout();
        let with = Some("raise the limit, or write less at a time: --batch-size 1000".to_owned());
        for words in ["backfill", "cleanup"] {
            assert_eq!(told(words, long()), with, "{words}");
            assert_eq!(told(words, Error::unavailable("broken")), None, "{words}");
        }
        for words in ["generate", "space import", "operations show", "use", ""] {
            assert_eq!(told(words, long()), Some("raise the limit".to_owned()), "{words}");
        }
    }
}
