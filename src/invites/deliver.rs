//! Sends invitations, and records the outcome of each delivery as soon as it is known.
//!
//! An invitation is stored before it is sent, and leased by the run that sends it. A failed
//! delivery is recorded, and `resend --failed` sends it again. An e-mail that the mail
//! server accepted is not sent again automatically, unless the process ended between the
//! server's answer and the record, or the database refused the record.

mod delivery;
mod outgoing;
mod record;

use chrono::{DateTime, TimeDelta, Utc};

use crate::error::{Error, Result};
pub(crate) use crate::invites::deliver::delivery::Delivery;
pub(crate) use crate::invites::deliver::outgoing::Outgoing;
use crate::mail::Mailer;
use crate::policy::Policy;
use crate::service::Service;

/// Time to record the outcome of a delivery, in addition to the longest delivery.
const MARGIN: TimeDelta = TimeDelta::minutes(1);

impl Service {
    /// Returns the mailer for the invitations of a policy.
    ///
    /// # Errors
    /// [`Error::Invalid`] if no mail server is configured, if its configuration is invalid,
    /// or if the policy has no absolute link.
    pub(crate) fn mailer_for(&self, policy: &Policy) -> Result<&Mailer> {
        let Some(mailer) = self.mailer_to_send()? else {
            return Err(Error::invalid("cannot send the invitation: no mail server is configured").with_hint(
                "set smtp_url and from_email in the configuration (see invite config show), or print the link instead: \
                 --no-send",
            ));
        };
        if policy.link.is_none() {
            return Err(Error::invalid(format!("the policy {} has no link to send", policy.name))
                .with_hint("set link in the table of the policy, or print the code instead: --no-send"));
        }
        if !self.links().are_absolute() {
            return Err(Error::invalid(
                "cannot send the invitation: an e-mail needs an absolute link, but base_url is not set",
            )
            .with_hint("set base_url in the configuration, INVITE_BASE_URL or FRONTEND_URL"));
        }
        Ok(mailer)
    }

    /// Returns the end of the lease of an invitation that is sent at `now`: longer than the
    /// slowest delivery, and short enough to wait for if the process is killed.
    pub(crate) fn lease_until(&self, now: DateTime<Utc>) -> DateTime<Utc> {
        let longest = self.mailer().map(Mailer::attempt_timeout).unwrap_or_default();
        now + MARGIN + TimeDelta::from_std(longest).unwrap_or(MARGIN)
    }
}
