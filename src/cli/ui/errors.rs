//! Errors and refusals as messages, JSON objects and exit codes.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind as UsageKind};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::batch::Failure;
use crate::cli::host::Host;
use crate::cli::ui::json::SCHEMA;
use crate::cli::ui::printer::Printer;
use crate::cli::ui::prompt::Declined;
use crate::cli::ui::text::{rfc3339, safe};
use crate::cli::version;
use crate::error::{Denial, Error, ErrorBody, Reason};
use crate::files;
use crate::model::invite::Invite;
use crate::policy::Policy;
use crate::shell::word;
use crate::text::shortened;

/// Exit code of a command whose output was closed by its reader, which is not an error.
const CLOSED_PIPE: u8 = 0;

/// Maximum length of a message, in characters. Values in messages of this crate are
/// shortened already; this limits messages of other programs and of the parser.
const MAX_MESSAGE: usize = 1_000;

/// Returns a message without control characters, of limited length.
fn printable(message: &str) -> String {
    shortened(&safe(message), MAX_MESSAGE)
}

/// Prints the error of a command and returns its exit code.
pub(crate) fn report(error: &anyhow::Error, printer: &mut Printer) -> u8 {
    // A library error with this source is a lost connection to a server.
    if error.downcast_ref::<Error>().is_none()
        && let Some(io) = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>())
        && io.kind() == ErrorKind::BrokenPipe
    {
        // Committed work stays committed.
        return CLOSED_PIPE;
    }
    let _ = printer.flush();
    if error.is::<Declined>() {
        printer.status("Nothing was changed.");
        return 130;
    }
    match error.downcast_ref::<Error>() {
        Some(Error::Refused(denial)) => print_refusal(printer, std::slice::from_ref(denial), None).exit_code(),
        Some(known) => print_error(printer, known),
        None => print_error(printer, &Error::database(safe(&format!("{error:#}")))),
    }
}

/// True if a signal ended the command's wait for input.
pub(crate) fn is_interrupted(error: &anyhow::Error) -> bool {
    error.chain().any(files::is_stopped)
}

/// Prints that an invite to validate does not exist, with the result of seed 003. Returns
/// the reason.
pub(crate) fn print_not_found(printer: &Printer, error: &Error) -> Reason {
    if printer.format().is_json() {
        let mut object = with_details(error);
        object["is_valid"] = json!(false);
        object["result"] = json!("invalid");
        printer.error_line(&object.to_string());
    } else {
        print_error(printer, error);
    }
    error.reason()
}

/// Returns the error object with hint, cause and operation.
fn with_details(error: &Error) -> Json {
    let mut object = error_object(shortened(&error.to_string(), MAX_MESSAGE), error.reason());
    if let Some(hint) = error.hint() {
        object["hint"] = json!(shortened(&hint, MAX_MESSAGE));
    }
    if let Some(cause) = error.source() {
        object["cause"] = json!(shortened(&cause.to_string(), MAX_MESSAGE));
    }
    if let Some(operation) = error.unknown_outcome() {
        object["outcome"] = json!("unknown");
        object["operation"] = json!(operation.to_string());
    }
    object
}

fn print_error(printer: &Printer, error: &Error) -> u8 {
    if printer.format().is_json() {
        printer.error_line(&with_details(error).to_string());
    } else {
        printer.error_line(&format!("{} {}", printer.red("error:"), printable(&error.to_string())));
        if let Some(cause) = error.source() {
            printer.error_line(&format!("  cause: {}", printable(&cause.to_string())));
        }
        if let Some(hint) = error.hint() {
            printer.error_line(&format!("{} {}", printer.yellow("hint:"), printable(&hint)));
        }
    }
    error.reason().exit_code()
}

/// Prints the refusal of a use, with every reason. Returns the first reason, which is the
/// most important one.
pub(crate) fn print_refusal(printer: &Printer, denials: &[Denial], refused: Option<RefusedUse<'_>>) -> Reason {
    let Some(first) = denials.first() else {
        print_error(printer, &Error::database("the invite was refused for an unknown reason"));
        return Reason::DatabaseFailed;
    };
    if printer.format().is_json() {
        let mut object = error_object(first.to_string(), first.reason());
        object["reasons"] = denials.iter().map(denial_object).collect();
        if let Some(until) = first.retry_at() {
            object["retry_at"] = json!(rfc3339(until));
        }
        if let Some(hint) = hint_for(first, refused) {
            object["hint"] = json!(hint);
        }
        printer.error_line(&object.to_string());
    } else {
        printer.error_line(&format!("{} {}", printer.red("refused:"), safe(&first.to_string())));
        for further in &denials[1..] {
            printer.error_line(&format!("  and: {}", safe(&further.to_string())));
        }
        if let Some(hint) = hint_for(first, refused) {
            printer.error_line(&format!("{} {}", printer.yellow("hint:"), safe(&hint)));
        }
    }
    first.reason()
}

/// Returns the error object of every command: the error body of the library after the
/// schema version.
fn error_object(error: impl Into<String>, reason: Reason) -> Json {
    #[derive(Serialize)]
    struct ErrorObject {
        schema: u32,
        #[serde(flatten)]
        body: ErrorBody,
    }
    json!(ErrorObject { schema: SCHEMA, body: ErrorBody::with_reason(error, reason) })
}

/// Returns a denial as a JSON object.
pub(crate) fn denial_object(denial: &Denial) -> Json {
    json!({
        "reason": denial.reason().as_str(),
        "status": denial.http_status(),
        "message": denial.to_string(),
        "at": denial.at().map(rfc3339),
    })
}

/// Refused use, for hints that are complete commands.
#[derive(Clone, Copy)]
pub(crate) struct RefusedUse<'a> {
    pub invite: &'a Invite,
    /// Policy of the invite; `None` if it is not configured.
    pub policy: Option<&'a Policy>,
    /// ID of the user who was refused.
    pub user: &'a str,
}

fn hint_for(denial: &Denial, refused: Option<RefusedUse<'_>>) -> Option<String> {
    let Some(RefusedUse { invite, policy, user }) = refused else { return denial.hint() };
    let space = word(&invite.space_id);
    match denial {
        Denial::Expired(_) => Some(format!("extend the expiry: invite extend {} --expires-in 24h", invite.id)),
        Denial::UsedUp(max) if policy.is_some_and(|policy| policy.custom_max_uses) => {
            Some(format!("raise the usage limit: invite extend {} --max-uses {}", invite.id, max + 1))
        }
        Denial::UsedUp(_) if invite.email.is_some() => {
            Some(format!("create another: invite generate --space {space} --email name@example.org"))
        }
        Denial::UsedUp(_) => Some(format!("create another: invite generate --space {space}")),
        Denial::UsedBefore(_) => Some(format!("add the user again: invite member add {space} {}", word(user))),
        _ => denial.hint(),
    }
}

/// Prints the failure of one item of a batch.
pub(crate) fn print_failure(printer: &Printer, failure: &Failure) {
    let message = failure.message();
    if printer.format().is_json() {
        let mut object = error_object(shortened(&message, MAX_MESSAGE), failure.reason());
        object["line"] = json!(failure.line);
        object["subject"] = json!(shortened(&failure.subject, MAX_MESSAGE));
        object["hint"] = json!(failure.hint());
        if let Some(until) = failure.retry_at() {
            object["retry_at"] = json!(rfc3339(until));
        }
        printer.error_line(&object.to_string());
        return;
    }
    let mut parts = Vec::new();
    if let Some(line) = failure.line
        && !message.starts_with(&format!("line {line}:"))
    {
        parts.push(format!("line {line}"));
    }
    if !failure.subject.is_empty() && !message.contains(&failure.subject) {
        parts.push(shortened(&failure.subject, MAX_MESSAGE));
    }
    parts.push(shortened(&message, MAX_MESSAGE));
    if let Some(hint) = failure.hint() {
        parts.push(format!("({hint})"));
    }
    let text = parts.join(": ").replace(": (", " (");
    printer.error_line(&format!("{} {}", printer.red("failed:"), safe(&text)));
}

/// Prints the version, for `-V` and `--version`. Returns the exit code.
pub(crate) fn print_version(is_long: bool, host: &mut Host) -> u8 {
    let _ = writeln!(host.stdout, "invite {}", version::text(is_long)).and_then(|()| host.stdout.flush());
    0
}

/// Prints the error of a command line that cannot be parsed, or the help or version that it
/// asks for. Returns the exit code.
pub(crate) fn print_usage(error: &clap::Error, args: &[OsString], host: &mut Host) -> u8 {
    if matches!(error.kind(), UsageKind::DisplayHelp | UsageKind::DisplayVersion) {
        let help = error.render();
        return print_help(host, &if help_has_colors(args, host) { help.ansi().to_string() } else { help.to_string() });
    }
    let text = usage_text(error);
    let text = if wants_json(args) { usage_as_json(&text) } else { text };
    let _ = host.stderr.write_all(text.as_bytes());
    Reason::InvalidInput.exit_code()
}

/// True if help is colored.
pub(crate) fn help_has_colors(args: &[OsString], host: &Host) -> bool {
    host.stdout_is_terminal && wants_colors(args, host)
}

/// Prints help to standard output. Returns the exit code.
pub(crate) fn print_help(host: &mut Host, text: &str) -> u8 {
    let _ = host.stdout.write_all(text.as_bytes()).and_then(|()| host.stdout.flush());
    0
}

/// Returns the message of a parser error without control characters, without words that
/// could be codes, and with long values shortened.
fn usage_text(error: &clap::Error) -> String {
    let mut text = error.render().to_string();
    let named = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    let is_option = |word: &str| word.starts_with('-');
    match error.kind() {
        UsageKind::UnknownArgument => {
            if let Some(word) = named(ContextKind::InvalidArg).filter(|word| !is_option(word)) {
                let unexpected = format!("unexpected argument '{word}' found");
                text = text.replace(&unexpected, "unexpected argument").replace(&format!("'{word}'"), "(not shown)");
            }
        }
        // If the command is forgotten, a code takes its place.
        UsageKind::InvalidSubcommand => {
            if let Some(word) = named(ContextKind::InvalidSubcommand).filter(|word| !is_command_like(word)) {
                text = text.replace(&format!(" '{word}'"), "");
            }
        }
        _ => {}
    }
    for value in [ContextKind::InvalidArg, ContextKind::InvalidValue, ContextKind::InvalidSubcommand].map(named) {
        if let Some(value) = value.filter(|value| value.chars().count() > MAX_ARGUMENT) {
            text = text.replace(value, &shortened(value, MAX_ARGUMENT));
        }
    }
    text.lines().map(|line| printable(line) + "\n").collect::<Vec<String>>().concat()
}

/// Maximum length of an argument in the message of a parser error, in characters.
const MAX_ARGUMENT: usize = 60;

/// True if a word is more likely a mistyped command than a code.
fn is_command_like(word: &str) -> bool {
    word.len() <= 16 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn wants_colors(args: &[OsString], host: &Host) -> bool {
    let no_color = host.environment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
    let never = args.windows(2).any(|pair| pair[0] == "--color" && pair[1] == "never");
    !(no_color || never || args.iter().any(|arg| arg == "--color=never"))
}

fn usage_as_json(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let object = error_object(first.strip_prefix("error: ").unwrap_or(first), Reason::InvalidInput);
    format!("{object}\n")
}

/// True if a command line that cannot be parsed asks for JSON output.
fn wants_json(args: &[OsString]) -> bool {
    let texts: Vec<&str> = args.iter().filter_map(|arg| arg.to_str()).collect();
    texts.iter().enumerate().any(|(index, arg)| {
        let value = match *arg {
            "--json" => return true,
            "-o" | "--output" => texts.get(index + 1).copied(),
            other => other.strip_prefix("--output=").or_else(|| other.strip_prefix("-o")),
        };
        matches!(value, Some("json" | "jsonl"))
    })
}
