//! Converts the addresses of an older database to their canonical form, which SQL cannot do since
//! domains become Punycode.
//!
//! This runs before the migration `canonical addresses` is applied. Canonical addresses stay
//! unchanged, so an interrupted conversion is repeated as a whole.

use std::collections::HashSet;

use uuid::Uuid;

use crate::error::Result;
use crate::model::invite;
use crate::store::db::database::Db;
use crate::store::db::migrate::migrations;
use crate::store::db::row::Row;
use crate::store::db::schema_state::applied_versions;
use crate::store::db::session::Session;
use crate::store::db::transaction::{in_transaction, reading};
use crate::store::dialect::arg::Arg;
use crate::store::dialect::shapes;
use crate::store::dialect::{Sql, sql};
use crate::text::canonical_address;

/// The description of the migration that this conversion belongs to.
const MIGRATION: &str = "canonical addresses";

/// The migration that created the last of the tables with addresses.
const INVITES: i64 = 5;

/// Number of rows per transaction.
const PAGE: i64 = 1_000;

const USERS: Sql =
    sql!("SELECT id, email FROM invite_users WHERE email IS NOT NULL AND id > :after ORDER BY id LIMIT :page");

const SET_OF_USERS: Sql = sql!(
    "UPDATE invite_users{with:users} SET email = r.row_email {from:users} \
     WHERE id = r.row_id AND email = r.row_name"
);

const OF_INVITES: Sql = sql!(
    "SELECT id, space_id, email, slot FROM invites \
     WHERE email IS NOT NULL AND id > :after ORDER BY id LIMIT :page"
);

/// An invite that was closed meanwhile holds no slot.
const SET_OF_INVITES: Sql = sql!(
    "UPDATE invites{with:canonical} SET email = r.row_email, \
     slot = CASE WHEN slot IS NULL THEN NULL ELSE r.row_slot END {from:canonical} \
     WHERE id = r.row_id AND email = r.row_before"
);

/// Converts every address to its canonical form if the migration `canonical addresses` is pending.
///
/// If the addresses of two open invitations of a space become equal, both stay valid, and the
/// second keeps its old slot.
pub(crate) async fn canonicalise(db: &Db) -> Result<()> {
    let applied = applied_versions(db).await?;
    let pending = migrations::of_engine(db.engine()).iter().filter(|migration| !applied.contains(&migration.version));
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

/// Returns the stored address and its canonical form, if they differ.
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
        in_transaction!(db, |session| { session.with_rows(SET_OF_USERS, &shapes::USERS, (&users, cells), &[]).await })?;
    }
    rows.last().map(|row| row.text("id")).transpose()
}

/// An invite with its stored and its canonical address.
struct AddressChange {
    id: Uuid,
    before: String,
    address: String,
    /// The slot that the invite holds, if any.
    slot: Option<String>,
    /// The slot for the canonical address.
    wanted: Option<String>,
}

async fn page_of_invites(db: &Db, after: Uuid) -> Result<Option<Uuid>> {
    let args = [("after", after.into()), ("page", PAGE.into())];
    let rows = reading!(db, |session| { session.all(OF_INVITES, &args).await })?;
    let mut found = Vec::new();
    for row in &rows {
        let Some((before, address)) = changed(row)? else { continue };
        let wanted = invite::slot(false, &row.text("space_id")?, Some(&address));
        found.push(AddressChange { id: row.id("id")?, before, address, slot: row.maybe_text("slot")?, wanted });
    }
    if !found.is_empty() {
        in_transaction!(db, |session| { readdress(session, &found).await })?;
    }
    rows.last().map(|row| row.id("id")).transpose()
}

async fn readdress(session: &mut Session, found: &[AddressChange]) -> Result<u64> {
    let wanted: Vec<&str> = found.iter().filter_map(|invite| invite.wanted.as_deref()).collect();
    let mut taken: HashSet<String> = taken_slots(session, &wanted).await?;
    let mut rows = Vec::with_capacity(found.len());
    for invite in found {
        // An invite without a slot does not get one.
        let slot = match (&invite.slot, &invite.wanted) {
            (Some(_), Some(wanted)) if taken.insert(wanted.clone()) => Some(wanted),
            (held, _) => held.as_ref(),
        };
        rows.push((invite, slot));
    }
    let cells = |(invite, slot): &(&AddressChange, Option<&String>)| {
        [
            Arg::from(invite.id),
            Arg::from(invite.before.as_str()),
            Arg::from(invite.address.as_str()),
            Arg::from(slot.map(String::as_str)),
        ]
    };
    session.with_rows(SET_OF_INVITES, &shapes::CANONICAL, (&rows, cells), &[]).await
}

const TAKEN_SLOTS: Sql = sql!("SELECT slot FROM invites{by:slot} WHERE slot {in_texts:list}");

/// Returns the slots among these that an invite holds.
async fn taken_slots(session: &mut Session, slots: &[&str]) -> Result<HashSet<String>> {
    let rows = session.all(TAKEN_SLOTS, &[("list", Arg::texts(slots))]).await?;
    rows.iter().map(|row| row.text("slot")).collect()
}
