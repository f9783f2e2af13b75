//! From an error to what the operator sees and the exit code: the one place.

use std::error::Error as _;
use std::ffi::OsString;
use std::io::{ErrorKind, Write as _};

use clap::error::{ContextKind, ContextValue, ErrorKind as UsageKind};
use serde::Serialize;
use serde_json::{Value as Json, json};

use crate::batch::Failure;
use crate::cli::host::Host;
use crate::cli::ui::output::SCHEMA;
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

/// Whoever read a list had enough of it: that is no failure.
const CLOSED_PIPE: u8 = 0;

/// Number of characters of a message that are shown. Values are shortened where
/// they are named; this bounds what other programs and the parser say.
const MAX_MESSAGE: usize = 1_000;

/// A message as it is shown: harmless, and not longer than a screen.
fn shown(message: &str) -> String {
    shortened(&safe(message), MAX_MESSAGE)
}

/// Says what went wrong; answers the exit code.
pub(crate) fn report(error: &anyhow::Error, printer: &mut Printer) -> u8 {
    // A library error with this source is a lost connection to a server.
    if error.downcast_ref::<Error>().is_none()
        && let Some(io) = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>())
        && io.kind() == ErrorKind::BrokenPipe
    {
        // Whoever read has enough; what was committed stays committed.
        return CLOSED_PIPE;
    }
    let _ = printer.flush();
    if error.is::<Declined>() {
        printer.tell("Nothing was changed.");
        return 130;
    }
    match error.downcast_ref::<Error>() {
        Some(Error::Refused(denial)) => refused(printer, std::slice::from_ref(denial), None).exit_code(),
        Some(known) => tell(printer, known),
        None => tell(printer, &Error::database(safe(&format!("{error:#}")))),
    }
}

/// True if a signal ended the command's wait for input.
pub(crate) fn is_stopped(error: &anyhow::Error) -> bool {
    error.chain().any(files::is_stopped)
}

/// Reports that there is no such invite to validate, with the result that seed 003 names.
pub(crate) fn invalid(printer: &Printer, error: &Error) -> Reason {
    if printer.format().is_json() {
        let mut object = as_json(error);
        object["is_valid"] = json!(false);
        object["result"] = json!("invalid");
        printer.say(&object.to_string());
    } else {
        tell(printer, error);
    }
    error.reason()
}

fn as_json(error: &Error) -> Json {
    let mut object = said(shortened(&error.to_string(), MAX_MESSAGE), error.reason());
    if let Some(hint) = error.hint() {
        object["hint"] = json!(shortened(hint, MAX_MESSAGE));
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

fn tell(printer: &Printer, error: &Error) -> u8 {
    if printer.format().is_json() {
        printer.say(&as_json(error).to_string());
    } else {
        printer.say(&format!("{} {}", printer.red("error:"), shown(&error.to_string())));
        if let Some(cause) = error.source() {
            printer.say(&format!("  cause: {}", shown(&cause.to_string())));
        }
        if let Some(hint) = error.hint() {
            printer.say(&format!("{} {}", printer.yellow("hint:"), shown(hint)));
        }
    }
    error.reason().exit_code()
}

/// Says that an invite refused, with every reason; answers the weightiest.
pub(crate) fn refused(printer: &Printer, denials: &[Denial], refused: Option<RefusedUse<'_>>) -> Reason {
    let Some(first) = denials.first() else {
        tell(printer, &Error::database("the invite was refused for an unknown reason"));
        return Reason::DatabaseFailed;
    };
    if printer.format().is_json() {
        let mut object = said(first.to_string(), first.reason());
        object["reasons"] = denials.iter().map(denial).collect();
        if let Some(until) = first.retry_at() {
            object["retry_at"] = json!(rfc3339(until));
        }
        if let Some(hint) = hint_of(first, refused) {
            object["hint"] = json!(hint);
        }
        printer.say(&object.to_string());
    } else {
        printer.say(&format!("{} {}", printer.red("refused:"), safe(&first.to_string())));
        for further in &denials[1..] {
            printer.say(&format!("  and: {}", safe(&further.to_string())));
        }
        if let Some(hint) = hint_of(first, refused) {
            printer.say(&format!("{} {}", printer.yellow("hint:"), safe(&hint)));
        }
    }
    first.reason()
}

/// The error object of every command: the body that backends answer with, and
/// the number of its schema.
fn said(error: impl Into<String>, reason: Reason) -> Json {
    #[derive(Serialize)]
    struct Said {
        schema: u32,
        #[serde(flatten)]
        body: ErrorBody,
    }
    json!(Said { schema: SCHEMA, body: ErrorBody::with_reason(error, reason) })
}

/// A denial as JSON.
pub(crate) fn denial(denial: &Denial) -> Json {
    json!({
        "reason": denial.reason().as_str(),
        "status": denial.http_status(),
        "message": denial.to_string(),
        "at": denial.at().map(rfc3339),
    })
}

/// Who was refused by what: where that is known, a hint is the very command.
#[derive(Clone, Copy)]
pub(crate) struct RefusedUse<'a> {
    /// What refused.
    pub invite: &'a Invite,
    /// Its rules, where they are configured.
    pub policy: Option<&'a Policy>,
    /// Whom it did not let in.
    pub user: &'a str,
}

fn hint_of(denial: &Denial, refused: Option<RefusedUse<'_>>) -> Option<String> {
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

/// Says that one item of a batch failed.
pub(crate) fn item(printer: &Printer, failure: &Failure) {
    if printer.format().is_json() {
        let mut object = said(shortened(&failure.message, MAX_MESSAGE), failure.reason);
        object["line"] = json!(failure.line);
        object["subject"] = json!(shortened(&failure.subject, MAX_MESSAGE));
        object["hint"] = json!(failure.hint);
        if let Some(until) = failure.retry_at {
            object["retry_at"] = json!(rfc3339(until));
        }
        printer.say(&object.to_string());
        return;
    }
    let mut parts = Vec::new();
    if let Some(line) = failure.line
        && !failure.message.starts_with(&format!("line {line}:"))
    {
        parts.push(format!("line {line}"));
    }
    if !failure.subject.is_empty() && !failure.message.contains(&failure.subject) {
        parts.push(shortened(&failure.subject, MAX_MESSAGE));
    }
    parts.push(shortened(&failure.message, MAX_MESSAGE));
    if let Some(hint) = &failure.hint {
        parts.push(format!("({hint})"));
    }
    let text = parts.join(": ").replace(": (", " (");
    printer.say(&format!("{} {}", printer.red("failed:"), safe(&text)));
}

/// Says which version this is, in the parser's words.
pub(crate) fn version(is_long: bool, host: &mut Host) -> u8 {
    let _ = writeln!(host.stdout, "invite {}", version::text(is_long)).and_then(|()| host.stdout.flush());
    0
}

/// Says that a command line cannot be read; help and version are data.
pub(crate) fn usage(error: &clap::Error, args: &[OsString], host: &mut Host) -> u8 {
    if matches!(error.kind(), UsageKind::DisplayHelp | UsageKind::DisplayVersion) {
        let help = error.render();
        return show_help(host, &if help_has_colors(args, host) { help.ansi().to_string() } else { help.to_string() });
    }
    let text = harmless(error);
    let text = if wants_json(args) { usage_as_json(&text) } else { text };
    let _ = host.stderr.write_all(text.as_bytes());
    Reason::InvalidInput.exit_code()
}

/// Whether help may be colored.
pub(crate) fn help_has_colors(args: &[OsString], host: &Host) -> bool {
    host.stdout_is_terminal && colors_wanted(args, host)
}

/// Help is data.
pub(crate) fn show_help(host: &mut Host, text: &str) -> u8 {
    let _ = host.stdout.write_all(text.as_bytes()).and_then(|()| host.stdout.flush());
    0
}

/// What the parser says, without what could drive a terminal, without repeating
/// a word that could be a code, and with long values shortened.
fn harmless(error: &clap::Error) -> String {
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
        // Without the command before it, a code stands where a command is expected.
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
    text.lines().map(|line| shown(line) + "\n").collect::<Vec<String>>().concat()
}

/// Number of characters of an argument that the parser's words repeat.
const MAX_ARGUMENT: usize = 60;

/// True for a word that is a mistyped command rather than a code.
fn is_command_like(word: &str) -> bool {
    word.len() <= 16 && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

fn colors_wanted(args: &[OsString], host: &Host) -> bool {
    let no_color = host.environment.get("NO_COLOR").is_some_and(|value| !value.is_empty());
    let never = args.windows(2).any(|pair| pair[0] == "--color" && pair[1] == "never");
    !(no_color || never || args.iter().any(|arg| arg == "--color=never"))
}

fn usage_as_json(text: &str) -> String {
    let first = text.lines().next().unwrap_or_default();
    let object = said(first.strip_prefix("error: ").unwrap_or(first), Reason::InvalidInput);
    format!("{object}\n")
}

/// Whether a command line that cannot be read asks for JSON all the same.
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
