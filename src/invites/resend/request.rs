//! The selection of invitations to resend, and the options.

use crate::builder::setters;
use crate::model::reference::Reference;
use crate::store::tables::listing::Filter;

/// Options of a resend.
#[derive(Debug, Clone, Copy, Default)]
#[non_exhaustive]
pub struct ResendRequest {
    /// Keep the code, so that the old link stays valid; only if it is stored as text.
    pub keep_link: bool,
    /// Send the e-mail; otherwise only the new link is returned. Both count for the limit of
    /// the policy.
    pub send: bool,
}

impl ResendRequest {
    /// Creates a request that returns new links, and sends nothing.
    #[must_use]
    pub const fn new() -> Self {
        ResendRequest { keep_link: false, send: false }
    }
}

setters! {
    ResendRequest {
        value keep_link: bool,
        value send: bool,
    }
}

/// The invitations to send again.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum ResendSelection {
    /// The named invitations.
    Named(Vec<Reference>),
    /// All unsent invitations of a filter, including expired ones.
    Unsent(Box<Filter>),
}
