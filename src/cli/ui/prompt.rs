//! Questions before destructive work, and what is asked without a terminal:
//! nothing, it refuses instead of hanging.

use anyhow::Result;
use dialoguer::{Confirm, Input};

use crate::cli::context::Context;
use crate::cli::ui::text::safe;
use crate::error::Error;

/// Somebody agreed, or the work is too small to ask about. Only this file makes
/// one, and every command's destructive step asks for one.
pub(crate) struct Confirmed(());

impl Confirmed {
    /// For one invite that was named, or nothing at all.
    pub(crate) fn not_needed() -> Self {
        Confirmed(())
    }
}

/// How hard it is to agree.
pub(crate) enum Question<'q> {
    /// Yes or no; no is the default.
    YesNo,
    /// This name must be typed.
    TypeName(&'q str),
}

/// The operator said no.
#[derive(Debug, thiserror::Error)]
#[error("nothing was changed")]
pub(crate) struct Declined;

/// Asks before something that cannot easily be taken back. `what` is what
/// would happen, in one sentence without its end.
pub(crate) fn confirm(context: &Context, what: &str, question: &Question<'_>) -> Result<Confirmed> {
    confirm_after(context, what, question, "preview with --dry-run")
}

/// The same where something else than a dry run shows what would happen.
pub(crate) fn confirm_after(context: &Context, what: &str, question: &Question<'_>, look: &str) -> Result<Confirmed> {
    if context.global.yes {
        return Ok(Confirmed(()));
    }
    if !context.can_ask() || context.global.no_input {
        return Err(Error::invalid(format!("cannot ask for a confirmation (no terminal, or --no-input): {what}"))
            .with_hint(format!("{look}, then add --yes"))
            .into());
    }
    let mut sentence = what.to_owned();
    sentence[..1].make_ascii_uppercase();
    context.printer.say(&format!("{}.", safe(&sentence)));
    let agreed = match question {
        Question::YesNo => Confirm::new().with_prompt("Continue?").default(false).interact().map_err(interrupted)?,
        Question::TypeName(name) => {
            let typed: String = Input::new()
                .with_prompt(format!("Type {} to continue", safe(name)))
                .allow_empty(true)
                .interact_text()
                .map_err(interrupted)?;
            typed.trim() == *name
        }
    };
    if agreed { Ok(Confirmed(())) } else { Err(Declined.into()) }
}

/// Asks for a line of text, which may be empty.
pub(crate) fn text(context: &Context, question: &str) -> Result<String> {
    debug_assert!(context.can_ask());
    Input::new().with_prompt(safe(question)).allow_empty(true).interact_text().map_err(interrupted)
}

/// A prompt that is cut off hides the cursor: show it again.
fn interrupted(error: dialoguer::Error) -> anyhow::Error {
    restore_terminal();
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted {
        return Declined.into();
    }
    anyhow::Error::new(error).context("cannot ask for a confirmation")
}

/// Makes the cursor visible again.
pub(crate) fn restore_terminal() {
    let terminal = dialoguer::console::Term::stderr();
    if terminal.is_term() {
        let _ = terminal.show_cursor();
    }
}
