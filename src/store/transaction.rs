//! The one wrapper for writes: begin, run, commit or roll back.

/// Runs a block in one write transaction: `in_transaction!(db, |session| { ... })`.
/// The block has no side effects but those of its statements, so that an engine
/// that asks for it can run the whole again.
///
/// A macro and not a function with a closure: the future stays `Send`, which
/// async closures that borrow cannot promise today.
macro_rules! in_transaction {
    ($db:expr, |$session:ident| $body:block) => {{
        let mut session = $db.begin().await?;
        let $session = &mut session;
        let outcome = async { $body }.await;
        session.settle(outcome).await
    }};
}
pub(crate) use in_transaction;
