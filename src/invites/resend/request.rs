//! The selection of invitations to resend, and the options.

use crate::model::reference::Reference;
use crate::store::tables::listing::Filter;

/// Options of a resend.
#[derive(Debug, Clone, Copy)]
pub struct ResendRequest {
    /// Keep the code, so that the old link stays valid; only if it is stored as text.
    pub keep_link: bool,
    /// Send the e-mail; otherwise only the new link is returned. Both count for the limit of
    /// the policy.
    pub send: bool,
}

/// The invitations to send again.
#[derive(Debug, Clone)]
pub enum ResendSelection {
    /// The named invitations.
    Named(Vec<Reference>),
    /// All unsent invitations of a filter, including expired ones.
    Unsent(Box<Filter>),
}
