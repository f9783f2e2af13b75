//! Results of commands that ended without an error, and their exit codes. The exit codes of errors and
//! refusals are in `error/reason.rs`.

use crate::error::Reason;

/// Result of a command that ended without an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Success.
    Done,
    /// Some items of a batch failed.
    SomeFailed,
    /// Refused for this reason, which is already printed.
    Refused(Reason),
    /// Work is pending (`--exit-code`, `--check`, `--status`).
    Pending,
    /// Ended by a signal, with the exit code of the signal.
    Interrupted(u8),
}

impl Exit {
    /// Returns the result for logs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::SomeFailed => "some items failed",
            Exit::Refused(reason) => reason.as_str(),
            Exit::Pending => "work is pending",
            Exit::Interrupted(_) => "interrupted",
        }
    }

    /// Returns the exit code.
    pub(crate) fn code(self) -> u8 {
        match self {
            Exit::Done => 0,
            Exit::SomeFailed => 3,
            Exit::Refused(reason) => reason.exit_code(),
            Exit::Pending => 8,
            Exit::Interrupted(code) => code,
        }
    }
}
