//! How the e-mails of a run came out, as its rows tell: what there is to say of
//! a run that an error ended.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::actions::Issued;

/// E-mails whose outcome is known.
#[derive(Debug, Default)]
pub(super) struct Letters {
    sent: AtomicU64,
    unsent: AtomicU64,
}

impl Letters {
    /// Counts an invite of a run that sends.
    pub(super) fn note(&self, issued: &Issued) {
        let invite = &issued.invite;
        if invite.last_send_error.is_some() {
            self.unsent.fetch_add(1, Ordering::Relaxed);
        } else if invite.last_sent_at.is_some() {
            self.sent.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Those that the mail server took over, and those that it did not. The
    /// latter were told of as failures, too.
    pub(super) fn outcome(&self) -> (u64, u64) {
        (self.sent.load(Ordering::Relaxed), self.unsent.load(Ordering::Relaxed))
    }
}
