//! How the e-mails of a run came out, as its rows tell: what there is to say of
//! a run that an error ended.

use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;

use crate::cli::context::Context;
use crate::cli::ui::prompt::{Question, confirm};
use crate::cli::ui::text::counted;
use crate::invites::issue::Issued;

/// Sending more e-mails than this needs a confirmation.
pub(crate) const UNASKED_MAILS: u64 = 10;

/// Asks before many e-mails are sent.
pub(crate) fn confirm_mails(context: &Context, count: u64) -> Result<()> {
    if count > UNASKED_MAILS {
        confirm(context, &format!("{} would be sent", counted(count, "e-mail")), &Question::YesNo)?;
    }
    Ok(())
}

/// E-mails whose outcome is known.
#[derive(Debug, Default)]
pub(crate) struct Letters {
    sent: AtomicU64,
    unsent: AtomicU64,
}

impl Letters {
    /// Counts an invite of a run that sends.
    pub(crate) fn note(&self, issued: &Issued) {
        let invite = &issued.invite;
        if invite.last_send_error.is_some() {
            self.unsent.fetch_add(1, Ordering::Relaxed);
        } else if invite.last_sent_at.is_some() {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Those that the mail server took over, and those that it did not. The
    /// latter were told of as failures, too.
    pub(crate) fn outcome(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.unsent.load(Ordering::Relaxed))
    }
}
