//! Exit codes of commands that did not fail.

use crate::error::Reason;

/// How a command ended, if it did not fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Exit {
    /// All went well.
    Done,
    /// Some items of a batch failed.
    SomeFailed,
    /// The answer is no, for this reason; said already.
    Refused(Reason),
    /// Work is pending.
    Pending,
    /// A signal ended it; its exit code.
    Interrupted(u8),
}

impl Exit {
    /// For logs.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Exit::Done => "done",
            Exit::SomeFailed => "some items failed",
            Exit::Refused(reason) => reason.as_str(),
            Exit::Pending => "work is pending",
            Exit::Interrupted(_) => "interrupted",
        }
    }

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
