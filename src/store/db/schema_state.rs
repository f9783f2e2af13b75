//! The applied and the pending migrations of a database.

use crate::error::{Error, Result};
use crate::shell::word;
use crate::store::db::database::Db;
use crate::store::db::default_privileges::relations;
use crate::store::db::migrate::migrations;
use crate::store::db::row::Row;
use crate::store::db::transaction::reading;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, sql};
use crate::store::engine::Engine;
use crate::store::location::{Location, SchemaName};

/// The state of a database's schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// The database has no tables.
    Empty,
    /// The database has tables of another application and none of invite.
    Foreign,
    /// Some migrations are pending; their number.
    Behind(usize),
    /// Every migration is applied.
    Current,
    /// A newer version of invite migrated the schema; holds its newest migration.
    Ahead(i64),
    /// A migration started and did not finish; its name.
    HalfApplied(i64),
}

impl Db {
    /// Returns the newest migration that this version of invite knows.
    #[must_use]
    pub fn newest_schema() -> i64 {
        migrations::newest()
    }

    /// Returns the names of the migrations that a database in this state lacks.
    ///
    /// # Errors
    /// [`Error::Database`] for a schema that is half applied or newer than this version of invite
    /// knows.
    pub fn pending(&self, state: SchemaState) -> Result<Vec<String>> {
        let migrations = migrations::of_engine(self.engine());
        let known = migrations.iter().count();
        let skipped = match state {
            SchemaState::Empty | SchemaState::Foreign => 0,
            SchemaState::Behind(pending) => known - pending.min(known),
            SchemaState::Current => known,
            SchemaState::Ahead(_) | SchemaState::HalfApplied(_) => return Err(self.unfit(state)),
        };
        let names = migrations.iter().skip(skipped);
        Ok(names.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect())
    }

    pub(crate) async fn schema_state(&self) -> Result<SchemaState> {
        // For a current schema, this query is enough.
        match reading!(self, |session| { session.fetch_unprepared(applied(self.engine())).await }) {
            Ok(rows) if !rows.is_empty() => {
                if self.engine() == Engine::Postgres
                    && let Some(tables) = rows[0].maybe_text("hidden")?
                {
                    self.pool().found_hidden_tables(tables);
                }
                return state_of(self.engine(), &rows);
            }
            Ok(_) | Err(Error::Database(_)) => {}
            Err(error) => return Err(error),
        }
        let schema = Arg::from(self.location().schema().map(SchemaName::as_str));
        let row =
            reading!(self, |session| { session.one(tables(self.engine()), &[("schema", schema.clone())]).await })?;
        if let Location::Server(server) = self.location()
            && row.int("closed")? == 1
        {
            let (place, user) = (server.url(), server.user());
            if let Some(schema) = server.schema() {
                return Err(Error::database(format!(
                    "permission denied for the user {user:?} on the schema {schema} of {place}"
                ))
                .with_hint(format!("ask an administrator to grant it: GRANT USAGE ON SCHEMA {schema} TO \"{user}\"")));
            }
            return Err(Error::database(format!(
                "the user {user:?} has no usable schema in its search path in {place}"
            ))
            .with_hint(format!(
                "check search_path, or ask an administrator to grant access: GRANT USAGE ON SCHEMA public TO \"{user}\""
            )));
        }
        if row.int("ours")? == 0 {
            return Ok(if row.int("total")? == 0 { SchemaState::Empty } else { SchemaState::Foreign });
        }
        let rows = reading!(self, |session| { session.fetch_unprepared(APPLIED).await })?;
        state_of(self.engine(), &rows)
    }

    pub(crate) fn unfit(&self, state: SchemaState) -> Error {
        let place = self.location().place();
        let command = match self.location() {
            Location::File(file) => format!("invite migrate --database-url {}", word(&file.url())),
            // The URL that is shown has no password.
            Location::Server(server) if server.schema().is_some() => {
                "invite migrate, with the same database URL and schema".to_owned()
            }
            Location::Server(_) => "invite migrate, with the same database URL".to_owned(),
        };
        match state {
            SchemaState::Empty | SchemaState::Foreign | SchemaState::Current => {
                Error::database(format!("{place} contains no tables of invite"))
                    .with_hint(format!("create the tables: {command}"))
            }
            SchemaState::Behind(pending) => Error::database(format!(
                "the schema of {place} is out of date: {pending} {} pending",
                if pending == 1 { "migration is" } else { "migrations are" }
            ))
            .with_hint(format!("migrate the schema: {command}")),
            SchemaState::Ahead(version) => Error::database(format!(
                "the schema of {place} (version {version}) is newer than this version of invite supports (version {})",
                Db::newest_schema()
            ))
            .with_hint("install a newer version of invite"),
            SchemaState::HalfApplied(version) => Error::database(format!(
                "the schema of {place} is incomplete: migration {version} started but did not finish"
            ))
            .with_hint(format!(
                "compare the tables with a backup; if they are correct: DELETE FROM invite_migrations WHERE version = \
                 {version}, then {command}"
            )),
        }
    }
}

/// Returns the query for the number of tables, whether the table of migrations is among them, and
/// whether the account lacks access to the schema.
fn tables(engine: Engine) -> Sql {
    match engine {
        Engine::Sqlite => {
            sql!(
                "SELECT count(*) AS total, count(CASE WHEN name = 'invite_migrations' THEN 1 END) AS ours, 0 AS closed \
             FROM sqlite_master WHERE type = 'table'"
            )
        }
        Engine::Postgres => {
            sql!(
                "SELECT count(*) AS total, count(CASE WHEN c.relname = 'invite_migrations' THEN 1 END) AS ours, \
             CASE WHEN CASE WHEN :schema::text IS NULL THEN current_schema() IS NULL ELSE EXISTS ( \
             SELECT 1 FROM pg_catalog.pg_namespace AS s WHERE s.nspname = :schema::text \
             AND NOT has_schema_privilege(s.oid, 'USAGE')) END THEN 1 ELSE 0 END AS closed \
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = coalesce(:schema::text, current_schema()) AND c.relkind IN ('r', 'p')"
            )
        }
        Engine::Mysql => {
            sql!(
                "SELECT count(*) AS total, count(CASE WHEN table_name = 'invite_migrations' THEN 1 END) AS ours, 0 AS closed \
             FROM information_schema.tables WHERE table_schema = database()"
            )
        }
    }
}

/// Returns the versions of the applied migrations; none if the table of migrations does not exist.
pub(crate) async fn applied_versions(db: &Db) -> Result<Vec<i64>> {
    if matches!(db.schema_state().await?, SchemaState::Empty | SchemaState::Foreign) {
        return Ok(Vec::new());
    }
    let rows = reading!(db, |session| { session.fetch_unprepared(applied(db.engine())).await })?;
    rows.iter().map(|row| row.int("version")).collect()
}

const APPLIED: &str =
    "SELECT version, CASE WHEN success THEN 1 ELSE 0 END AS whole FROM invite_migrations ORDER BY version";

/// Selects the applied migrations from the table in the current schema only, and the tables whose
/// rows a policy of row-level security may hide.
const APPLIED_HERE: &str = concat!(
    "SELECT version, CASE WHEN success THEN 1 ELSE 0 END AS whole, \
     (SELECT string_agg(relname::text, ', ' ORDER BY relname) FROM pg_catalog.pg_class \
     WHERE relnamespace = to_regnamespace(quote_ident(current_schema())) AND relkind IN ('r', 'p') AND relname IN (",
    relations!(),
    ") AND row_security_active(oid)) AS hidden FROM invite_migrations \
     WHERE tableoid = to_regclass(quote_ident(current_schema()) || '.invite_migrations') ORDER BY version"
);

fn applied(engine: Engine) -> &'static str {
    if engine == Engine::Postgres { APPLIED_HERE } else { APPLIED }
}

fn state_of(engine: Engine, rows: &[Row]) -> Result<SchemaState> {
    let mut applied = Vec::new();
    for row in rows {
        let version = row.int("version")?;
        if row.int("whole")? == 0 {
            return Ok(SchemaState::HalfApplied(version));
        }
        applied.push(version);
    }
    if let Some(newest) = applied.last()
        && *newest > Db::newest_schema()
    {
        return Ok(SchemaState::Ahead(*newest));
    }
    let migrations = migrations::of_engine(engine);
    let pending = migrations.iter().filter(|migration| !applied.contains(&migration.version)).count();
    Ok(if pending == 0 { SchemaState::Current } else { SchemaState::Behind(pending) })
}
