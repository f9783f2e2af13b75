//! Counts what lives, for those who watch.

use chrono::TimeDelta;

use crate::error::{Error, Result};
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::invites;

/// How many invites live.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LiveCount {
    /// Not closed, not past their end, not used up; those that begin later are
    /// among them.
    pub live: u64,
    /// Of these, so many end within the span that was asked for.
    pub ending: u64,
}

/// Counts the invites of all spaces that live, and those of them that end
/// within a span.
///
/// No role governs this: numbers without a space tell nothing of one.
///
/// # Errors
/// [`Error::Invalid`] for a span that reaches beyond every date, and what the
/// database says.
pub async fn count_live(service: &Service, within: TimeDelta) -> Result<LiveCount> {
    let now = service.now();
    let until = now.checked_add_signed(within).ok_or_else(|| Error::invalid("the date is out of range"))?;
    let (live, ending) = reading!(service.db(), |session| { invites::count_live(session, now, until).await })?;
    Ok(LiveCount { live: live.unsigned_abs(), ending: ending.unsigned_abs() })
}
