//! Closing and purging in bulk: ranges of the primary key, a transaction each.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::dialect::Statement;
use super::invites::{CLOSE_DEAD, SELECT, read};
use super::{Arg, Session};
use crate::error::Result;
use crate::invite::Invite;

/// How much there is to do, and between which ids it lies.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Extent {
    pub total: i64,
    pub first: Option<Uuid>,
    pub last: Option<Uuid>,
}

/// Why an invite is dead though nothing closed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum DeadBy {
    /// It is past its end.
    Expiry,
    /// It reached its last use and was not closed by it: only another program
    /// writes such rows.
    Uses,
}

/// The two do not overlap: a use counts only while the invite is alive, so
/// the last one came before the end. The first conditions are those of the two
/// indexes that hold just such rows.
fn dead(by: DeadBy) -> &'static str {
    match by {
        DeadBy::Expiry => {
            "closed_at IS NULL AND expires_at IS NOT NULL AND expires_at <= :now \
             AND (max_uses IS NULL OR uses < max_uses)"
        }
        DeadBy::Uses => "closed_at IS NULL AND uses >= max_uses AND :now IS NOT NULL",
    }
}

const EXTENT: &str = "SELECT count(*) AS total, {least:id} AS first, {greatest:id} AS last FROM invites WHERE ";

/// What there is to close at an instant.
pub(crate) async fn extent_of_dead(session: &mut Session, by: DeadBy, now: DateTime<Utc>) -> Result<Extent> {
    let statement = Statement::from(EXTENT).push(dead(by));
    extent(&session.one(statement, &[("now", now.into())]).await?)
}

/// Which closed invites a purge deletes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Purge {
    /// Those closed at this instant or before.
    pub closed_before: DateTime<Utc>,
    /// Also those that were used, with their uses.
    pub include_used: bool,
}

const PURGEABLE: &str = "closed_at IS NOT NULL AND closed_at <= :before AND (uses = 0 OR :used = 1)";

fn purge_args(purge: &Purge) -> [(&'static str, Arg); 2] {
    [("before", purge.closed_before.into()), ("used", i64::from(purge.include_used).into())]
}

/// What there is to purge.
pub(crate) async fn purgeable(session: &mut Session, purge: &Purge) -> Result<Extent> {
    let statement = Statement::from(EXTENT).push(PURGEABLE);
    extent(&session.one(statement, &purge_args(purge)).await?)
}

fn extent(row: &super::Row) -> Result<Extent> {
    Ok(Extent { total: row.int("total")?, first: row.maybe_id("first")?, last: row.maybe_id("last")? })
}

const RANGE_END: &str = "SELECT id FROM invites WHERE id >= :first AND id <= :end ORDER BY id LIMIT 1 OFFSET :skipped";

/// The last id of the next so many invites, none of them behind `end`.
pub(crate) async fn range_end(session: &mut Session, first: Uuid, end: Uuid, size: i64) -> Result<Uuid> {
    let values = &[("first", first.into()), ("end", end.into()), ("skipped", (size - 1).into())];
    let row = session.maybe_one(RANGE_END, values).await?;
    row.map_or(Ok(end), |row| row.id("id"))
}

/// Closes what is dead between two ids, both included.
pub(crate) async fn close_range(
    session: &mut Session,
    by: DeadBy,
    (first, last): (Uuid, Uuid),
    now: DateTime<Utc>,
    operation: Uuid,
) -> Result<u64> {
    let statement = Statement::from("UPDATE invites SET ")
        .push(CLOSE_DEAD)
        .push(" WHERE id >= :first AND id <= :last AND ")
        .push(dead(by));
    let values =
        &[("first", first.into()), ("last", last.into()), ("now", now.into()), ("operation", operation.into())];
    session.exec(statement, values).await
}

/// What one transaction of a purge deletes. Where others write at the same time
/// it is a list of ids whose rows are locked: an `extend` must not bring one
/// back between its uses and itself.
#[derive(Debug)]
pub(crate) struct Doomed {
    purge: Purge,
    range: (Uuid, Uuid),
    locked: Option<Vec<Uuid>>,
}

const LOCK: &str = "SELECT id FROM invites WHERE id >= :first AND id <= :last AND ";

/// Picks what a purge deletes between two ids. What another transaction works
/// on at this moment is left for the next run.
pub(crate) async fn doom(session: &mut Session, purge: &Purge, range: (Uuid, Uuid)) -> Result<Doomed> {
    let mut doomed = Doomed { purge: *purge, range, locked: None };
    if !session.writes_alone() {
        let statement = Statement::from(LOCK).push(PURGEABLE).push(" ORDER BY id {lock_free}");
        let rows = session.all(statement, &doomed.args()).await?;
        doomed.locked = Some(rows.iter().map(|row| row.id("id")).collect::<Result<_>>()?);
    }
    Ok(doomed)
}

/// How many ids one statement names: a list is one value, and engines bound its
/// size.
const IDS_AT_ONCE: usize = 10_000;

impl Doomed {
    /// The arguments of the statements that together name all of them.
    fn parts(&self) -> Vec<Vec<(&'static str, Arg)>> {
        match &self.locked {
            Some(ids) => ids.chunks(IDS_AT_ONCE).map(|ids| vec![("list", Arg::ids(ids))]).collect(),
            None => vec![self.args()],
        }
    }

    fn args(&self) -> Vec<(&'static str, Arg)> {
        let mut args = purge_args(&self.purge).to_vec();
        args.extend([("first", self.range.0.into()), ("last", self.range.1.into())]);
        args
    }

    /// The invites themselves.
    pub(crate) async fn invites(&self, session: &mut Session) -> Result<Vec<Invite>> {
        let statement = match self.locked {
            Some(_) => Statement::from(SELECT).push("WHERE i.id {in_ids:list}"),
            None => Statement::from(SELECT).push("WHERE i.id >= :first AND i.id <= :last AND ").push(PURGEABLE),
        };
        let statement = statement.push(" ORDER BY i.id");
        let mut invites = Vec::new();
        for part in self.parts() {
            for row in session.all(statement.clone(), &part).await? {
                invites.push(read(&row)?);
            }
        }
        Ok(invites)
    }

    /// Deletes them with their uses and changes; answers how many invites.
    pub(crate) async fn delete(&self, session: &mut Session) -> Result<u64> {
        let (of_invites, themselves) = match self.locked {
            Some(_) => {
                (Statement::from("invite_id {in_ids:list}"), Statement::from("{delete:invites} WHERE id {in_ids:list}"))
            }
            None => (
                Statement::from("invite_id >= :first AND invite_id <= :last AND EXISTS ")
                    .push("(SELECT 1 FROM invites WHERE id = invite_id AND ")
                    .push(PURGEABLE)
                    .push(")"),
                Statement::from("DELETE FROM invites WHERE id >= :first AND id <= :last AND ").push(PURGEABLE),
            ),
        };
        let mut deleted = 0;
        for part in self.parts() {
            for start in ["{delete:invite_uses} WHERE ", "{delete:invite_changes} WHERE "] {
                session.exec(Statement::from(start).join(&of_invites), &part).await?;
            }
            deleted += session.exec(themselves.clone(), &part).await?;
        }
        Ok(deleted)
    }
}
