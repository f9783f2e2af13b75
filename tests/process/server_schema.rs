//! Schemas that are not right: each is named, nothing but `migrate` changes
//! one, and `migrate --status` only looks.

use invite::Db;

use crate::said::Said;
use crate::workshop::{Engine, Workshop, text};

on_servers! {
    nothing_but_migrate_makes_tables_on_a_server,
    a_schema_that_is_behind_is_brought_up_to_date,
    a_schema_of_a_newer_version_is_left_alone,
    a_migration_that_did_not_end_is_named,
    tables_of_an_application_stay_beside_ours,
    a_table_that_is_gone_is_not_taken_for_an_empty_one,
}

/// Takes the newest migration back.
const TAKE_BACK: &str = "DROP VIEW invite_overview";
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

fn nothing_but_migrate_makes_tables_on_a_server(engine: Engine) {
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

fn a_schema_that_is_behind_is_brought_up_to_date(engine: Engine) {
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

fn a_schema_of_a_newer_version_is_left_alone(engine: Engine) {
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

fn a_migration_that_did_not_end_is_named(engine: Engine) {
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

fn tables_of_an_application_stay_beside_ours(engine: Engine) {
    let workshop = Workshop::without_tables(engine);
    workshop.database().admin("CREATE TABLE articles (id int PRIMARY KEY)");
    workshop.database().admin("INSERT INTO articles VALUES (1)");
    Said::by(&workshop.run(&["list"]), 1).names("contains no tables of invite", "create the tables: invite migrate");
    assert_eq!(tables(&workshop), 1);
    workshop.succeed(&["migrate"]);
    workshop.succeed(&["list"]);
    assert_eq!(workshop.number("SELECT count(*) FROM articles"), 1);
}

fn a_table_that_is_gone_is_not_taken_for_an_empty_one(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    workshop.database().admin("ALTER TABLE invite_uses RENAME TO lost");
    Said::by(&workshop.run(&["use", &code, "--user", "u1"]), 1).names("a table of invite is missing", "invite migrate");
    assert_eq!(workshop.number("SELECT uses FROM invites"), 0);
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 0);
}
