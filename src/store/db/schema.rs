//! Opening a database, and bringing its schema up to date.

use crate::error::Result;
use crate::store::db::database::Db;
use crate::store::db::migrate;
use crate::store::db::options::DbOptions;
use crate::store::db::schema_state::SchemaState;
use crate::store::location::Location;
use crate::store::location::file::{DatabaseFile, MissingFile};

impl Db {
    /// Opens a database whose schema is current. With [`MissingFile::Create`], a file that does not
    /// exist or is empty is created with all tables. The default file is also migrated, any other
    /// database only by [`Db::migrate`].
    ///
    /// # Errors
    /// [`crate::error::Error::Database`] for a database that cannot be used or whose schema is not
    /// current, with the command that helps; [`crate::error::Error::DatabaseMissing`] for a missing
    /// file; [`crate::error::Error::Unavailable`] if the database cannot be reached or another
    /// process locks it.
    pub async fn open(
        location: impl Into<Location>,
        missing: MissingFile,
        options: impl Into<DbOptions>,
    ) -> Result<Self> {
        let location = location.into();
        let file = location.file().cloned();
        if let Some(file) = &file {
            file.prepare(missing)?;
        }
        let db = Db::connect(location, options.into()).await?;
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

    /// Opens or creates a database and migrates its schema; returns how many migrations were
    /// applied. Several processes may do so at the same time.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn migrate(location: impl Into<Location>) -> Result<(Self, usize)> {
        Db::migrate_with(location, DbOptions::new(1)).await
    }

    /// Does what [`Db::migrate`] does, with options. A statement that the server reports as running
    /// is waited for without a limit.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn migrate_with(location: impl Into<Location>, options: DbOptions) -> Result<(Self, usize)> {
        let location = location.into();
        if let Some(file) = location.file() {
            file.prepare(MissingFile::Create)?;
        }
        let db = Db::connect(location, options).await?;
        let state = db.schema_state().await?;
        if matches!(state, SchemaState::Ahead(_) | SchemaState::HalfApplied(_)) {
            return Err(db.unfit(state));
        }
        let applied = if state == SchemaState::Current { 0 } else { db.apply().await? };
        db.use_write_ahead_log().await?;
        Ok((db, applied))
    }

    /// Opens a database without changing it, and returns the state of its schema.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn inspect(location: impl Into<Location>) -> Result<(Self, SchemaState)> {
        Db::inspect_with(location, DbOptions::new(1)).await
    }

    /// Does what [`Db::inspect`] does, with options.
    ///
    /// # Errors
    /// As [`Db::open`].
    pub async fn inspect_with(location: impl Into<Location>, options: DbOptions) -> Result<(Self, SchemaState)> {
        let location = location.into();
        if let Some(file) = location.file() {
            file.prepare(MissingFile::Refuse)?;
        }
        let db = Db::connect(location, options).await?;
        let state = db.schema_state().await?;
        Ok((db, state))
    }

    async fn apply(&self) -> Result<usize> {
        self.use_write_ahead_log().await?;
        migrate::apply(self).await
    }
}
