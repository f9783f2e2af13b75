//! Clauses that name one table, in the SQL of each engine.

use crate::store::engine::Engine;

/// Prevents the deletion of one table's rows in a join until the transaction ends. A row set has no
/// rows to lock.
pub(crate) fn share_of(engine: Engine, table: &str) -> String {
    match engine {
        Engine::Sqlite => String::new(),
        Engine::Postgres => format!("FOR KEY SHARE OF {table}"),
        // The first comment is for MariaDB, the second for MySQL.
        Engine::Mysql => format!("/*M! LOCK IN SHARE MODE */ /*!80017 FOR SHARE OF {table} */"),
    }
}

/// Updates the name and address of a known user, preferring the newer or the older values.
pub(crate) fn on_known(engine: Engine, newer_wins: bool) -> String {
    let (start, new) = match engine {
        Engine::Mysql => ("ON DUPLICATE KEY UPDATE", ["VALUES(name)", "VALUES(email)"]),
        _ => ("ON CONFLICT (id) DO UPDATE SET", ["excluded.name", "excluded.email"]),
    };
    let old = ["invite_users.name", "invite_users.email"];
    let ([name, email], [or_name, or_email]) = if newer_wins { (new, old) } else { (old, new) };
    format!("{start} name = coalesce({name}, {or_name}), email = coalesce({email}, {or_email})")
}
