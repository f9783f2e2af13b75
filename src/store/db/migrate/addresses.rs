//! Brings the addresses of an older database into the form in which addresses
//! are compared now: what SQL cannot do, since domains become Punycode.
//!
//! It runs before the migration of that name is applied, and leaves alone what
//! is in that form already. So a run that is cut off is repeated as a whole.

use std::collections::HashSet;

use uuid::Uuid;

use crate::error::Result;
use crate::model::invite;
use crate::store::db::database::Db;
use crate::store::db::migrate::of;
use crate::store::db::row::{Arg, Row};
use crate::store::db::schema::applied_versions;
use crate::store::db::session::Session;
use crate::store::db::transaction::{in_transaction, reading};
use crate::store::dialect::row_set;
use crate::store::tables::invites;
use crate::text::canonical_address;

/// The description of the migration that this belongs to.
const MIGRATION: &str = "canonical addresses";

/// The migration that made the last table with addresses.
const INVITES: i64 = 5;

/// Number of rows that a transaction looks at.
const PAGE: i64 = 1_000;

const USERS: &str =
    "SELECT id, email FROM invite_users WHERE email IS NOT NULL AND id > :after ORDER BY id LIMIT :page";

const SET_OF_USERS: &str = "UPDATE invite_users{with:users} SET email = r.row_email {from:users} \
     WHERE id = r.row_id AND email = r.row_name";

const OF_INVITES: &str = "SELECT id, space_id, email, slot FROM invites \
     WHERE email IS NOT NULL AND id > :after ORDER BY id LIMIT :page";

/// An invite that is closed meanwhile holds no slot.
const SET_OF_INVITES: &str = "UPDATE invites{with:canonical} SET email = r.row_email, \
     slot = CASE WHEN slot IS NULL THEN NULL ELSE r.row_slot END {from:canonical} \
     WHERE id = r.row_id AND email = r.row_before";

/// Writes every address in its canonical form, if the database is from before
/// the migration of that name.
///
/// Two live invitations of a space whose addresses turn out to be the same both
/// stay valid: the second keeps the slot that it has.
pub(crate) async fn canonicalise(db: &Db) -> Result<()> {
    let applied = applied_versions(db).await?;
    let pending = of(db.engine()).iter().filter(|migration| !applied.contains(&migration.version));
    let is_pending = pending.into_iter().any(|migration| migration.description == MIGRATION);
    if !is_pending || !applied.contains(&INVITES) {
        return Ok(());
    }
    let mut after = String::new();
    while let Some(last) = page_of_users(db, &after).await? {
        after = last;
    }
    let mut after = Uuid::nil();
    while let Some(last) = page_of_invites(db, after).await? {
        after = last;
    }
    Ok(())
}

/// The canonical form of a stored address, if it is another.
fn changed(row: &Row) -> Result<Option<(String, String)>> {
    let before = row.text("email")?;
    let address = canonical_address(&before).ok().filter(|address| *address != before);
    Ok(address.map(|address| (before, address)))
}

async fn page_of_users(db: &Db, after: &str) -> Result<Option<String>> {
    let args = [("after", after.into()), ("page", PAGE.into())];
    let rows = reading!(db, |session| { session.all(USERS, &args).await })?;
    let mut users = Vec::new();
    for row in &rows {
        if let Some((before, address)) = changed(row)? {
            users.push((row.text("id")?, before, address));
        }
    }
    if !users.is_empty() {
        let cells = |user: &(String, String, String)| [&user.0, &user.1, &user.2].map(|text| Arg::from(text.as_str()));
        in_transaction!(db, |session| {
            session.with_rows(SET_OF_USERS, &row_set::USERS, (&users, cells), &[]).await
        })?;
    }
    rows.last().map(|row| row.text("id")).transpose()
}

/// An invite with its address as it was and as it is to be.
struct Readdressed {
    id: Uuid,
    before: String,
    address: String,
    /// The slot that it holds, if any.
    slot: Option<String>,
    /// The slot that it is to hold.
    wanted: Option<String>,
}

async fn page_of_invites(db: &Db, after: Uuid) -> Result<Option<Uuid>> {
    let args = [("after", after.into()), ("page", PAGE.into())];
    let rows = reading!(db, |session| { session.all(OF_INVITES, &args).await })?;
    let mut found = Vec::new();
    for row in &rows {
        let Some((before, address)) = changed(row)? else { continue };
        let wanted = invite::slot(false, &row.text("space_id")?, Some(&address));
        found.push(Readdressed { id: row.id("id")?, before, address, slot: row.maybe_text("slot")?, wanted });
    }
    if !found.is_empty() {
        in_transaction!(db, |session| { readdress(session, &found).await })?;
    }
    rows.last().map(|row| row.id("id")).transpose()
}

async fn readdress(session: &mut Session, found: &[Readdressed]) -> Result<u64> {
    let wanted: Vec<&str> = found.iter().filter_map(|invite| invite.wanted.as_deref()).collect();
    let mut taken: HashSet<String> = invites::taken_slots(session, &wanted).await?.into_iter().collect();
    let mut rows = Vec::with_capacity(found.len());
    for invite in found {
        // Only a slot that it holds is given up for another.
        let slot = match (&invite.slot, &invite.wanted) {
            (Some(_), Some(wanted)) if taken.insert(wanted.clone()) => Some(wanted),
            (held, _) => held.as_ref(),
        };
        rows.push((invite, slot));
    }
    let cells = |(invite, slot): &(&Readdressed, Option<&String>)| {
        [
            Arg::from(invite.id),
            Arg::from(invite.before.as_str()),
            Arg::from(invite.address.as_str()),
            Arg::from(slot.map(String::as_str)),
        ]
    };
    session.with_rows(SET_OF_INVITES, &row_set::CANONICAL, (&rows, cells), &[]).await
}
