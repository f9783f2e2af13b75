//! Test data: about 100,000 rows in every table, which the engine itself generates from one text
//! for all engines.

use uuid::Uuid;

use crate::store::{Db, Engine, explain};

/// Number of rows per table.
pub(crate) const ROWS: i64 = 100_000;

/// The fixed instant of the services in these tests, in seconds.
pub(crate) const NOON: i64 = 1_790_000_000;

/// Seven in ten spaces have a policy with standing codes; the other three policies have one space
/// each.
const SPACES: &str = "INSERT INTO invite_spaces (id, policy, name, created_at, changed_op) {numbers} \
     SELECT 's' || {pad n}, CASE n % 10 WHEN 7 THEN 'tree' WHEN 8 THEN 'director' WHEN 9 THEN 'container' \
     ELSE 'space' END, 'Space ' || {pad n}, {time NOON - 90000000}, {id 1 n} FROM numbers";

const USERS: &str = "INSERT INTO invite_users (id, name, email, created_at) {numbers} \
     SELECT 'u' || {pad n}, 'User ' || {pad n}, 'u' || {pad n} || '@example.org', {time NOON - 90000000} FROM numbers";

/// Each space has one member, and each user is in one space.
const MEMBERS: &str = "INSERT INTO invite_members (space_id, user_id, role, joined_at) {numbers} \
     SELECT 's' || {pad n}, 'u' || {pad n}, CASE n % 10 WHEN 7 THEN 'custodian' WHEN 8 THEN 'director' \
     WHEN 9 THEN 'admin' ELSE 'owner' END, {time NOON - 90000000} FROM numbers";

const OPERATIONS: &str = "INSERT INTO invite_operations (id, at, finished_at, operator, command, changed) {numbers} \
     SELECT {id 1 n}, {time NOON - 90000000 + n}, {time NOON - 90000000 + n}, 'tester', 'generate', 1 FROM numbers";

/// One invite per space. `life` is 0 to 99 for every policy: below 46 closed, within the last year
/// or so; 46 expired and not closed yet; 47 used up without being closed, by another program; 48
/// replaced, within its grace period; the others open. Some of the open ones wait to be sent. In
/// the spaces of the first policy, those from 70 on are standing codes; those with 47 were, and still
/// hold their slots.
const INVITES: &str = "INSERT INTO invites (id, space_id, role, code, code_key, email, note, created_by, created_at, \
     expires_at, max_uses, uses, closed_at, closed_reason, closed_op, slot, send_after, created_op) {numbers} \
     SELECT {id 2 n}, 's' || {pad n}, CASE kind WHEN 7 THEN 'viewer' WHEN 8 THEN 'actor' ELSE 'member' END, \
     CASE kind WHEN 7 THEN NULL ELSE {mixed n} END, \
     CASE kind WHEN 7 THEN lower({mixed n} || {mixed n} || {mixed n} || {mixed n}) ELSE {mixed n} END, \
     CASE kind WHEN 7 THEN 'p' || {pad n} || '@example.org' END, CASE WHEN n % 50 = 0 THEN 'for ' || {pad n} END, \
     CASE WHEN kind > 6 THEN 'u' || {pad n} END, {time NOON - 90000000 + n}, \
     CASE WHEN life = 46 THEN {time NOON - 60 * (n % 1000)} WHEN kind IN (7, 8) THEN {time NOON + 3600 + n} END, \
     CASE WHEN kind IN (7, 8) OR life = 47 THEN 1 WHEN kind = 9 THEN 5 END, \
     CASE WHEN life = 47 OR life % 4 = 1 AND life < 46 THEN 1 ELSE 0 END, \
     CASE WHEN life < 46 THEN {time NOON - 300 * n} WHEN life = 48 THEN {time NOON + 3600} END, \
     CASE WHEN life = 48 THEN 'replaced' WHEN life > 45 THEN NULL WHEN life % 4 = 0 THEN 'revoked' \
     WHEN life % 4 = 1 THEN 'used_up' WHEN life % 4 = 2 THEN 'expired' ELSE 'replaced' END, \
     CASE WHEN life < 46 OR life = 48 THEN {id 1 n} END, \
     CASE WHEN kind < 7 AND (life = 47 OR life >= 70) THEN 'standing:s' || {pad n} END, \
     CASE WHEN kind = 7 AND life IN (50, 51) THEN {time NOON - 60} WHEN kind = 7 AND life = 52 THEN {time NOON + 60} END, \
     {id 1 n} FROM (SELECT n, n % 10 AS kind, (n - n % 10) / 10 % 100 AS life FROM numbers) AS numbered";

const USES: &str = "INSERT INTO invite_uses (id, invite_id, user_id, role, used_at, operation_id) {numbers} \
     SELECT {id 3 n}, {id 2 n}, 'u' || {pad n}, 'member', {time NOON - 80000000 + n}, {id 1 n} FROM numbers";

const CHANGES: &str = "INSERT INTO invite_changes (operation_id, invite_id, field, after_value) {numbers} \
     SELECT {id 1 n}, {id 2 n}, 'expires_at', '2030-01-01T00:00:00Z' FROM numbers";

/// One in 500 counters belongs to a past window.
const LIMITS: &str = "INSERT INTO invite_limits (bucket, window_start, hits) {numbers} \
     SELECT CASE n % 2 WHEN 0 THEN 'validate' ELSE 'use' END || ':director:c' || {pad n}, \
     {time HOUR - 3600 * CASE n % 500 WHEN 0 THEN 1 ELSE 0 END}, 3 FROM numbers";

/// Odd, so that different numbers below 2^32 stay different.
const MIXER: i64 = 2_654_435_761;

const TABLES: [&str; 8] = [SPACES, USERS, MEMBERS, OPERATIONS, INVITES, USES, CHANGES, LIMITS];

/// Fills the tables of an empty database, and updates the statistics of engines that do so
/// automatically sooner or later.
pub(crate) async fn fill(db: &Db) {
    let engine = db.engine();
    if engine == Engine::Mysql {
        // The name on MariaDB and the name on MySQL, each executed only by its server.
        let limit = "/*M! max_recursive_iterations */ /*!80017 cte_max_recursion_depth */";
        explain::run(db, format!("SET SESSION {limit} = {ROWS}")).await;
    }
    for table in TABLES {
        explain::run(db, words(engine, table)).await;
    }
    let names = explain::TABLES.join(", ");
    match engine {
        // SQLite never updates statistics by itself.
        Engine::Sqlite => {}
        Engine::Postgres => explain::run(db, format!("ANALYZE {names}")).await,
        Engine::Mysql => explain::run(db, format!("ANALYZE TABLE {names}")).await,
    }
}

/// Returns the code of an invite, or the beginning of its fingerprint, by its number.
pub(crate) fn code(number: i64) -> String {
    format!("{:08X}", number * MIXER % (1 << 32))
}

/// Returns the ID of an invite by its number.
pub(crate) fn invite(number: i64) -> Uuid {
    Uuid::parse_str(&format!("{number:08x}-0000-7000-8000-000000000002")).unwrap()
}

/// Returns the ID of an operation by its number.
pub(crate) fn operation(number: i64) -> Uuid {
    Uuid::parse_str(&format!("{number:08x}-0000-7000-8000-000000000001")).unwrap()
}

/// Replaces the fragments of a text by the SQL of an engine.
fn words(engine: Engine, text: &str) -> String {
    let mut whole = String::new();
    let mut rest = text;
    while let Some((before, behind)) = rest.split_once('{') {
        let (name, tail) = behind.split_once('}').expect("every bracket is closed");
        whole.push_str(before);
        whole.push_str(&word(engine, name));
        rest = tail;
    }
    whole + rest
}

fn word(engine: Engine, name: &str) -> String {
    match name.split_once(' ').unwrap_or((name, "")) {
        ("numbers", _) => {
            format!("WITH RECURSIVE numbers (n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM numbers WHERE n + 1 < {ROWS})")
        }
        ("time", seconds) => {
            let seconds =
                seconds.replace("NOON", &NOON.to_string()).replace("HOUR", &(NOON - NOON % 3_600).to_string());
            match engine {
                Engine::Sqlite => format!("({seconds}) * 1000000"),
                Engine::Postgres => format!("to_timestamp({seconds})"),
                Engine::Mysql => format!("TIMESTAMP'1970-01-01 00:00:00' + INTERVAL ({seconds}) SECOND"),
            }
        }
        ("pad", number) => match engine {
            Engine::Sqlite => format!("printf('%06d', {number})"),
            Engine::Postgres => format!("lpad(({number})::text, 6, '0')"),
            Engine::Mysql => format!("lpad({number}, 6, '0')"),
        },
        // As for real codes, consecutive values are far apart.
        ("mixed", number) => format!("upper({})", hexadecimal(engine, &format!("({number} * {MIXER} % 4294967296)"))),
        ("id", kind_and_number) => {
            let (kind, number) = kind_and_number.split_once(' ').expect("a kind and a number");
            let text = format!("({} || '-0000-7000-8000-00000000000{kind}')", hexadecimal(engine, number));
            if engine == Engine::Postgres { format!("{text}::uuid") } else { text }
        }
        (other, _) => unreachable!("there is no word {other:?}"),
    }
}

/// Formats a number as eight hexadecimal digits.
fn hexadecimal(engine: Engine, number: &str) -> String {
    match engine {
        Engine::Sqlite => format!("printf('%08x', {number})"),
        Engine::Postgres => format!("lpad(to_hex(({number})::bigint), 8, '0')"),
        Engine::Mysql => format!("lpad(lower(hex({number})), 8, '0')"),
    }
}
