//! How many invites live, over all spaces.

use chrono::{DateTime, Utc};

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::tables::invites::LIVE;

/// A replaced code with a grace ends with that.
const COUNT_LIVE: &str = "SELECT count(*) AS live, \
     count(CASE WHEN expires_at <= :until OR closed_at <= :until THEN 1 END) AS ending FROM invites WHERE ";

/// How many live at an instant, and how many of these are past their end at
/// another.
pub(crate) async fn count_live(session: &mut Session, now: DateTime<Utc>, until: DateTime<Utc>) -> Result<(i64, i64)> {
    let values = &[("now", now.into()), ("until", until.into())];
    let row = session.one(Statement::from([COUNT_LIVE, LIVE]), values).await?;
    Ok((row.int("live")?, row.int("ending")?))
}
