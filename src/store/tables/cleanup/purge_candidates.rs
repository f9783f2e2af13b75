//! The invites that one transaction of a purge deletes.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::model::invite::Invite;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::cleanup::purge::{PURGEABLE, Purge, purge_args};
use crate::store::tables::invites::{COLUMNS, read};

/// The closed invites that one transaction deletes. On a server their rows are locked, so that an
/// `extend` cannot reopen one while its uses are deleted.
#[derive(Debug)]
pub(crate) struct PurgeCandidates {
    purge: Purge,
    range: (Uuid, Uuid),
    selection: Selection,
}

/// The position of a reader of the candidates.
#[derive(Debug, Default)]
pub(crate) struct PageCursor {
    next: Option<Uuid>,
    passed: usize,
}

/// The row locks of a purge on a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LockMode {
    /// The whole range, if no other transaction locks any of its rows.
    Range,
    /// Row by row, after the range timed out.
    Rows,
}

#[derive(Debug)]
enum Selection {
    /// All purgeable invites of the range; on a server, with the number of locked ones.
    All(Option<u64>),
    /// Only these IDs, because other transactions lock the rest, which is left for the next run.
    These(Vec<Uuid>),
}

/// Selects invites of the table that is purged, whatever other statements read.
const SELECT_STORED: [Sql; 3] =
    [sql!("SELECT "), COLUMNS, sql!(" FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id ")];

/// Completes a statement with the condition for purgeable invites between two IDs.
fn of_range(start: Sql) -> Statement {
    Statement::from([start, sql!("id >= :first AND id <= :last AND ")]).join(&PURGEABLE.into())
}

/// Starts from the invites, so that the uses and changes of other invites are not read.
const DELETE_THEIR_USES: Sql =
    sql!("{delete:invite_uses}{by:invite_id} WHERE invite_id IN (SELECT id FROM invites WHERE ");
const DELETE_THEIR_CHANGES: Sql =
    sql!("{delete:invite_changes}{by:invite_changes_by_invite} WHERE invite_id IN (SELECT id FROM invites WHERE ");

/// Maximum number of IDs per statement: a list is one value, whose size engines bound.
const IDS_AT_ONCE: usize = 10_000;

/// Selects and locks the invites of a range that a purge deletes. With [`LockMode::Rows`] it lists
/// their IDs, because on some engines a deletion by range waits for locks on open invites in
/// between.
pub(crate) async fn lock_candidates(
    session: &mut Session,
    purge: &Purge,
    range: (Uuid, Uuid),
    mode: LockMode,
) -> Result<PurgeCandidates> {
    let mut candidates = PurgeCandidates { purge: *purge, range, selection: Selection::All(None) };
    if session.is_single_writer() {
        return Ok(candidates);
    }
    if mode == LockMode::Range {
        let lock = of_range(sql!("SELECT count(*) AS total FROM (SELECT id FROM invites WHERE "))
            .push(sql!(" {lock_free}) AS held"));
        let held = session.one(lock, &candidates.args()).await?.int("total")?;
        let all = session
            .one(of_range(sql!("SELECT count(*) AS total FROM invites AS i WHERE ")), &candidates.args())
            .await?;
        if held == all.int("total")? {
            candidates.selection = Selection::All(Some(held.unsigned_abs()));
            return Ok(candidates);
        }
    }
    let name = of_range(sql!("SELECT id FROM invites AS i WHERE ")).push(sql!(" ORDER BY id {lock_free}"));
    let rows = session.all(name, &candidates.args()).await?;
    candidates.selection = Selection::These(rows.iter().map(|row| row.id("id")).collect::<Result<_>>()?);
    Ok(candidates)
}

impl PurgeCandidates {
    /// Returns the arguments of the statements that together cover all candidates.
    fn parts(&self) -> Vec<Vec<(&'static str, Arg)>> {
        match &self.selection {
            Selection::All(Some(0)) => Vec::new(),
            Selection::All(_) => vec![self.args()],
            Selection::These(ids) => ids.chunks(IDS_AT_ONCE).map(|ids| vec![("list", Arg::ids(ids))]).collect(),
        }
    }

    fn args(&self) -> Vec<(&'static str, Arg)> {
        let mut args = purge_args(&self.purge).to_vec();
        args.extend([("first", self.range.0.into()), ("last", self.range.1.into())]);
        args
    }

    /// Returns the next invites, at most `most`; an empty list at the end.
    pub(crate) async fn page(
        &self,
        session: &mut Session,
        cursor: &mut PageCursor,
        most: usize,
    ) -> Result<Vec<Invite>> {
        let (statement, args) = match &self.selection {
            Selection::All(Some(held)) if cursor.passed as u64 >= *held => return Ok(Vec::new()),
            Selection::All(_) => {
                let mut args = purge_args(&self.purge).to_vec();
                let first = cursor.next.unwrap_or(self.range.0);
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                args.extend([("first", first.into()), ("last", self.range.1.into()), ("most", most.into())]);
                let all = Statement::from(SELECT_STORED).push(sql!("WHERE i.id >= :first AND i.id <= :last AND "));
                (all.join(&PURGEABLE.into()).push(sql!(" ORDER BY i.id LIMIT :most")), args)
            }
            Selection::These(ids) => {
                let next = ids.iter().skip(cursor.passed).take(most).copied().collect::<Vec<Uuid>>();
                if next.is_empty() {
                    return Ok(Vec::new());
                }
                let these =
                    Statement::from(SELECT_STORED).push(sql!("WHERE i.id {in_ids:list}")).push(sql!(" ORDER BY i.id"));
                (these, vec![("list", Arg::ids(&next))])
            }
        };
        let rows = session.all(statement, &args).await?;
        let invites = rows.iter().map(read).collect::<Result<Vec<Invite>>>()?;
        cursor.passed += invites.len();
        cursor.next = invites.last().and_then(|last| last.id.as_u128().checked_add(1)).map(Uuid::from_u128);
        match self.selection {
            // A locked invite is missing, or there is one more than were locked.
            Selection::All(Some(held)) if invites.is_empty() || cursor.passed as u64 > held => Err(session.conflict()),
            _ => Ok(invites),
        }
    }

    /// Deletes the invites with their uses and changes; returns the number of deleted invites.
    pub(crate) async fn delete(&self, session: &mut Session) -> Result<u64> {
        let statements = match self.selection {
            Selection::All(_) => [
                of_range(DELETE_THEIR_USES).push(sql!(")")),
                of_range(DELETE_THEIR_CHANGES).push(sql!(")")),
                of_range(sql!("DELETE FROM invites WHERE ")),
            ],
            Selection::These(_) => [
                sql!("{delete_among:invite_uses.invite_id}").into(),
                sql!("{delete_among:invite_changes.invite_id}").into(),
                sql!("{delete_among:invites.id}").into(),
            ],
        };
        let mut deleted = 0;
        for part in self.parts() {
            let [of_uses, of_changes, themselves] = &statements;
            session.exec(of_uses.clone(), &part).await?;
            session.exec(of_changes.clone(), &part).await?;
            deleted += session.exec(themselves.clone(), &part).await?;
        }
        match &self.selection {
            // An invite became purgeable meanwhile and was not locked.
            Selection::All(Some(held)) if *held != deleted => Err(session.conflict()),
            Selection::These(ids) if ids.len() as u64 != deleted => Err(row_not_changed()),
            _ => Ok(deleted),
        }
    }
}

/// Returns the error of a statement that left a row unchanged without an error, as policies of
/// row-level security and some triggers do.
pub(crate) fn row_not_changed() -> Error {
    Error::database("the database refused a row")
        .with_source("the row was not changed, and no reason was given")
        .of_row()
}
