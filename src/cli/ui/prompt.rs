//! Confirmations before destructive work, and questions for text. Without a terminal, a
//! confirmation is refused instead of waiting for input.

use anyhow::Result;
use dialoguer::{Confirm, Input};

use crate::cli::ui::printer::Printer;
use crate::cli::ui::text::safe;
use crate::error::Error;

/// Proof that a destructive step is confirmed. Only this module creates one, and every
/// destructive step requires one.
pub(crate) struct Confirmed(());

impl Confirmed {
    /// Proof for work that needs no confirmation: none at all, or one named invite.
    pub(crate) fn not_needed() -> Self {
        Confirmed(())
    }
}

/// Answer that a confirmation requires.
pub(crate) enum Question<'q> {
    /// Yes or no; no is the default.
    YesNo,
    /// The given name, typed.
    TypeName(&'q str),
}

/// Error of a confirmation that the operator declined.
#[derive(Debug, thiserror::Error)]
#[error("nothing was changed")]
pub(crate) struct Declined;

/// Asks questions on the terminal.
pub(crate) struct Prompter {
    printer: Printer,
    /// True if standard input and standard error are a terminal.
    is_interactive: bool,
    /// `--yes`: every confirmation is given.
    assumes_yes: bool,
    /// `--no-input`: questions are refused.
    refuses_input: bool,
}

impl Prompter {
    /// Creates a prompter that follows `--yes` and `--no-input`.
    pub(crate) fn new(printer: Printer, is_interactive: bool, assumes_yes: bool, refuses_input: bool) -> Self {
        Prompter { printer, is_interactive, assumes_yes, refuses_input }
    }

    /// True if a question can be asked: on a terminal, without `--no-input`.
    pub(crate) fn can_ask(&self) -> bool {
        self.is_interactive && !self.refuses_input
    }

    /// True if a confirmation can be given, by `--yes` or on the terminal.
    pub(crate) fn can_confirm(&self) -> bool {
        self.assumes_yes || self.can_ask()
    }

    /// Asks for a confirmation. `what` states the effect, without a full stop.
    ///
    /// # Errors
    /// [`Declined`] if the operator declines; [`Error::Invalid`] if nobody can be asked.
    pub(crate) fn confirm(&self, what: &str, question: &Question<'_>) -> Result<Confirmed> {
        self.confirm_after(what, question, "preview with --dry-run")
    }

    /// Asks for a confirmation like [`Prompter::confirm`], of a command that has another
    /// preview than a dry run.
    pub(crate) fn confirm_after(&self, what: &str, question: &Question<'_>, preview: &str) -> Result<Confirmed> {
        if self.assumes_yes {
            return Ok(Confirmed(()));
        }
        if !self.can_ask() {
            return Err(Error::invalid(format!("cannot ask for a confirmation (no terminal, or --no-input): {what}"))
                .with_hint(format!("{preview}, then add --yes"))
                .into());
        }
        let mut sentence = what.to_owned();
        sentence[..1].make_ascii_uppercase();
        self.printer.error_line(&format!("{}.", safe(&sentence)));
        let is_confirmed = match question {
            Question::YesNo => {
                Confirm::new().with_prompt("Continue?").default(false).interact().map_err(interrupted)?
            }
            Question::TypeName(name) => {
                let typed: String = Input::new()
                    .with_prompt(format!("Type {} to continue", safe(name)))
                    .allow_empty(true)
                    .interact_text()
                    .map_err(interrupted)?;
                typed.trim() == *name
            }
        };
        if is_confirmed { Ok(Confirmed(())) } else { Err(Declined.into()) }
    }

    /// Asks for a line of text, which may be empty. Call it only if
    /// [`Prompter::can_ask`].
    pub(crate) fn text(&self, question: &str) -> Result<String> {
        debug_assert!(self.can_ask());
        Input::new().with_prompt(safe(question)).allow_empty(true).interact_text().map_err(interrupted)
    }
}

/// Shows the cursor, which an interrupted prompt leaves hidden.
fn interrupted(error: dialoguer::Error) -> anyhow::Error {
    let terminal = dialoguer::console::Term::stderr();
    if terminal.is_term() {
        let _ = terminal.show_cursor();
    }
    let dialoguer::Error::IO(error) = error;
    if error.kind() == std::io::ErrorKind::Interrupted {
        return Declined.into();
    }
    anyhow::Error::new(error).context("cannot ask for a confirmation")
}
