//! What one transaction of a purge deletes.

use uuid::Uuid;

use super::{PURGEABLE, Purge, purge_args};
use crate::error::Result;
use crate::invite::Invite;
use crate::store::dialect::Statement;
use crate::store::invites::{SELECT, read};
use crate::store::{Arg, Session};

/// The closed invites that one transaction deletes. Where others write at the
/// same time their rows are locked: an `extend` must not bring one back between
/// its uses and itself.
#[derive(Debug)]
pub(crate) struct Doomed {
    purge: Purge,
    range: (Uuid, Uuid),
    which: Which,
}

#[derive(Debug)]
enum Which {
    /// All of the range; where others write, how many are locked.
    All(Option<u64>),
    /// Others work on the rest at this moment: it is left for the next run.
    These(Vec<Uuid>),
}

const HOLD: [&str; 3] = [
    "SELECT count(*) AS total FROM (SELECT id FROM invites WHERE id >= :first AND id <= :last AND ",
    PURGEABLE,
    " {lock_free}) AS held",
];

const COUNT: [&str; 2] = ["SELECT count(*) AS total FROM invites WHERE id >= :first AND id <= :last AND ", PURGEABLE];

const NAME: [&str; 3] =
    ["SELECT id FROM invites WHERE id >= :first AND id <= :last AND ", PURGEABLE, " ORDER BY id {lock_free}"];

/// How many ids one statement names: a list is one value, and engines bound its
/// size.
const IDS_AT_ONCE: usize = 10_000;

/// Picks what a purge deletes between two ids.
pub(crate) async fn doom(session: &mut Session, purge: &Purge, range: (Uuid, Uuid)) -> Result<Doomed> {
    let mut doomed = Doomed { purge: *purge, range, which: Which::All(None) };
    if session.writes_alone() {
        return Ok(doomed);
    }
    let held = session.one(HOLD, &doomed.args()).await?.int("total")?;
    let all = session.one(COUNT, &doomed.args()).await?.int("total")?;
    doomed.which = if held == all {
        Which::All(Some(held.unsigned_abs()))
    } else {
        let rows = session.all(NAME, &doomed.args()).await?;
        Which::These(rows.iter().map(|row| row.id("id")).collect::<Result<_>>()?)
    };
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

    /// The invites themselves.
    pub(crate) async fn invites(&self, session: &mut Session) -> Result<Vec<Invite>> {
        let statement = match self.which {
            Which::All(_) => {
                Statement::from(SELECT).push("WHERE i.id >= :first AND i.id <= :last AND ").push(PURGEABLE)
            }
            Which::These(_) => Statement::from(SELECT).push("WHERE i.id {in_ids:list}"),
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
        let (of_invites, themselves) = match self.which {
            Which::All(_) => (
                Statement::from("invite_id >= :first AND invite_id <= :last AND EXISTS ")
                    .push("(SELECT 1 FROM invites WHERE id = invite_id AND ")
                    .push(PURGEABLE)
                    .push(")"),
                Statement::from("DELETE FROM invites WHERE id >= :first AND id <= :last AND ").push(PURGEABLE),
            ),
            Which::These(_) => {
                (Statement::from("invite_id {in_ids:list}"), Statement::from("{delete:invites} WHERE id {in_ids:list}"))
            }
        };
        let mut deleted = 0;
        for part in self.parts() {
            for start in ["{delete:invite_uses} WHERE ", "{delete:invite_changes} WHERE "] {
                session.exec(Statement::from(start).join(&of_invites), &part).await?;
            }
            deleted += session.exec(themselves.clone(), &part).await?;
        }
        match self.which {
            // One became purgeable meanwhile, and was not locked.
            Which::All(Some(held)) if held != deleted => Err(session.conflict()),
            _ => Ok(deleted),
        }
    }
}
