//! The schema as tests know it: its tables, and how to revert each migration. The contract suite
//! and the suite of real processes share it.

use std::path::Path;

use invite::{Db, Engine};

/// All tables that an action can change.
pub const TABLES: [&str; 8] = [
    "invite_spaces",
    "invite_users",
    "invite_members",
    "invite_operations",
    "invites",
    "invite_uses",
    "invite_changes",
    "invite_limits",
];

/// Returns the statements that revert all migrations from a version on, and delete their records.
pub fn revert_from(engine: Engine, version: i64) -> String {
    let mut statements = Vec::new();
    for version in (version..=Db::newest_schema()).rev() {
        statements.extend(reversal(engine, version));
        statements.push(format!("DELETE FROM invite_migrations WHERE version = {version}"));
    }
    statements.join("; ")
}

/// Returns the statements that revert one migration; none if it changes only rows.
pub fn reversal(engine: Engine, version: i64) -> Option<String> {
    let drop_columns = |table: &str, columns: &[&str]| match engine {
        // SQLite drops one column per statement.
        Engine::Sqlite => {
            let each = columns.iter().map(|column| format!("ALTER TABLE {table} DROP COLUMN {column}"));
            each.collect::<Vec<_>>().join("; ")
        }
        Engine::Postgres | Engine::Mysql => {
            format!("ALTER TABLE {table} DROP COLUMN {}", columns.join(", DROP COLUMN "))
        }
    };
    let reversal = match version {
        ..9 => panic!("the tests cannot revert migration {version}, since later ones need its tables"),
        9 => "DROP VIEW invite_overview".to_owned(),
        10 => drop_columns("invite_operations", &["last_step"]),
        11 => {
            let column = drop_columns("invites", &["send_after"]);
            // The other engines drop an index with its column.
            if engine == Engine::Sqlite { format!("DROP INDEX invites_by_sending; {column}") } else { column }
        }
        12 | 14 => return None,
        13 => drop_columns("invites", &["resends"]),
        15 => drop_columns("invite_operations", &["target", "on_behalf_of"]),
        16 => drop_columns("invite_spaces", &["removed_at", "removed_op", "purge_op"]),
        17 => format!("DROP VIEW invite_overview; {}", text_of(engine, "0009_overview")),
        18 => "ALTER TABLE invite_operations RENAME COLUMN actor TO acting_as; \
               ALTER TABLE invite_operations RENAME COLUMN operator TO actor"
            .to_owned(),
        _ => panic!("add the reversal of migration {version} to tests/contract/migrations.rs"),
    };
    Some(reversal)
}

/// Returns the text of a migration, without its last semicolon.
fn text_of(engine: Engine, name: &str) -> String {
    let folder = match engine {
        Engine::Sqlite => "sqlite",
        Engine::Postgres => "postgres",
        Engine::Mysql => "mysql",
    };
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder).join(name).with_extension("sql");
    std::fs::read_to_string(file).unwrap().trim_end().trim_end_matches(';').to_owned()
}
