//! Which invitations to send again, and how.

use crate::model::reference::Reference;
use crate::store::tables::listing::Filter;

/// How to send again.
#[derive(Debug, Clone, Copy)]
pub struct ResendRequest {
    /// Keep the code, so that the old link lives on; only where it is kept as
    /// text.
    pub keep_link: bool,
    /// Send it; else the new link is handed over. Both count against the limit of
    /// the policy.
    pub send: bool,
}

/// Which invitations.
#[derive(Debug, Clone)]
pub enum ResendSelection {
    /// These.
    Named(Vec<Reference>),
    /// Every one that is not sent, of those that the filter picks, expired ones
    /// included.
    Unsent(Box<Filter>),
}
