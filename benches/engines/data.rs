//! Test data, inserted by SQL statements.

use crate::sql::SETUP_OPERATION;
use crate::testbed::{Engine, Testbed};

/// Number of invites per space.
pub const INVITES_PER_SPACE: u64 = 10;

/// Time at which purged invites were closed, in seconds from now.
const CLOSED: i64 = -100 * 86_400;

/// Returns the SQL expression of a space's ID: `space-00000001`.
pub fn space_id(engine: Engine, number: &str) -> String {
    format!("'space-' || {}", engine.padded(number, 8))
}

/// Inserts spaces of a policy.
pub fn spaces(testbed: &Testbed, count: u64, policy: &str) {
    let engine = testbed.engine;
    testbed.query(&format!(
        "INSERT INTO invite_spaces (id, policy, name, created_at, changed_op) \
         SELECT {id}, '{policy}', 'The space of team ' || n, {at}, {op} FROM {numbers};",
        id = space_id(engine, "n"),
        at = engine.at("0"),
        op = engine.id(SETUP_OPERATION),
        numbers = engine.numbers(count),
    ));
}

/// The state of inserted invites.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// All are expired but not closed.
    Expired,
    /// All were closed 100 days ago.
    Closed,
    /// Some have an expiry, some are closed, some are used.
    Mixed,
}

/// Inserts invites, ten per space. A third has a usage limit; a tenth is bound to an
/// address and has its slot.
pub fn invites(testbed: &Testbed, count: u64, state: State) {
    let engine = testbed.engine;
    spaces(testbed, (count / INVITES_PER_SPACE).max(1), "container");
    let last =
        |each: u64, value: &str, otherwise: &str| format!("CASE WHEN n % {each} = 0 THEN {value} ELSE {otherwise} END");
    let space = space_id(engine, &format!("(n % {}) + 1", (count / INVITES_PER_SPACE).max(1)));
    let slot = match state {
        State::Expired | State::Mixed => {
            last(10, &format!("'email:' || {space} || ':user' || n || '@example.org'"), "NULL")
        }
        State::Closed => "NULL".to_owned(),
    };
    let soon = engine.at("86400 * 30");
    let past = engine.at("-3600");
    let (expires, closed_at, reason, closed_op, uses) = match state {
        State::Expired => {
            (past, null(engine, Null::Time), null(engine, Null::Text), null(engine, Null::Id), "0".to_owned())
        }
        State::Closed => {
            let closed = engine.at(&CLOSED.to_string());
            (closed.clone(), closed, "'expired'".to_owned(), engine.id(SETUP_OPERATION), "0".to_owned())
        }
        State::Mixed => {
            let expires = last(2, &soon, &null(engine, Null::Time));
            let closed =
                |value: &str, kind| last(7, value, &null(engine, kind)).replace("n % 7 =", "n % 10 <> 0 AND n % 7 =");
            (
                expires,
                closed(&past, Null::Time),
                closed("'revoked'", Null::Text),
                closed(&engine.id(SETUP_OPERATION), Null::Id),
                last(4, "1", "0"),
            )
        }
    };
    testbed.query(&format!(
        "INSERT INTO invites (id, space_id, role, code, code_key, email, created_by, created_at, expires_at, max_uses, \
         uses, closed_at, closed_reason, closed_op, slot, created_op) \
         SELECT {id}, {space}, 'member', {code}, {code}, {email}, 'user-' || (n % 1000), {made}, {expires}, {max}, \
         {uses}, {closed_at}, {reason}, {closed_op}, {slot}, {op} FROM {numbers};",
        id = engine.id_of("n"),
        code = engine.code_of("n"),
        email = last(10, "'user' || n || '@example.org'", "NULL"),
        made = engine.at("-86400 * 120"),
        max = last(3, "5", "NULL"),
        op = engine.id(SETUP_OPERATION),
        numbers = engine.numbers(count),
    ));
}

/// The type of a NULL.
#[derive(Clone, Copy)]
enum Null {
    Time,
    Text,
    Id,
}

/// Returns a NULL, with a type cast for PostgreSQL, which does not infer it here.
fn null(engine: Engine, kind: Null) -> String {
    match (engine, kind) {
        (Engine::Postgres, Null::Time) => "NULL::timestamptz".to_owned(),
        (Engine::Postgres, Null::Id) => "NULL::uuid".to_owned(),
        (_, _) => "NULL".to_owned(),
    }
}
