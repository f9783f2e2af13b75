//! Everything that comes from outside the process: streams, environment,
//! clock, chance, signals. Tests hand in their own.

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

/// The outside of one run.
pub struct Host {
    /// Where input comes from.
    pub stdin: Box<dyn Read + Send>,
    /// Where data goes.
    pub stdout: Box<dyn Write + Send>,
    /// Where everything else goes.
    pub stderr: Box<dyn Write + Send>,
    /// Whether a person can be asked: input and conversation are a terminal.
    pub can_ask: bool,
    /// Whether data goes to a terminal.
    pub stdout_is_terminal: bool,
    /// Whether the conversation does.
    pub stderr_is_terminal: bool,
    /// The terminal's width in columns.
    pub width: Option<u16>,
    /// The environment variables.
    pub environment: Environment,
    /// Where the system's configuration would be.
    pub system_config: PathBuf,
    /// Finds out which account runs the command: where commands are recorded.
    pub account: fn() -> String,
    /// The clock.
    pub clock: Clock,
    /// Where chance comes from; none: the operating system, when it is needed.
    pub random: Option<Random>,
    /// Signals.
    pub interrupt: Interrupt,
}

/// Standard input of this process, whose reader waits no longer once a signal has
/// come.
#[must_use]
pub fn standard_input(interrupt: &Interrupt) -> Box<dyn Read + Send> {
    let interrupt = interrupt.clone();
    match io::stdin().as_fd().try_clone_to_owned() {
        Ok(input) => Box::new(Input::that_may_block(File::from(input)).stop_when(move || interrupt.raised().is_some())),
        // Without a descriptor to spare, a signal ends the process in the usual way.
        Err(_) => Box::new(io::stdin()),
    }
}

/// What signals asked for, shared with who listens to them.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Flags>);

#[derive(Default)]
struct Flags {
    exit_code: AtomicU8,
    cooperative: AtomicBool,
    has_line: AtomicBool,
}

impl Interrupt {
    /// A signal came: its exit code. Answers true if the running command will
    /// stop by itself after its batch; else the process should end now. A
    /// second signal always ends it.
    #[must_use]
    pub fn raise(&self, exit_code: u8) -> bool {
        let first = self.0.exit_code.swap(exit_code, Ordering::SeqCst) == 0;
        first && self.0.cooperative.load(Ordering::SeqCst)
    }

    /// From now on the command asks between batches.
    pub(crate) fn cooperate(&self) {
        self.0.cooperative.store(true, Ordering::SeqCst);
    }

    /// True while a line stands on the terminal that the command would take away at
    /// its end: a progress bar, or what it waits for.
    #[must_use]
    pub fn has_line(&self) -> bool {
        self.0.has_line.load(Ordering::SeqCst)
    }

    /// Notes whether such a line stands there; answers whether one stood before.
    pub(crate) fn set_line(&self, stands: bool) -> bool {
        self.0.has_line.swap(stands, Ordering::SeqCst)
    }

    /// The exit code of the signal that came, if one did.
    pub(crate) fn raised(&self) -> Option<u8> {
        match self.0.exit_code.load(Ordering::SeqCst) {
            0 => None,
            code => Some(code),
        }
    }
}

/// Returns the name under which operations are recorded: the account, and the
/// account behind it where sudo made it root.
///
/// Any account can set `SUDO_USER`, so it counts for root only, and only if
/// it is the name of an account.
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
    fn operator_behind_sudo_is_named_if_it_is_an_account() {
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
