//! Numbers of codes that are built from a name: which are taken, and reusing the number of a code
//! that has been invalid for long.

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::error::Result;
use crate::model::code::odds::{Group, GroupCodes};
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};
use crate::store::tables::invites::guards::OPEN;

/// Active, or not yet invalid for long enough to reuse the number.
const KEPT: Sql = sql!("(closed_at IS NULL OR closed_at > :before) AND (expires_at IS NULL OR expires_at > :before)");

const COUNTED: Sql = sql!("SELECT length(code_key) AS key_length, count(CASE WHEN ");
const OF_POLICY: Sql =
    sql!(" AND EXISTS (SELECT 1 FROM invite_spaces AS s WHERE s.id = invites.space_id AND s.policy = :policy)");
const BEHIND: Sql = sql!(" FROM invites WHERE code_key >= :low AND code_key < :high");
const BY_LENGTH: Sql = sql!(" GROUP BY length(code_key)");

/// The instants that decide about a number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Instants {
    pub now: DateTime<Utc>,
    /// Numbers of codes that were invalid at this instant may be reused.
    pub before: DateTime<Utc>,
}

fn args(policy: &str, group: &Group, at: Instants) -> Vec<(&'static str, Arg)> {
    let (low, high) = group.key_range();
    vec![
        ("policy", policy.into()),
        ("low", low.into()),
        ("high", high.into()),
        ("now", at.now.into()),
        ("before", at.before.into()),
    ]
}

/// Counts the codes of a policy with a group's prefix, by the length of their keys. Lengths without
/// codes are left out.
pub(crate) async fn standings(
    session: &mut Session,
    policy: &str,
    group: &Group,
    at: Instants,
) -> Result<Vec<(i64, GroupCodes)>> {
    let statement = Statement::from(COUNTED)
        .push(KEPT)
        .push(sql!(" THEN 1 END) AS kept, count(CASE WHEN "))
        .push(OPEN)
        .push(OF_POLICY)
        .push(sql!(" THEN 1 END) AS active, min(CASE WHEN "))
        .push(OPEN)
        .push(OF_POLICY)
        .push(sql!(" THEN created_at END) AS oldest, min(CASE WHEN "))
        .push(KEPT)
        .push(OF_POLICY)
        .push(sql!(" THEN created_at END) AS oldest_kept"))
        .push(BEHIND)
        .push(BY_LENGTH);
    let rows = session.all(statement, &args(policy, group, at)).await?;
    rows.iter()
        .map(|row| {
            let active = row.int("active")?;
            let standing = GroupCodes {
                active,
                held: row.int("kept")? - active,
                oldest: row.maybe_time("oldest")?,
                oldest_kept: row.maybe_time("oldest_kept")?,
            };
            Ok((row.int("key_length")?, standing))
        })
        .collect()
}

/// Counts the codes of a group.
pub(crate) async fn standing(session: &mut Session, policy: &str, group: &Group, at: Instants) -> Result<GroupCodes> {
    let all = standings(session, policy, group, at).await?;
    Ok(all.into_iter().find(|(length, _)| *length == group.key_length()).map(|(_, it)| it).unwrap_or_default())
}

/// Returns the keys of a group whose numbers may not be reused.
pub(crate) async fn kept_keys(session: &mut Session, group: &Group, at: Instants) -> Result<Vec<String>> {
    let statement = Statement::from(sql!("SELECT code_key"))
        .push(BEHIND)
        .push(sql!(" AND length(code_key) = :length AND "))
        .push(KEPT);
    let (low, high) = group.key_range();
    let values = &[
        ("low", low.into()),
        ("high", high.into()),
        ("length", group.key_length().into()),
        ("before", at.before.into()),
    ];
    session.all(statement, values).await?.iter().map(|row| row.text("code_key")).collect()
}

/// Columns that others depend on are set last, since some engines read the new values. The new key
/// contains lower-case letters, which no normalized code does.
const RETIRE: Sql = sql!(
    "UPDATE invites{by:code_key}{many} SET \
     closed_reason = CASE WHEN closed_at IS NOT NULL THEN closed_reason WHEN uses >= max_uses THEN 'used_up' \
     ELSE 'expired' END, \
     closed_op = CASE WHEN closed_at IS NOT NULL THEN closed_op ELSE :operation END, \
     closed_at = CASE WHEN closed_at IS NOT NULL THEN closed_at ELSE :now END, \
     slot = NULL, code_key = concat('~', code_key, '~old-', id) \
     WHERE code_key {in_texts:list} AND (closed_at <= :before OR expires_at <= :before) AND id <> :except"
);

/// Takes these keys from codes that have been invalid for long, and closes those that no cleanup
/// has closed. A lookup then finds only the new holder of the key. The invite `except` keeps its
/// key.
pub(crate) async fn retire(
    session: &mut Session,
    keys: &[&str],
    except: Option<Uuid>,
    at: Instants,
    operation: Uuid,
) -> Result<u64> {
    let values = &[
        ("list", Arg::texts(keys)),
        ("except", except.unwrap_or_default().into()),
        ("now", at.now.into()),
        ("before", at.before.into()),
        ("operation", operation.into()),
    ];
    session.exec(RETIRE, values).await
}
