//! The schema: which migrations a database has, and how it gets the rest.

use std::sync::LazyLock;

use sqlx::SqliteConnection;
use sqlx::migrate::Migrator;

use super::failure::failure;
use super::{DatabaseFile, Db, MissingFile};
use crate::error::{Error, Result};

/// The migrations in this binary. Their table carries our prefix, so that an
/// application's own migrations can live beside them.
static MIGRATIONS: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrations = sqlx::migrate!("migrations/sqlite");
    migrations.dangerous_set_table_name("invite_migrations");
    // The engine's own lock is ours: all runs in one immediate transaction.
    migrations.set_locking(false);
    migrations
});

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
}

impl Db {
    /// Opens a database whose schema is right. The default file is created and
    /// migrated here; any other only by [`Db::migrate`].
    ///
    /// # Errors
    /// [`Error::Database`] for a file that cannot be used or a schema that is
    /// not right, [`Error::NotFound`] for a missing file, with the command that
    /// helps; [`Error::Unavailable`] if another process holds it.
    pub async fn open(file: DatabaseFile, missing: MissingFile, connections: u32) -> Result<Self> {
        let missing = if file.is_own() { MissingFile::Create } else { missing };
        file.prepare(missing)?;
        let db = Db::connect(file, connections).await?;
        let may_migrate = !db.file().is_read_only();
        match db.schema_state().await? {
            SchemaState::Current => db.use_write_ahead_log().await?,
            SchemaState::Ahead(version) => return Err(db.too_new(version)),
            SchemaState::Empty if missing == MissingFile::Create && may_migrate => {
                db.apply().await?;
            }
            SchemaState::Behind(_) if db.file().is_own() && may_migrate => {
                db.apply().await?;
            }
            SchemaState::Empty | SchemaState::Foreign => {
                return Err(Error::database(format!("{} holds no tables of invite", db.file().path().display()))
                    .hint(format!("add them: invite migrate --database-url {}", db.file().url())));
            }
            SchemaState::Behind(pending) => {
                return Err(Error::database(format!(
                    "the schema of {} is behind: {pending} {} pending",
                    db.file().path().display(),
                    if pending == 1 { "migration is" } else { "migrations are" }
                ))
                .hint(format!("bring it up to date: invite migrate --database-url {}", db.file().url())));
            }
        }
        Ok(db)
    }

    /// Opens or creates a database and brings its schema up to date. Answers
    /// how many migrations were applied.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn migrate(file: DatabaseFile) -> Result<(Self, usize)> {
        file.prepare(MissingFile::Create)?;
        let db = Db::connect(file, 1).await?;
        if let SchemaState::Ahead(version) = db.schema_state().await? {
            return Err(db.too_new(version));
        }
        let applied = db.apply().await?;
        Ok((db, applied))
    }

    /// Opens a database as it is, for looking at its schema.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn look(file: DatabaseFile) -> Result<(Self, SchemaState)> {
        file.prepare(MissingFile::Refuse)?;
        let db = Db::connect(file, 1).await?;
        let state = db.schema_state().await?;
        Ok((db, state))
    }

    /// The newest migration that this version knows.
    #[must_use]
    pub fn newest_schema() -> i64 {
        MIGRATIONS.iter().map(|migration| migration.version).max().unwrap_or(0)
    }

    /// Names of the migrations that a database in this state lacks.
    ///
    /// # Errors
    /// [`Error::Database`] for a schema that is newer than this version knows.
    pub fn pending(&self, state: SchemaState) -> Result<Vec<String>> {
        let known = MIGRATIONS.iter().count();
        let skipped = match state {
            SchemaState::Empty | SchemaState::Foreign => 0,
            SchemaState::Behind(pending) => known - pending.min(known),
            SchemaState::Current => known,
            SchemaState::Ahead(version) => return Err(self.too_new(version)),
        };
        let names = MIGRATIONS.iter().skip(skipped);
        Ok(names.map(|migration| format!("{:04} {}", migration.version, migration.description)).collect())
    }

    /// Applies what is pending, all of it in one transaction: a second process
    /// waits for the write lock and then finds nothing to do.
    async fn apply(&self) -> Result<usize> {
        self.use_write_ahead_log().await?;
        let mut transaction =
            self.pool().begin_with("BEGIN IMMEDIATE").await.map_err(|error| failure(error, self.file()))?;
        let before = state_of(&mut transaction).await.map_err(|error| failure(error, self.file()))?;
        let pending = self.pending(before)?.len();
        MIGRATIONS.run_direct(None, &mut *transaction, false).await.map_err(|error| {
            Error::database(format!("the schema of {} could not be migrated", self.file().path().display()))
                .caused_by(error)
                .hint("nothing was changed; compare the file with a backup")
        })?;
        transaction.commit().await.map_err(|error| failure(error, self.file()))?;
        Ok(pending)
    }

    async fn schema_state(&self) -> Result<SchemaState> {
        let mut connection = self.pool().acquire().await.map_err(|error| failure(error, self.file()))?;
        state_of(&mut connection).await.map_err(|error| failure(error, self.file()))
    }

    fn too_new(&self, version: i64) -> Error {
        Error::database(format!(
            "the schema of {} is newer (version {version}) than this invite knows (version {})",
            self.file().path().display(),
            Db::newest_schema()
        ))
        .hint("install the newer version of invite")
    }
}

const TABLES: &str =
    "SELECT count(*), count(CASE WHEN name = 'invite_migrations' THEN 1 END) FROM sqlite_master WHERE type = 'table'";
const APPLIED: &str = "SELECT version FROM invite_migrations WHERE success ORDER BY version";

async fn state_of(connection: &mut SqliteConnection) -> sqlx::Result<SchemaState> {
    let (tables, ours): (i64, i64) = sqlx::query_as(TABLES).fetch_one(&mut *connection).await?;
    if ours == 0 {
        return Ok(if tables == 0 { SchemaState::Empty } else { SchemaState::Foreign });
    }
    let applied: Vec<i64> = sqlx::query_scalar(APPLIED).fetch_all(&mut *connection).await?;
    if let Some(newest) = applied.last()
        && *newest > Db::newest_schema()
    {
        return Ok(SchemaState::Ahead(*newest));
    }
    let pending = MIGRATIONS.iter().filter(|migration| !applied.contains(&migration.version)).count();
    Ok(if pending == 0 { SchemaState::Current } else { SchemaState::Behind(pending) })
}
