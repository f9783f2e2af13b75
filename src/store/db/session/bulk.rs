//! Statements with many rows.

use std::sync::Arc;

use crate::error::Result;
use crate::store::db::session::handle::Session;
use crate::store::db::timeout::{NoAnswer, await_answer};
use crate::store::dialect::arg::Arg;
use crate::store::dialect::arg::Shape;
use crate::store::dialect::postgres::copy;
use crate::store::dialect::{Args, Rendered, Sql, Statement, render, render_tuples};
use crate::store::engine::Engine;
use crate::store::errors::is_load_refused;

/// Rows per statement on engines that bound its size. With the longest notes, the statement stays
/// below the usual limit of 16 MiB.
const ROWS_AT_ONCE: usize = 2_500;

/// Rows per insert: `MySQL` keeps 1,024 warnings, and each skipped row causes one.
const INSERTS_AT_ONCE: usize = 1_000;

/// Rows per statement that binds every value by itself. The engine accepts about 4,000 of the
/// widest rows.
const TUPLES_AT_ONCE: usize = 500;

/// Number of rows from which a bulk load is faster than an insert.
const WORTH_A_LOAD: usize = 200;

/// A load that meets a duplicate is undone without the rest of the transaction.
const BEGIN_LOAD: &str = "SAVEPOINT load";
const UNDO_LOAD: &str = "ROLLBACK TO SAVEPOINT load; RELEASE SAVEPOINT load";
const END_LOAD: &str = "RELEASE SAVEPOINT load";

/// A statement for a part of the rows.
struct Part {
    rendered: Rendered,
    /// Number of rows that the statement inserts, for the check of skipped rows.
    offered: usize,
}

impl Session {
    /// Runs a statement with a set of rows bound as `:rows`, one for each item; returns the number
    /// of changed rows. On engines that bound the size of a statement, it runs once per part of the
    /// rows.
    pub(crate) async fn with_rows<T, const N: usize>(
        &mut self,
        statement: Sql,
        shape: &'static Shape,
        (items, row): (&[T], impl Fn(&T) -> [Arg; N]),
        args: Args<'_>,
    ) -> Result<u64> {
        let engine = self.engine();
        let pool = Arc::clone(&self.pool);
        let statement = Statement::from(statement);
        let at_once = match engine {
            Engine::Mysql if statement.inserts() => INSERTS_AT_ONCE,
            Engine::Mysql => ROWS_AT_ONCE,
            Engine::Sqlite | Engine::Postgres => items.len().max(1),
        };
        let parts = items.chunks(at_once).map(|part| {
            let mut values = args.to_vec();
            values.push(("rows", shape.rows(part, &row)));
            // An update skips no rows.
            let offered = if statement.inserts() { part.len() } else { 0 };
            Ok(Part { rendered: render(engine, &pool.options().row_sources, &statement, &values)?, offered })
        });
        self.in_parts(parts).await
    }

    /// Inserts a row for each item, skipping those that violate a unique index; returns the number
    /// of inserted rows. Uses the fastest method of the engine.
    pub(crate) async fn load<T, const N: usize>(
        &mut self,
        insert: Sql,
        shape: &'static Shape,
        items: &[T],
        row: impl Fn(&T) -> [Arg; N],
    ) -> Result<u64> {
        match self.engine() {
            Engine::Postgres if items.len() >= WORTH_A_LOAD => self.copy(insert, shape, items, row).await,
            Engine::Mysql => {
                let whole = items.chunks_exact(TUPLES_AT_ONCE);
                let rest = whole.remainder();
                let parts =
                    whole.map(|part| Ok(Part { rendered: render_tuples(shape, part, &row), offered: part.len() }));
                let inserted = self.in_parts(parts).await?;
                Ok(inserted + self.with_rows(insert, shape, (rest, row), &[]).await?)
            }
            Engine::Postgres | Engine::Sqlite => self.with_rows(insert, shape, (items, row), &[]).await,
        }
    }

    /// Runs the parts one after the other; returns the number of changed rows. The next part is
    /// rendered while the engine runs the current one.
    async fn in_parts(&mut self, mut parts: impl Iterator<Item = Result<Part>>) -> Result<u64> {
        let mut changed = 0;
        let mut ready = parts.next();
        while let Some(part) = ready.take() {
            let Part { rendered, offered } = part?;
            let (done, next) = tokio::join!(self.insert_rendered(rendered, offered), async { parts.next() });
            changed += done?;
            ready = next;
        }
        Ok(changed)
    }

    /// Loads rows with COPY, which loads all or none. If it loads none, they are inserted.
    async fn copy<T, const N: usize>(
        &mut self,
        insert: Sql,
        shape: &'static Shape,
        items: &[T],
        row: impl Fn(&T) -> [Arg; N],
    ) -> Result<u64> {
        self.run(BEGIN_LOAD).await.map_err(|failure| failure.error)?;
        self.is_busy = true;
        let watch = self.watch();
        let copied = await_answer(&watch, self.connection().copy(shape, copy::encode(items, &row))).await;
        if matches!(&copied, Err(NoAnswer::Failed(error)) if is_load_refused(error)) {
            self.is_busy = false;
            self.run(UNDO_LOAD).await.map_err(|failure| failure.error)?;
            return self.with_rows(insert, shape, (items, row), &[]).await;
        }
        let copied = self.complete(copied)?;
        self.run(END_LOAD).await.map_err(|failure| failure.error)?;
        Ok(copied)
    }
}
