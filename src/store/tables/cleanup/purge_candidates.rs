//! What one transaction of a purge deletes.

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::model::invite::Invite;
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::dialect::Statement;
use crate::store::tables::cleanup::{PURGEABLE, Purge, purge_args};
use crate::store::tables::invites::{SELECT, read};

/// The closed invites that one transaction deletes. Where others write at the
/// same time their rows are locked: an `extend` must not bring one back between
/// its uses and itself.
#[derive(Debug)]
pub(crate) struct Doomed {
    purge: Purge,
    range: (Uuid, Uuid),
    which: Which,
}

/// How far a walk through them has come.
#[derive(Debug, Default)]
pub(crate) struct Place {
    next: Option<Uuid>,
    passed: usize,
}

/// How a purge goes about it where others write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// By the range, where nobody holds any of them.
    Bold,
    /// One by one: the range was waited for in vain.
    Careful,
}

#[derive(Debug)]
enum Which {
    /// All of the range; where others write, how many are locked.
    All(Option<u64>),
    /// Others work on the rest at this moment: it is left for the next run.
    These(Vec<Uuid>),
}

/// A statement about what is purgeable between two ids.
fn of_range(start: &'static str) -> Statement {
    Statement::from([start, "id >= :first AND id <= :last AND "]).join(&PURGEABLE.into())
}

/// By the invites: the uses and changes of others are not even read.
const DELETE_THEIR_USES: &str = "{delete:invite_uses}{by:invite_id} WHERE invite_id IN (SELECT id FROM invites WHERE ";
const DELETE_THEIR_CHANGES: &str =
    "{delete:invite_changes}{by:invite_changes_by_invite} WHERE invite_id IN (SELECT id FROM invites WHERE ";

/// How many ids one statement names: a list is one value, and engines bound its
/// size.
const IDS_AT_ONCE: usize = 10_000;

/// Picks what a purge deletes between two ids. With care it names each: else a
/// deletion waits, on some engines, for whoever works on a live one among them.
pub(crate) async fn doom(session: &mut Session, purge: &Purge, range: (Uuid, Uuid), care: Care) -> Result<Doomed> {
    let mut doomed = Doomed { purge: *purge, range, which: Which::All(None) };
    if session.writes_alone() {
        return Ok(doomed);
    }
    if care == Care::Bold {
        let lock =
            of_range("SELECT count(*) AS total FROM (SELECT id FROM invites WHERE ").push(" {lock_free}) AS held");
        let held = session.one(lock, &doomed.args()).await?.int("total")?;
        let all = session.one(of_range("SELECT count(*) AS total FROM invites AS i WHERE "), &doomed.args()).await?;
        if held == all.int("total")? {
            doomed.which = Which::All(Some(held.unsigned_abs()));
            return Ok(doomed);
        }
    }
    let name = of_range("SELECT id FROM invites AS i WHERE ").push(" ORDER BY id {lock_free}");
    let rows = session.all(name, &doomed.args()).await?;
    doomed.which = Which::These(rows.iter().map(|row| row.id("id")).collect::<Result<_>>()?);
    Ok(doomed)
}

impl Doomed {
    /// The arguments of the statements that together name all of them.
    fn parts(&self) -> Vec<Vec<(&'static str, Arg)>> {
        match &self.which {
            Which::All(Some(0)) => Vec::new(),
            Which::All(_) => vec![self.args()],
            Which::These(ids) => ids.chunks(IDS_AT_ONCE).map(|ids| vec![("list", Arg::ids(ids))]).collect(),
        }
    }

    fn args(&self) -> Vec<(&'static str, Arg)> {
        let mut args = purge_args(&self.purge).to_vec();
        args.extend([("first", self.range.0.into()), ("last", self.range.1.into())]);
        args
    }

    /// Returns the next invites, at most `most`; an empty list at the end.
    pub(crate) async fn page(&self, session: &mut Session, place: &mut Place, most: usize) -> Result<Vec<Invite>> {
        let (statement, args) = match &self.which {
            Which::All(Some(held)) if place.passed as u64 >= *held => return Ok(Vec::new()),
            Which::All(_) => {
                let mut args = purge_args(&self.purge).to_vec();
                let first = place.next.unwrap_or(self.range.0);
                let most = i64::try_from(most).unwrap_or(i64::MAX);
                args.extend([("first", first.into()), ("last", self.range.1.into()), ("most", most.into())]);
                let all = Statement::from(SELECT).push("WHERE i.id >= :first AND i.id <= :last AND ");
                (all.join(&PURGEABLE.into()).push(" ORDER BY i.id LIMIT :most"), args)
            }
            Which::These(ids) => {
                let next = ids.iter().skip(place.passed).take(most).copied().collect::<Vec<Uuid>>();
                if next.is_empty() {
                    return Ok(Vec::new());
                }
                let these = Statement::from(SELECT).push("WHERE i.id {in_ids:list}").push(" ORDER BY i.id");
                (these, vec![("list", Arg::ids(&next))])
            }
        };
        let rows = session.all(statement, &args).await?;
        let invites = rows.iter().map(read).collect::<Result<Vec<Invite>>>()?;
        place.passed += invites.len();
        place.next = invites.last().and_then(|last| last.id.as_u128().checked_add(1)).map(Uuid::from_u128);
        match self.which {
            // One was locked and is not there, or the other way round.
            Which::All(Some(held)) if invites.is_empty() || place.passed as u64 > held => Err(session.conflict()),
            _ => Ok(invites),
        }
    }

    /// Deletes them with their uses and changes; answers how many invites.
    pub(crate) async fn delete(&self, session: &mut Session) -> Result<u64> {
        let statements = match self.which {
            Which::All(_) => [
                of_range(DELETE_THEIR_USES).push(")"),
                of_range(DELETE_THEIR_CHANGES).push(")"),
                of_range("DELETE FROM invites WHERE "),
            ],
            Which::These(_) => [
                "{delete_among:invite_uses.invite_id}".into(),
                "{delete_among:invite_changes.invite_id}".into(),
                "{delete_among:invites.id}".into(),
            ],
        };
        let mut deleted = 0;
        for part in self.parts() {
            let [of_uses, of_changes, themselves] = &statements;
            session.exec(of_uses.clone(), &part).await?;
            session.exec(of_changes.clone(), &part).await?;
            deleted += session.exec(themselves.clone(), &part).await?;
        }
        match &self.which {
            // One became purgeable meanwhile, and was not locked.
            Which::All(Some(held)) if *held != deleted => Err(session.conflict()),
            Which::These(ids) if ids.len() as u64 != deleted => Err(kept_a_row()),
            _ => Ok(deleted),
        }
    }
}

/// The failure of a statement that left a row as it was and gave no error, as a
/// policy of row-level security and some triggers make it.
pub(crate) fn kept_a_row() -> Error {
    Error::database("the database refused a row")
        .with_source("the row was not changed, and no reason was given")
        .of_row()
}
