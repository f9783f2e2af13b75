//! Invites that were just created, with their codes.

use crate::model::code::Code;
use crate::model::invite::Invite;
use crate::text::redacted_debug;

/// An invite that was just created, with its code. If the policy stores only the hash, the
/// code is available nowhere else.
#[derive(Clone)]
#[non_exhaustive]
pub struct Issued {
    /// The invite.
    pub invite: Invite,
    /// The code.
    pub code: Code,
    /// The link, if the policy has links.
    pub link: Option<String>,
    /// The name of the inviting user, for the e-mail.
    pub invited_by: Option<String>,
    /// True if the code is sent by e-mail, whether that succeeds or not: then it is shown to
    /// nobody else.
    pub is_mailed: bool,
}

redacted_debug!(Issued { invite, code, invited_by; [link] });
