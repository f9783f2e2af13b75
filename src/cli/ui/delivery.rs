//! E-mails of a command: their confirmation and their counts.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;

use crate::cli::ui::prompt::{Prompter, Question};
use crate::cli::ui::text::counted;
use crate::invites::issue::Issued;

/// Maximum number of e-mails that are sent without a confirmation.
pub(crate) const UNCONFIRMED_MAILS: u64 = 10;

/// Asks for a confirmation before many e-mails are sent.
pub(crate) fn confirm_mails(prompter: &Prompter, count: u64) -> Result<()> {
    if count > UNCONFIRMED_MAILS {
        prompter.confirm(&format!("{} would be sent", counted(count, "e-mail")), &Question::YesNo)?;
    }
    Ok(())
}

/// Counts of delivered and undelivered e-mails. They are taken from the rows of a command,
/// so that they are also known if an error ends it.
#[derive(Debug, Default)]
pub(crate) struct DeliveryCounts {
    sent: AtomicU64,
    unsent: AtomicU64,
}

impl DeliveryCounts {
    /// Counts the e-mail of an invite, if an attempt to send it was made.
    pub(crate) fn add(&self, issued: &Issued) {
        let invite = &issued.invite;
        if invite.last_send_error.is_some() {
            self.unsent.fetch_add(1, Ordering::Relaxed);
        } else if invite.last_sent_at.is_some() {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Returns the number of e-mails that the mail server accepted, and the number of the
    /// others. The others are also counted as failures of the batch.
    pub(crate) fn totals(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.unsent.load(Ordering::Relaxed))
    }
}
