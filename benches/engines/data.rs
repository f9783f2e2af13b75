//! The data that is worked on, laid by the engine itself.

use crate::place::{Engine, Place};
use crate::sql::LAID;

/// How many invites a space has in a list.
pub const INVITES_A_SPACE: u64 = 10;

/// How long ago the invites that are purged were closed, in seconds.
const CLOSED: i64 = -100 * 86_400;

/// The id of a space: `space-0000001`.
pub fn space_id(engine: Engine, number: &str) -> String {
    format!("'space-' || {}", engine.padded(number, 8))
}

/// Lays so many spaces of a policy.
pub fn spaces(place: &Place, count: u64, policy: &str) {
    let engine = place.engine;
    place.ask(&format!(
        "INSERT INTO invite_spaces (id, policy, name, created_at, changed_op) \
         SELECT {id}, '{policy}', 'The space of team ' || n, {at}, {op} FROM {numbers};",
        id = space_id(engine, "n"),
        at = engine.at("0"),
        op = engine.id(LAID),
        numbers = engine.numbers(count),
    ));
}

/// What invites are laid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Life {
    /// All are past their end, and not closed yet.
    Expired,
    /// All were closed long ago.
    Closed,
    /// A part is past its end, a part closed, a part used.
    Mixed,
}

/// Lays so many invites over a tenth as many spaces. A third has a limit of
/// uses; every tenth is bound to an address and holds the slot of it.
pub fn invites(place: &Place, count: u64, life: Life) {
    let engine = place.engine;
    spaces(place, (count / INVITES_A_SPACE).max(1), "container");
    let last =
        |each: u64, value: &str, otherwise: &str| format!("CASE WHEN n % {each} = 0 THEN {value} ELSE {otherwise} END");
    let space = space_id(engine, &format!("(n % {}) + 1", (count / INVITES_A_SPACE).max(1)));
    let slot = match life {
        Life::Expired | Life::Mixed => {
            last(10, &format!("'email:' || {space} || ':user' || n || '@example.org'"), "NULL")
        }
        Life::Closed => "NULL".to_owned(),
    };
    let soon = engine.at("86400 * 30");
    let past = engine.at("-3600");
    let (expires, closed_at, reason, closed_op, uses) = match life {
        Life::Expired => {
            (past, null(engine, Null::Time), null(engine, Null::Text), null(engine, Null::Id), "0".to_owned())
        }
        Life::Closed => {
            let closed = engine.at(&CLOSED.to_string());
            (closed.clone(), closed, "'expired'".to_owned(), engine.id(LAID), "0".to_owned())
        }
        Life::Mixed => {
            let expires = last(2, &soon, &null(engine, Null::Time));
            let closed =
                |value: &str, kind| last(7, value, &null(engine, kind)).replace("n % 7 =", "n % 10 <> 0 AND n % 7 =");
            (
                expires,
                closed(&past, Null::Time),
                closed("'revoked'", Null::Text),
                closed(&engine.id(LAID), Null::Id),
                last(4, "1", "0"),
            )
        }
    };
    place.ask(&format!(
        "INSERT INTO invites (id, space_id, role, code, code_key, email, created_by, created_at, expires_at, max_uses, \
         uses, closed_at, closed_reason, closed_op, slot, created_op) \
         SELECT {id}, {space}, 'member', {code}, {code}, {email}, 'user-' || (n % 1000), {made}, {expires}, {max}, \
         {uses}, {closed_at}, {reason}, {closed_op}, {slot}, {op} FROM {numbers};",
        id = engine.id_of("n"),
        code = engine.code_of("n"),
        email = last(10, "'user' || n || '@example.org'", "NULL"),
        made = engine.at("-86400 * 120"),
        max = last(3, "5", "NULL"),
        op = engine.id(LAID),
        numbers = engine.numbers(count),
    ));
}

/// What is missing.
#[derive(Clone, Copy)]
enum Null {
    Time,
    Text,
    Id,
}

/// PostgreSQL wants to know what is missing.
fn null(engine: Engine, kind: Null) -> String {
    match (engine, kind) {
        (Engine::Postgres, Null::Time) => "NULL::timestamptz".to_owned(),
        (Engine::Postgres, Null::Id) => "NULL::uuid".to_owned(),
        (_, _) => "NULL".to_owned(),
    }
}
