//! Schemas that are not right: each is named, nothing but `migrate` changes
//! one, and `migrate --status` only looks.

use invite::Db;

use crate::said::Said;
use crate::workshop::{Engine, Workshop, text};

every_server! {
    only_migrate_creates_tables_on_server,
    outdated_schema_is_migrated,
    newer_schema_is_refused,
    incomplete_migration_is_named,
    application_tables_are_unchanged,
    missing_table_is_error_not_empty_list,
}

/// Takes the newest migration back.
const TAKE_BACK: &str = "ALTER TABLE invite_operations RENAME COLUMN actor TO acting_as; \
     ALTER TABLE invite_operations RENAME COLUMN operator TO actor";
const NEWEST: &str = "(SELECT max(version) FROM (SELECT version FROM invite_migrations) AS m)";

/// How many tables and views there are.
fn tables(workshop: &Workshop) -> i64 {
    let schema = if workshop.engine() == Engine::Postgres { "current_schema()" } else { "database()" };
    workshop.number(&format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}"))
}

fn noted(workshop: &Workshop) -> Vec<String> {
    workshop.texts("SELECT concat(version, ' ', success, ' ', installed_on) FROM invite_migrations ORDER BY version")
}

/// Sees that whoever works on data is told the same, and that nothing changes.
fn refused(workshop: &Workshop, wrong: &str, helps: &str) {
    let before = noted(workshop);
    for args in [
        &["list"][..],
        &["use", "ABCDEFGH", "--user", "u1"],
        &["backfill"],
        &["cleanup"],
        &["space", "add", "2", "--policy", "container", "--name", "Second"],
    ] {
        Said::by(&workshop.run(args), 1).names(wrong, helps);
    }
    assert_eq!(noted(workshop), before);
}

fn only_migrate_creates_tables_on_server(engine: Engine) {
    let workshop = Workshop::without_tables(engine);
    let spaces = workshop.path("spaces.csv");
    std::fs::write(&spaces, "id,policy,name\ns1,space,First\n").unwrap();
    let spaces = spaces.to_str().unwrap();
    for args in [
        &["space", "add", "1", "--policy", "container", "--name", "Journal"][..],
        &["space", "import", spaces],
        &["backfill", "--import", spaces],
        &["list"],
    ] {
        Said::by(&workshop.run(args), 1).names("contains no tables of invite", "create the tables: invite migrate");
        assert_eq!(tables(&workshop), 0, "{args:?}");
    }
    let output = workshop.run(&["migrate", "--status"]);
    assert_eq!(output.status.code(), Some(8));
    assert!(text(&output.stdout).contains("\n  0001 spaces\n"), "{}", text(&output.stdout));
    assert_eq!(tables(&workshop), 0);
    workshop.succeed(&["migrate"]);
    workshop.succeed(&["backfill", "--import", spaces]);
}

fn outdated_schema_is_migrated(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    workshop.succeed(&["generate", "--space", "1"]);
    workshop.database().admin(TAKE_BACK);
    workshop.database().admin(&format!("DELETE FROM invite_migrations WHERE version = {NEWEST}"));
    refused(&workshop, "is out of date: 1 migration is pending", "migrate the schema: invite migrate");

    let before = noted(&workshop);
    let output = workshop.run(&["migrate", "--status"]);
    assert_eq!(output.status.code(), Some(8));
    let said = text(&output.stdout);
    let newest = format!(": 1 migration pending\n  {:04} ", Db::newest_schema());
    assert!(said.contains(&newest), "{said}");
    assert_eq!(noted(&workshop), before);

    assert!(workshop.succeed(&["migrate"]).contains("1 migration applied"));
    assert_eq!(workshop.run(&["migrate", "--status"]).status.code(), Some(0));
    workshop.succeed(&["generate", "--space", "1"]);
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 2);
}

fn newer_schema_is_refused(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    workshop.database().admin(
        "INSERT INTO invite_migrations (version, description, success, checksum, execution_time) \
         SELECT 9999, 'of the future', success, checksum, 0 FROM invite_migrations WHERE version = 1",
    );
    let (wrong, helps) =
        ("(version 9999) is newer than this version of invite supports", "install a newer version of invite");
    refused(&workshop, wrong, helps);
    for args in [&["migrate"][..], &["migrate", "--status"]] {
        Said::by(&workshop.run(args), 1).names(wrong, helps);
    }
}

fn incomplete_migration_is_named(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    workshop.database().admin(&format!("UPDATE invite_migrations SET success = false WHERE version = {NEWEST}"));
    let wrong = format!("is incomplete: migration {} started but did not finish", Db::newest_schema());
    let (wrong, helps) = (wrong.as_str(), "compare the tables with a backup");
    refused(&workshop, wrong, helps);
    for args in [&["migrate"][..], &["migrate", "--status"]] {
        Said::by(&workshop.run(args), 1).names(wrong, helps);
    }
    // What the hint says helps, where the migration had not begun to work.
    let said = Said::by(&workshop.run(&["list"]), 1);
    let statement = said.advice().split(", then ").next().unwrap().to_owned();
    workshop.database().admin(TAKE_BACK);
    workshop.database().admin(&statement);
    workshop.succeed(&["migrate"]);
    workshop.succeed(&["list"]);
}

fn application_tables_are_unchanged(engine: Engine) {
    let workshop = Workshop::without_tables(engine);
    workshop.database().admin("CREATE TABLE articles (id int PRIMARY KEY)");
    workshop.database().admin("INSERT INTO articles VALUES (1)");
    Said::by(&workshop.run(&["list"]), 1).names("contains no tables of invite", "create the tables: invite migrate");
    assert_eq!(tables(&workshop), 1);
    workshop.succeed(&["migrate"]);
    workshop.succeed(&["list"]);
    assert_eq!(workshop.number("SELECT count(*) FROM articles"), 1);
}

fn missing_table_is_error_not_empty_list(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    workshop.database().admin("ALTER TABLE invite_uses RENAME TO lost");
    Said::by(&workshop.run(&["use", &code, "--user", "u1"]), 1).names("a table of invite is missing", "invite migrate");
    assert_eq!(workshop.number("SELECT uses FROM invites"), 0);
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 0);
}
