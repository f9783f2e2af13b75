//! The closed invites that a purge deletes.

use chrono::{DateTime, Utc};

use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, sql};

/// The selection of a purge.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purge {
    /// Invites that were closed at this instant or before.
    pub closed_before: DateTime<Utc>,
    /// True to include used invites, with their uses.
    pub include_used: bool,
}

/// Figures that the index of closing times alone provides.
pub(crate) const LONG_CLOSED: Sql = sql!("closed_at IS NOT NULL AND closed_at <= :before");

pub(crate) const PURGEABLE: [Sql; 2] = [LONG_CLOSED, sql!(" AND (uses = 0 OR :used = 1)")];

pub(crate) fn purge_args(purge: &Purge) -> [(&'static str, Arg); 2] {
    [("before", purge.closed_before.into()), ("used", i64::from(purge.include_used).into())]
}
