//! The migrations in this binary.

use std::borrow::Cow;
use std::sync::LazyLock;

use sqlx::SqlStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

use crate::store::engine::Engine;

/// The table of applied migrations. The prefix keeps it apart from the migrations of an application
/// in the same database.
pub(crate) const TABLE: &str = "invite_migrations";

include!(concat!(env!("OUT_DIR"), "/migrations.rs"));

/// Returns an entry of the tables that the build script writes.
const fn migration(
    version: i64,
    description: &'static str,
    sql: &'static str,
    checksum: &'static [u8; 48],
) -> Migration {
    Migration {
        version,
        description: Cow::Borrowed(description),
        migration_type: MigrationType::Simple,
        sql: SqlStr::from_static(sql),
        checksum: Cow::Borrowed(checksum),
        no_tx: false,
    }
}

fn migrator(migrations: &'static [Migration]) -> Migrator {
    let mut migrator = Migrator::with_migrations(migrations.to_vec());
    migrator.dangerous_set_table_name(TABLE);
    // The driver does not lock on every engine.
    migrator.set_locking(false);
    migrator
}

static SQLITE_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(SQLITE));
static POSTGRES_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(POSTGRES));
static MYSQL_MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| migrator(MYSQL));

/// Returns the migrations of an engine. All engines have the same versions.
pub(crate) fn of_engine(engine: Engine) -> &'static Migrator {
    match engine {
        Engine::Sqlite => &SQLITE_MIGRATOR,
        Engine::Postgres => &POSTGRES_MIGRATOR,
        Engine::Mysql => &MYSQL_MIGRATOR,
    }
}

/// Returns the version of the newest migration.
pub(crate) fn newest() -> i64 {
    of_engine(Engine::Sqlite).iter().map(|migration| migration.version).max().unwrap_or(0)
}
