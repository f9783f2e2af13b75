//! Offers ids to whoever types one: what a shell completes. Never codes.

use uuid::Uuid;

use crate::error::Result;
use crate::store::db::database::Db;
use crate::store::db::schema::SchemaState;
use crate::store::location::Target;
use crate::store::reading;
use crate::store::tables::prefix_search::{self, Nearby};

/// How many are offered.
const MANY: i64 = 50;

/// What an id is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A space.
    Space,
    /// A user of whom a name or an address is known, or who used an invite.
    User,
    /// An invite.
    Invite,
    /// An operation.
    Operation,
}

/// An id that begins as was typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    /// The id.
    pub id: String,
    /// What it is: a name, a space, a command with its time.
    pub about: Option<String>,
}

/// Ids of a kind that begin with a text, at most 50. The database is taken as it is: one that does not exist, or is not
/// up to date, offers nothing.
///
/// # Errors
/// What the database says.
pub async fn offer(target: Target, kind: Kind, typed: &str) -> Result<Vec<Offer>> {
    let (db, state) = Db::look(target).await?;
    let offers = if state == SchemaState::Current { look_up(&db, kind, typed).await } else { Ok(Vec::new()) };
    db.close().await;
    let offers = offers?.into_iter();
    Ok(offers.filter(|offer| offer.id.starts_with(typed)).collect())
}

async fn look_up(db: &Db, kind: Kind, typed: &str) -> Result<Vec<Offer>> {
    let named = |nearby: Vec<Nearby>| {
        nearby.into_iter().map(|Nearby { id, name }| Offer { id, about: name }).collect::<Vec<Offer>>()
    };
    let ids = ids_from(typed);
    reading!(db, |session| {
        match (kind, ids) {
            (Kind::Space, _) => prefix_search::spaces(session, typed, MANY).await.map(named),
            (Kind::User, _) => prefix_search::users(session, typed, MANY).await.map(named),
            (_, None) => Ok(Vec::new()),
            (Kind::Invite, Some(ids)) => prefix_search::invites(session, ids, MANY).await.map(named),
            (Kind::Operation, Some(ids)) => {
                let operations = prefix_search::operations(session, ids, MANY).await?;
                let told = operations.into_iter().map(|(id, command, at)| Offer {
                    id: id.to_string(),
                    about: Some(format!("{command}, {}", at.format("%Y-%m-%d %H:%M UTC"))),
                });
                Ok(told.collect())
            }
        }
    })
}

/// The first and the last id that begin with a text; none where no id does.
pub(crate) fn ids_from(typed: &str) -> Option<(Uuid, Uuid)> {
    let filled = |with: &str| {
        let pattern = "00000000-0000-0000-0000-000000000000".replace('0', with);
        let rest = pattern.get(typed.len()..)?;
        Uuid::try_parse(&format!("{typed}{rest}")).ok()
    };
    Some((filled("0")?, filled("f")?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_lie_between_those_that_go_on_with_the_least_and_the_most() {
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
            assert_eq!(ids_from(typed), range, "{typed}");
        }
    }
}
