//! Statements that take many rows at once.

use crate::error::Result;
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::db::timeout::{NoAnswer, answered};
use crate::store::dialect::copy;
use crate::store::dialect::row_set::Shape;
use crate::store::dialect::{Args, Rendered, Statement, render, tuples};
use crate::store::engine::Engine;
use crate::store::errors::refuses_load;

/// How many rows a statement takes where the engine bounds its size: with the
/// longest notes they stay below the usual bound of 16 MiB.
const ROWS_AT_ONCE: usize = 2_500;

/// How many rows a statement inserts: `MySQL` keeps 1,024 warnings, and each row that is left
/// out takes one.
const INSERTS_AT_ONCE: usize = 1_000;

/// How many rows a statement takes that binds each of their values: of the widest
/// rows the engine takes four thousand.
const TUPLES_AT_ONCE: usize = 500;

/// Fewer rows than this are not worth the beginning of a bulk load.
const WORTH_A_LOAD: usize = 200;

/// A load that meets what is there already is taken back alone.
const BEGIN_LOAD: &str = "SAVEPOINT load";
const UNDO_LOAD: &str = "ROLLBACK TO SAVEPOINT load; RELEASE SAVEPOINT load";
const END_LOAD: &str = "RELEASE SAVEPOINT load";

/// A statement with a part of the rows.
struct Part {
    rendered: Rendered,
    /// How many of them it inserts: those that it leaves out are looked after.
    offered: usize,
}

impl Session {
    /// Runs a statement with what becomes of these items, a row of a shape each,
    /// as `:rows`; answers how many rows it changed. Where the engine bounds the
    /// size of a statement, they go in several.
    pub(crate) async fn with_rows<T, const N: usize>(
        &mut self,
        statement: &'static str,
        shape: &'static Shape,
        (items, row): (&[T], impl Fn(&T) -> [Arg; N]),
        args: Args<'_>,
    ) -> Result<u64> {
        let engine = self.engine();
        let statement = Statement::from(statement);
        let at_once = match engine {
            Engine::Mysql if statement.inserts() => INSERTS_AT_ONCE,
            Engine::Mysql => ROWS_AT_ONCE,
            Engine::Sqlite | Engine::Postgres => items.len().max(1),
        };
        let parts = items.chunks(at_once).map(|part| {
            let mut values = args.to_vec();
            values.push(("rows", shape.rows(part, &row)));
            // An update leaves nothing out.
            let offered = if statement.inserts() { part.len() } else { 0 };
            Part { rendered: render(engine, &statement, &values), offered }
        });
        self.in_parts(parts).await
    }

    /// Inserts what becomes of these items, a row of a table's own shape each,
    /// leaving out those that meet a unique index; answers how many came in. Many
    /// go the engine's fastest way.
    pub(crate) async fn load<T, const N: usize>(
        &mut self,
        insert: &'static str,
        shape: &'static Shape,
        items: &[T],
        row: impl Fn(&T) -> [Arg; N],
    ) -> Result<u64> {
        match self.engine() {
            Engine::Postgres if items.len() >= WORTH_A_LOAD => self.copy(insert, shape, items, row).await,
            Engine::Mysql => {
                let whole = items.chunks_exact(TUPLES_AT_ONCE);
                let rest = whole.remainder();
                let parts = whole.map(|part| Part { rendered: tuples::render(shape, part, &row), offered: part.len() });
                let inserted = self.in_parts(parts).await?;
                Ok(inserted + self.with_rows(insert, shape, (rest, row), &[]).await?)
            }
            Engine::Postgres | Engine::Sqlite => self.with_rows(insert, shape, (items, row), &[]).await,
        }
    }

    /// Runs one behind the other; answers how many rows they changed. While the
    /// engine takes one in, the next is made ready.
    async fn in_parts(&mut self, mut parts: impl Iterator<Item = Part>) -> Result<u64> {
        let mut changed = 0;
        let mut ready = parts.next();
        while let Some(Part { rendered, offered }) = ready.take() {
            let (done, next) = tokio::join!(self.insert_rendered(rendered, offered), async { parts.next() });
            changed += done?;
            ready = next;
        }
        Ok(changed)
    }

    /// The bulk load of the engine that has one takes all or none: where it takes
    /// none, they go the common way.
    async fn copy<T, const N: usize>(
        &mut self,
        insert: &'static str,
        shape: &'static Shape,
        items: &[T],
        row: impl Fn(&T) -> [Arg; N],
    ) -> Result<u64> {
        self.run(BEGIN_LOAD).await.map_err(|fault| fault.error)?;
        self.is_busy = true;
        let watch = self.watch();
        let copied = answered(&watch, self.connection().copy(shape, copy::encode(items, &row))).await;
        if matches!(&copied, Err(NoAnswer::Failed(error)) if refuses_load(error)) {
            self.is_busy = false;
            self.run(UNDO_LOAD).await.map_err(|fault| fault.error)?;
            return self.with_rows(insert, shape, (items, row), &[]).await;
        }
        let copied = self.ended(copied)?;
        self.run(END_LOAD).await.map_err(|fault| fault.error)?;
        Ok(copied)
    }
}
