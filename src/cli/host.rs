//! Environment of a command: streams, variables, clock, random number generator, signals.
//! Tests supply their own.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd as _;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};

use crate::clock::Clock;
use crate::config::Environment;
use crate::files::Input;
use crate::random::Random;

/// Environment of one command.
pub struct Host {
    /// Standard input.
    pub stdin: Box<dyn Read + Send>,
    /// Standard output, for data.
    pub stdout: Box<dyn Write + Send>,
    /// Standard error, for messages.
    pub stderr: Box<dyn Write + Send>,
    /// True if questions can be asked: standard input and standard error are a terminal.
    pub can_ask: bool,
    /// True if standard output is a terminal.
    pub stdout_is_terminal: bool,
    /// True if standard error is a terminal.
    pub stderr_is_terminal: bool,
    /// Width of the terminal in columns.
    pub width: Option<u16>,
    /// The environment variables.
    pub environment: Environment,
    /// Path of the configuration file of the system, which may not exist.
    pub system_config: PathBuf,
    /// Returns the operator: the account that runs the command.
    pub account: fn() -> String,
    /// Clock of this machine.
    pub clock: Clock,
    /// Random number generator; `None` for that of the operating system.
    pub random: Option<Random>,
    /// State of signals.
    pub interrupt: Interrupt,
}

/// Returns standard input of this process. A signal ends a wait for input.
#[must_use]
pub fn standard_input(interrupt: &Interrupt) -> Box<dyn Read + Send> {
    let interrupt = interrupt.clone();
    match io::stdin().as_fd().try_clone_to_owned() {
        Ok(input) => Box::new(Input::that_may_block(File::from(input)).stop_when(move || interrupt.raised().is_some())),
        // Without a free file descriptor, a signal ends the process.
        Err(_) => Box::new(io::stdin()),
    }
}

/// State of signals. Clones share it with the signal handler.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Flags>);

#[derive(Default)]
struct Flags {
    exit_code: AtomicU8,
    cooperative: AtomicBool,
    has_line: AtomicBool,
}

impl Interrupt {
    /// Records a signal by its exit code. Returns true if the command will stop after its
    /// transaction; otherwise the caller should end the process. The second signal always
    /// returns false.
    #[must_use]
    pub fn raise(&self, exit_code: u8) -> bool {
        let first = self.0.exit_code.swap(exit_code, Ordering::SeqCst) == 0;
        first && self.0.cooperative.load(Ordering::SeqCst)
    }

    /// Declares that the command checks for signals between transactions.
    pub(crate) fn cooperate(&self) {
        self.0.cooperative.store(true, Ordering::SeqCst);
    }

    /// True while a status line is drawn on the terminal: a progress bar, or the reason of a
    /// wait.
    #[must_use]
    pub fn has_line(&self) -> bool {
        self.0.has_line.load(Ordering::SeqCst)
    }

    /// Records whether a status line is drawn. Returns whether one was drawn before.
    pub(crate) fn set_line(&self, is_drawn: bool) -> bool {
        self.0.has_line.swap(is_drawn, Ordering::SeqCst)
    }

    /// Returns the exit code of the last signal; `None` without one.
    pub(crate) fn raised(&self) -> Option<u8> {
        match self.0.exit_code.load(Ordering::SeqCst) {
            0 => None,
            code => Some(code),
        }
    }
}

/// Returns the operator that the audit log records: the account, or for root under sudo
/// the account that called sudo.
///
/// Any account can set `SUDO_USER`, so it is used for root only, and only if it is a valid
/// account name.
#[must_use]
pub fn operator_name(account: String, sudo_user: Option<&str>) -> String {
    let is_character = |c: char| c.is_ascii_alphanumeric() || "._-@\\+$".contains(c);
    let is_account =
        |name: &&str| (1..=64).contains(&name.len()) && name.chars().all(is_character) && !name.starts_with('-');
    match sudo_user.filter(is_account) {
        Some(caller) if account == "root" => format!("{caller} (as root)"),
        _ => account,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn operator_under_sudo_is_the_calling_account() {
        let name = |account: &str, caller| operator_name(account.to_owned(), caller);
        assert_eq!(name("root", Some("ann")), "ann (as root)");
        assert_eq!(name("root", Some("EXAMPLE\\ann.lee")), "EXAMPLE\\ann.lee (as root)");
        assert_eq!(name("ann", Some("root")), "ann");
        assert_eq!(name("root", None), "root");
        for odd in ["", "a b", "ann\n", "\u{1b}[31m", "-x", "é", "a'; DROP", &"x".repeat(65), "\u{202e}ann"] {
            assert_eq!(name("root", Some(odd)), "root", "{odd:?}");
        }
    }
}
