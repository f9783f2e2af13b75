//! Lookup of invites by code, link, ID, fingerprint, slot and key.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::model::code::{Code, CodeKey};
use crate::model::invite::{Closed, ClosedReason, Invite};
use crate::model::reference::{Reference, candidate_keys};
use crate::store::db::row::Row;
use crate::store::db::row_reader::{ColumnReader, RowReader};
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};

/// The columns in the order in which [`take`] reads them.
pub(crate) const COLUMNS: Sql = sql!(
    "i.id, i.space_id, s.name, s.policy, i.role, i.code, i.code_key, i.email, \
     i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason, \
     i.sends, i.resends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op, s.removed_at"
);

pub(crate) const FROM: Sql = sql!(" FROM {invites AS i}");

pub(crate) const OF_SPACE: Sql = sql!(" JOIN {invite_spaces AS s} ON s.id = i.space_id ");

/// Selects an invite with the name and the policy of its space.
pub(crate) const SELECT: [Sql; 4] = [sql!("SELECT "), COLUMNS, FROM, OF_SPACE];

/// Returns the invite that a reference names, in any state.
///
/// # Errors
/// [`Error::Invalid`] for an ambiguous fingerprint.
pub(crate) async fn find(session: &mut Session, reference: &Reference) -> Result<Option<Invite>> {
    let start = Statement::from(SELECT);
    let rows = match reference {
        Reference::Id(id) => session.all(start.push(sql!("WHERE i.id = :id")), &[("id", (*id).into())]).await?,
        Reference::Code(code) => {
            let [text, hash] = candidate_keys(code);
            let keys = &[("text", text.as_str().into()), ("hash", hash.as_str().into())];
            session.all(start.push(sql!("WHERE i.code_key IN (:text, :hash)")), keys).await?
        }
        Reference::Fingerprint(digits) => {
            // The digits are hexadecimal, and g follows f.
            let range = &[("low", digits.as_str().into()), ("high", format!("{digits}g").into())];
            let tail = sql!("WHERE i.code_key >= :low AND i.code_key < :high AND i.code IS NULL LIMIT 2");
            session.all(start.push(tail), range).await?
        }
    };
    if let Reference::Fingerprint(digits) = reference
        && rows.len() > 1
    {
        return Err(Error::invalid(format!("several invites have the fingerprint #{digits}"))
            .with_hint("write the full ID, which invite list -o json shows"));
    }
    let mut found = rows.iter().map(read).collect::<Result<Vec<Invite>>>()?;
    if let Reference::Code(code) = reference {
        // The text itself takes precedence over the hash of the same text.
        let [text, _] = candidate_keys(code);
        found.sort_by_key(|invite| invite.code_key != text);
    }
    Ok(found.into_iter().next())
}

/// Returns the invite that a reference names.
///
/// # Errors
/// [`Error::NotFound`] with the wording of the first system, without the code.
pub(crate) async fn get(session: &mut Session, reference: &Reference) -> Result<Invite> {
    find(session, reference).await?.ok_or_else(|| not_found(reference))
}

/// Returns the error for a missing invite.
pub(crate) fn not_found(reference: &Reference) -> Error {
    if let Some(c) = reference.invalid_character() {
        return Error::not_found("no invite with this code").with_hint(format!(
            "a code contains only A-Z, a-z, 0-9, - and _, but this text contains U+{:04X}: paste only the code or the \
             link",
            u32::from(c)
        ));
    }
    match reference {
        Reference::Code(_) => Error::not_found("no invite with this code")
            .with_hint("write the whole code or link; list invites: invite list"),
        other => Error::not_found(format!("no invite with {}", other.described()))
            .with_hint("list invites: invite list --all -o wide"),
    }
}

/// Returns the invites that references name, in their order. Codes and IDs take one statement each.
pub(crate) async fn find_many(session: &mut Session, references: &[Reference]) -> Result<Vec<Result<Invite>>> {
    let (mut keys, mut ids) = (Vec::new(), Vec::new());
    for reference in references {
        match reference {
            Reference::Code(code) => keys.extend(candidate_keys(code)),
            Reference::Id(id) => ids.push(*id),
            Reference::Fingerprint(_) => {}
        }
    }
    let texts: Vec<&str> = keys.iter().map(CodeKey::as_str).collect();
    let by_key = Statement::from([
        sql!("SELECT "),
        COLUMNS,
        sql!(" FROM {invites AS i:code_key}"),
        OF_SPACE,
        sql!("WHERE i.code_key {in_texts:list}"),
    ]);
    let by_id = Statement::from([
        sql!("SELECT "),
        COLUMNS,
        sql!(" FROM {invites AS i:PRIMARY}"),
        OF_SPACE,
        sql!("WHERE i.id {in_ids:list}"),
    ]);
    let mut rows = session.all(by_key, &[("list", Arg::texts(&texts))]).await?;
    rows.extend(session.all(by_id, &[("list", Arg::ids(&ids))]).await?);
    let found = rows.iter().map(read).collect::<Result<Vec<Invite>>>()?;
    let by_key: HashMap<&CodeKey, &Invite> = found.iter().map(|invite| (&invite.code_key, invite)).collect();
    let by_id: HashMap<Uuid, &Invite> = found.iter().map(|invite| (invite.id, invite)).collect();
    let mut answers = Vec::with_capacity(references.len());
    for reference in references {
        let invite = match reference {
            Reference::Id(id) => by_id.get(id).copied().cloned(),
            Reference::Code(code) => candidate_keys(code).iter().find_map(|key| by_key.get(key).copied().cloned()),
            Reference::Fingerprint(_) => match find(session, reference).await {
                Err(error @ Error::Invalid(_)) => {
                    answers.push(Err(error));
                    continue;
                }
                other => other?,
            },
        };
        answers.push(invite.ok_or_else(|| not_found(reference)));
    }
    Ok(answers)
}

/// Returns the replaced codes of a space with a grace period beyond an instant.
pub(crate) async fn graced(session: &mut Session, space: &str, beyond: DateTime<Utc>) -> Result<Vec<Invite>> {
    let tail = sql!("WHERE i.space_id = :space AND i.closed_reason = 'replaced' AND i.closed_at > :beyond");
    let values = &[("space", space.into()), ("beyond", beyond.into())];
    session.all(Statement::from(SELECT).push(tail), values).await?.iter().map(read).collect()
}

/// Returns the invite that holds a slot, if any.
pub(crate) async fn find_by_slot(session: &mut Session, slot: &str) -> Result<Option<Invite>> {
    let row =
        session.maybe_one(Statement::from(SELECT).push(sql!("WHERE i.slot = :slot")), &[("slot", slot.into())]).await?;
    row.map(|row| read(&row)).transpose()
}

const ID_OF_KEY: Sql = sql!("SELECT id FROM {invites} WHERE code_key = :key");

/// Returns the ID of the invite with this key.
pub(crate) async fn id_of_key(session: &mut Session, key: &CodeKey) -> Result<Option<Uuid>> {
    session.maybe_one(ID_OF_KEY, &[("key", key.as_str().into())]).await?.map(|row| row.id("id")).transpose()
}

const HOLDERS: Sql = sql!("SELECT code_key, space_id, slot FROM invites{by:code_key} WHERE code_key {in_texts:list}");

/// Returns, by key, the space and the slot of the invite with that key.
pub(crate) async fn holders(
    session: &mut Session,
    keys: &[&CodeKey],
) -> Result<HashMap<CodeKey, (String, Option<String>)>> {
    let texts: Vec<&str> = keys.iter().map(|key| key.as_str()).collect();
    let rows = session.all(HOLDERS, &[("list", Arg::texts(&texts))]).await?;
    let read = |row: &Row| Ok((CodeKey::new(row.text("code_key")?), (row.text("space_id")?, row.maybe_text("slot")?)));
    rows.iter().map(read).collect()
}

const IS_CREATOR: Sql = sql!(
    "SELECT CASE WHEN EXISTS (SELECT 1 FROM {invites} WHERE space_id = :space AND created_by = :user) \
     THEN 1 ELSE 0 END AS made"
);

/// Returns true if a user created any invite of a space.
pub(crate) async fn is_creator(session: &mut Session, space: &str, user: &str) -> Result<bool> {
    Ok(session.one(IS_CREATOR, &[("space", space.into()), ("user", user.into())]).await?.int("made")? == 1)
}

/// Reads the time and reason of the closing of an invite; `None` if it is open.
pub(crate) fn closed(row: &Row) -> Result<Option<Closed>> {
    closed_as(row.maybe_time("closed_at")?, row.maybe_text("closed_reason")?)
}

fn closed_as(at: Option<DateTime<Utc>>, word: Option<String>) -> Result<Option<Closed>> {
    let Some((at, word)) = at.zip(word) else { return Ok(None) };
    let reason = ClosedReason::from_word(&word)
        .ok_or_else(|| Error::database(format!("an invite is closed for an unknown reason: {word}")))?;
    Ok(Some(Closed { at, reason }))
}

/// Reads the invite of a row that begins with [`COLUMNS`].
pub(crate) fn read(row: &Row) -> Result<Invite> {
    take(&mut ColumnReader::new(row))
}

/// Reads an invite from the values of [`COLUMNS`].
pub(crate) fn take(cells: &mut impl RowReader) -> Result<Invite> {
    let id = cells.id()?;
    // The error names the row to repair.
    after_id(id, cells).map_err(|error| error.with_origin(&format!("invite {id}")))
}

fn after_id(id: Uuid, cells: &mut impl RowReader) -> Result<Invite> {
    // The fields are read in the order of the columns.
    let mut invite = Invite {
        id,
        space_id: cells.text()?,
        space_name: cells.text()?,
        policy: cells.text()?,
        role: cells.text()?,
        code: cells.maybe_text()?.map(Code::new),
        code_key: CodeKey::new(cells.text()?),
        email: cells.maybe_text()?,
        note: cells.maybe_text()?,
        created_by: cells.maybe_text()?,
        created_at: cells.time()?,
        starts_at: cells.maybe_time()?,
        expires_at: cells.maybe_time()?,
        max_uses: cells.maybe_int()?,
        uses: cells.int()?,
        closed: closed_as(cells.maybe_time()?, cells.maybe_text()?)?,
        sends: cells.int()?,
        resends: cells.int()?,
        last_sent_at: cells.maybe_time()?,
        last_send_error: cells.maybe_text()?,
        send_after: cells.maybe_time()?,
        created_op: cells.id()?,
        closed_op: cells.maybe_id()?,
    };
    if let Some(removed_at) = cells.maybe_time()? {
        invite.close_with_space(removed_at);
    }
    Ok(invite)
}
