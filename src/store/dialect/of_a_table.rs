//! What concerns one table among several, in each engine's words.

use crate::store::dialect::Engine;

/// Locks the rows of one table of several until the transaction ends, so that they are
/// not removed. A table that is made of a list has no rows to lock.
pub(crate) fn share_of(engine: Engine, table: &str) -> String {
    match engine {
        Engine::Sqlite => String::new(),
        Engine::Postgres => format!("FOR KEY SHARE OF {table}"),
        // The first is MariaDB's, the second MySQL's.
        Engine::Mysql => format!("/*M! LOCK IN SHARE MODE */ /*!80017 FOR SHARE OF {table} */"),
    }
}

/// Updates what is known of a user: the newer values win, or the older.
pub(crate) fn on_known(engine: Engine, newer_wins: bool) -> String {
    let (start, new) = match engine {
        Engine::Mysql => ("ON DUPLICATE KEY UPDATE", ["VALUES(name)", "VALUES(email)"]),
        _ => ("ON CONFLICT (id) DO UPDATE SET", ["excluded.name", "excluded.email"]),
    };
    let old = ["invite_users.name", "invite_users.email"];
    let ([name, email], [or_name, or_email]) = if newer_wins { (new, old) } else { (old, new) };
    format!("{start} name = coalesce({name}, {or_name}), email = coalesce({email}, {or_email})")
}
