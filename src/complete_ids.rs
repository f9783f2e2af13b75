//! Completion of IDs for shells. Codes are never completed.

use uuid::Uuid;

use crate::error::Result;
use crate::store::db::database::Db;
use crate::store::db::schema_state::SchemaState;
use crate::store::location::Location;
use crate::store::reading;
use crate::store::tables::prefix_search::{self, PrefixMatch};

/// Maximum number of completions.
const LIMIT: i64 = 50;

/// The kind of object that an ID belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum IdKind {
    /// A space.
    Space,
    /// A user whose name or address is known, or who redeemed an invite.
    User,
    /// An invite.
    Invite,
    /// An operation.
    Operation,
}

/// An ID that begins with the typed text.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Completion {
    /// The ID.
    pub id: String,
    /// A description: a name, a space, or a command with its time.
    pub description: Option<String>,
}

/// Returns the IDs of a kind that begin with a text, at most 50. A database that does not
/// exist or is not up to date has none, and is not changed.
///
/// # Errors
/// Any error of the database.
pub async fn complete_ids(location: Location, kind: IdKind, typed: &str) -> Result<Vec<Completion>> {
    let (db, state) = Db::inspect(location).await?;
    let completions =
        if state == SchemaState::Current { find_completions(&db, kind, typed).await } else { Ok(Vec::new()) };
    db.close().await;
    let completions = completions?.into_iter();
    Ok(completions.filter(|completion| completion.id.starts_with(typed)).collect())
}

async fn find_completions(db: &Db, kind: IdKind, typed: &str) -> Result<Vec<Completion>> {
    let completions_of = |nearby: Vec<PrefixMatch>| {
        nearby
            .into_iter()
            .map(|PrefixMatch { id, name }| Completion { id, description: name })
            .collect::<Vec<Completion>>()
    };
    let ids = id_range(typed);
    reading!(db, |session| {
        match (kind, ids) {
            (IdKind::Space, _) => prefix_search::spaces(session, typed, LIMIT).await.map(completions_of),
            (IdKind::User, _) => prefix_search::users(session, typed, LIMIT).await.map(completions_of),
            (_, None) => Ok(Vec::new()),
            (IdKind::Invite, Some(ids)) => prefix_search::invites(session, ids, LIMIT).await.map(completions_of),
            (IdKind::Operation, Some(ids)) => {
                let operations = prefix_search::operations(session, ids, LIMIT).await?;
                let completions = operations.into_iter().map(|(id, command, at)| Completion {
                    id: id.to_string(),
                    description: Some(format!("{command}, {}", at.format("%Y-%m-%d %H:%M UTC"))),
                });
                Ok(completions.collect())
            }
        }
    })
}

/// Returns the first and the last UUID that begin with a text; `None` if no UUID does.
pub(crate) fn id_range(typed: &str) -> Option<(Uuid, Uuid)> {
    let padded = |digit: &str| {
        let pattern = "00000000-0000-0000-0000-000000000000".replace('0', digit);
        let rest = pattern.get(typed.len()..)?;
        Uuid::try_parse(&format!("{typed}{rest}")).ok()
    };
    Some((padded("0")?, padded("f")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_range_pads_prefix_with_zeros_and_fs() {
        let id = |text: &str| Uuid::parse_str(text).unwrap();
        let whole = "0189aaaa-bbbb-7ccc-8ddd-eeeeffff0000";
        for (typed, range) in [
            ("", Some((Uuid::nil(), Uuid::max()))),
            (
                "0189aaaa-b",
                Some((id("0189aaaa-b000-0000-0000-000000000000"), id("0189aaaa-bfff-ffff-ffff-ffffffffffff"))),
            ),
            (whole, Some((id(whole), id(whole)))),
            ("space-1", None),
            ("0189aaaa_b", None),
            ("0189aaaa-bbbb-7ccc-8ddd-eeeeffff00001", None),
            ("山", None),
        ] {
            assert_eq!(id_range(typed), range, "{typed}");
        }
    }
}
