//! The schema: which migrations a database has, and who may bring it the rest.

use crate::error::{Error, Result};
use crate::shell::word;
use crate::store::db::database::Db;
use crate::store::db::default_rights::relations;
use crate::store::db::migrate;
use crate::store::db::options::DbOptions;
use crate::store::db::row::{Arg, Row};
use crate::store::db::transaction::reading;
use crate::store::engine::Engine;
use crate::store::location::SchemaName;
use crate::store::location::Target;
use crate::store::location::file::{DatabaseFile, MissingFile};

/// Where a database stands between nothing and the newest schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SchemaState {
    /// No table at all.
    Empty,
    /// Another application's tables, and none of ours.
    Foreign,
    /// So many migrations are pending.
    Behind(usize),
    /// Just right.
    Current,
    /// Made by a newer version of this tool: its newest migration.
    Ahead(i64),
    /// A migration began and did not end.
    HalfApplied(i64),
}

impl Db {
    /// Opens a database whose schema is current. With [`MissingFile::Create`] a
    /// file that does not exist, or is empty, is created and gets its tables. The
    /// default file is brought up to date here, any other only by [`Db::migrate`].
    ///
    /// # Errors
    /// [`Error::Database`] for a database that cannot be used or a schema that
    /// is not right, [`Error::DatabaseMissing`] for a missing file, with the command
    /// that helps; [`Error::Unavailable`] if it cannot be reached, or another
    /// process holds it.
    pub async fn open(target: impl Into<Target>, missing: MissingFile, options: impl Into<DbOptions>) -> Result<Self> {
        let target = target.into();
        let file = target.file().cloned();
        if let Some(file) = &file {
            file.prepare(missing)?;
        }
        let db = Db::connect(target, options.into()).await?;
        let is_written = file.as_ref().is_some_and(|file| !file.is_read_only());
        let is_own = file.as_ref().is_some_and(DatabaseFile::is_own);
        match db.schema_state().await? {
            SchemaState::Current => db.use_write_ahead_log().await?,
            SchemaState::Empty if is_written && missing == MissingFile::Create => {
                db.apply().await?;
            }
            SchemaState::Behind(_) if is_written && is_own => {
                db.apply().await?;
            }
            state => return Err(db.unfit(state)),
        }
        Ok(db)
    }

    /// Opens or creates a database and brings its schema up to date. Answers
    /// how many migrations were applied. Many may do so at once.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn migrate(target: impl Into<Target>) -> Result<(Self, usize)> {
        Db::migrate_with(target, DbOptions::new(1)).await
    }

    /// [`Db::migrate`] with options. A statement that the server shows as running
    /// is waited for without a limit.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn migrate_with(target: impl Into<Target>, options: DbOptions) -> Result<(Self, usize)> {
        let target = target.into();
        if let Some(file) = target.file() {
            file.prepare(MissingFile::Create)?;
        }
        let db = Db::connect(target, options).await?;
        let state = db.schema_state().await?;
        if matches!(state, SchemaState::Ahead(_) | SchemaState::HalfApplied(_)) {
            return Err(db.unfit(state));
        }
        let applied = if state == SchemaState::Current { 0 } else { db.apply().await? };
        db.use_write_ahead_log().await?;
        Ok((db, applied))
    }

    /// Opens a database as it is, for looking at its schema.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn look(target: impl Into<Target>) -> Result<(Self, SchemaState)> {
        Db::look_with(target, DbOptions::new(1)).await
    }

    /// [`Db::look`] with options.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn look_with(target: impl Into<Target>, options: DbOptions) -> Result<(Self, SchemaState)> {
        let target = target.into();
        if let Some(file) = target.file() {
            file.prepare(MissingFile::Refuse)?;
        }
        let db = Db::connect(target, options).await?;
        let state = db.schema_state().await?;
        Ok((db, state))
    }

    /// The newest migration that this version knows.
    #[must_use]
    pub fn newest_schema() -> i64 {
        migrate::of(Engine::Sqlite).iter().map(|migration| migration.version).max().unwrap_or(0)
    }

    /// Names of the migrations that a database in this state lacks.
    ///
    /// # Errors
    /// [`Error::Database`] for a schema that is newer than this version knows,
    /// or half applied.
    pub fn pending(&self, state: SchemaState) -> Result<Vec<String>> {
        let migrations = migrate::of(self.engine());
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

    async fn apply(&self) -> Result<usize> {
        self.use_write_ahead_log().await?;
        migrate::apply(self).await
    }

    pub(crate) async fn schema_state(&self) -> Result<SchemaState> {
        // Where all is as it should be, this one look tells.
        match reading!(self, |session| { session.look(applied(self.engine())).await }) {
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
        let schema = Arg::from(self.target().schema().map(SchemaName::as_str));
        let row =
            reading!(self, |session| { session.one(tables(self.engine()), &[("schema", schema.clone())]).await })?;
        if let Target::Server(server) = self.target()
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
        let rows = reading!(self, |session| { session.look(APPLIED).await })?;
        state_of(self.engine(), &rows)
    }

    pub(crate) fn unfit(&self, state: SchemaState) -> Error {
        let place = self.target().place();
        let command = match self.target() {
            Target::File(file) => format!("invite migrate --database-url {}", word(&file.url())),
            // Its URL would lack the password here.
            Target::Server(server) if server.schema().is_some() => {
                "invite migrate, with the same database URL and schema".to_owned()
            }
            Target::Server(_) => "invite migrate, with the same database URL".to_owned(),
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

/// How many tables there are, whether ours is among them, and whether this
/// account may use none of the places for tables.
fn tables(engine: Engine) -> &'static str {
    match engine {
        Engine::Sqlite => {
            "SELECT count(*) AS total, count(CASE WHEN name = 'invite_migrations' THEN 1 END) AS ours, 0 AS closed \
             FROM sqlite_master WHERE type = 'table'"
        }
        Engine::Postgres => {
            "SELECT count(*) AS total, count(CASE WHEN c.relname = 'invite_migrations' THEN 1 END) AS ours, \
             CASE WHEN CASE WHEN :schema::text IS NULL THEN current_schema() IS NULL ELSE EXISTS ( \
             SELECT 1 FROM pg_catalog.pg_namespace AS s WHERE s.nspname = :schema::text \
             AND NOT has_schema_privilege(s.oid, 'USAGE')) END THEN 1 ELSE 0 END AS closed \
             FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
             WHERE n.nspname = coalesce(:schema::text, current_schema()) AND c.relkind IN ('r', 'p')"
        }
        Engine::Mysql => {
            "SELECT count(*) AS total, count(CASE WHEN table_name = 'invite_migrations' THEN 1 END) AS ours, 0 AS closed \
             FROM information_schema.tables WHERE table_schema = database()"
        }
    }
}

/// The versions of the migrations that a database has; none where it has no
/// table of them.
pub(crate) async fn applied_versions(db: &Db) -> Result<Vec<i64>> {
    if matches!(db.schema_state().await?, SchemaState::Empty | SchemaState::Foreign) {
        return Ok(Vec::new());
    }
    let rows = reading!(db, |session| { session.look(applied(db.engine())).await })?;
    rows.iter().map(|row| row.int("version")).collect()
}

const APPLIED: &str =
    "SELECT version, CASE WHEN success THEN 1 ELSE 0 END AS whole FROM invite_migrations ORDER BY version";

/// The same, and nothing of a table that is not in the schema that we work in; also
/// the tables whose rows a policy of row-level security may hide.
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
    let migrations = migrate::of(engine);
    let pending = migrations.iter().filter(|migration| !applied.contains(&migration.version)).count();
    Ok(if pending == 0 { SchemaState::Current } else { SchemaState::Behind(pending) })
}
