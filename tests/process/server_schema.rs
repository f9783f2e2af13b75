//! Invalid schemas: the error names the problem, and only `migrate` changes them, not `migrate
//! --status`.

use invite::Db;

use crate::error_output::ErrorOutput;
use crate::migrations::reversal;
use crate::sandbox::{Engine, Sandbox, text};

every_server! {
    only_migrate_creates_tables_on_server,
    outdated_schema_is_migrated,
    newer_schema_is_refused,
    incomplete_migration_is_named,
    application_tables_are_unchanged,
    missing_table_is_error_not_empty_list,
}

const NEWEST: &str = "(SELECT max(version) FROM (SELECT version FROM invite_migrations) AS m)";

/// Returns the number of tables and views.
fn tables(sandbox: &Sandbox) -> i64 {
    let schema = if sandbox.engine() == Engine::Postgres { "current_schema()" } else { "database()" };
    sandbox.number(&format!("SELECT count(*) FROM information_schema.tables WHERE table_schema = {schema}"))
}

fn noted(sandbox: &Sandbox) -> Vec<String> {
    sandbox.texts("SELECT concat(version, ' ', success, ' ', installed_on) FROM invite_migrations ORDER BY version")
}

/// Asserts that all data commands fail with the same error and change nothing.
fn refused(sandbox: &Sandbox, wrong: &str, helps: &str) {
    let before = noted(sandbox);
    for args in [
        &["list"][..],
        &["use", "ABCDEFGH", "--user", "u1"],
        &["backfill"],
        &["cleanup"],
        &["space", "add", "2", "--policy", "container", "--name", "Second"],
    ] {
        ErrorOutput::parse(&sandbox.run(args), 1).names(wrong, helps);
    }
    assert_eq!(noted(sandbox), before);
}

fn only_migrate_creates_tables_on_server(engine: Engine) {
    let sandbox = Sandbox::without_tables(engine);
    let spaces = sandbox.path("spaces.csv");
    std::fs::write(&spaces, "id,policy,name\ns1,space,First\n").unwrap();
    let spaces = spaces.to_str().unwrap();
    for args in [
        &["space", "add", "1", "--policy", "container", "--name", "Journal"][..],
        &["space", "import", spaces],
        &["backfill", "--import", spaces],
        &["list"],
    ] {
        ErrorOutput::parse(&sandbox.run(args), 1)
            .names("contains no tables of invite", "create the tables: invite migrate");
        assert_eq!(tables(&sandbox), 0, "{args:?}");
    }
    let output = sandbox.run(&["migrate", "--status"]);
    assert_eq!(output.status.code(), Some(8));
    assert!(text(&output.stdout).contains("\n  0001 spaces\n"), "{}", text(&output.stdout));
    assert_eq!(tables(&sandbox), 0);
    sandbox.succeed(&["migrate"]);
    sandbox.succeed(&["backfill", "--import", spaces]);
}

fn outdated_schema_is_migrated(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    sandbox.succeed(&["generate", "--space", "1"]);
    sandbox.revert_from(Db::newest_schema());
    refused(&sandbox, "is out of date: 1 migration is pending", "migrate the schema: invite migrate");

    let before = noted(&sandbox);
    let output = sandbox.run(&["migrate", "--status"]);
    assert_eq!(output.status.code(), Some(8));
    let said = text(&output.stdout);
    let newest = format!(": 1 migration pending\n  {:04} ", Db::newest_schema());
    assert!(said.contains(&newest), "{said}");
    assert_eq!(noted(&sandbox), before);

    assert!(sandbox.succeed(&["migrate"]).contains("1 migration applied"));
    assert_eq!(sandbox.run(&["migrate", "--status"]).status.code(), Some(0));
    sandbox.succeed(&["generate", "--space", "1"]);
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 2);
}

fn newer_schema_is_refused(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    sandbox.database().admin(
        "INSERT INTO invite_migrations (version, description, success, checksum, execution_time) \
         SELECT 9999, 'of the future', success, checksum, 0 FROM invite_migrations WHERE version = 1",
    );
    let (wrong, helps) =
        ("(version 9999) is newer than this version of invite supports", "install a newer version of invite");
    refused(&sandbox, wrong, helps);
    for args in [&["migrate"][..], &["migrate", "--status"]] {
        ErrorOutput::parse(&sandbox.run(args), 1).names(wrong, helps);
    }
}

fn incomplete_migration_is_named(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    sandbox.database().admin(&format!("UPDATE invite_migrations SET success = false WHERE version = {NEWEST}"));
    let wrong = format!("is incomplete: migration {} started but did not finish", Db::newest_schema());
    let (wrong, helps) = (wrong.as_str(), "compare the tables with a backup");
    refused(&sandbox, wrong, helps);
    for args in [&["migrate"][..], &["migrate", "--status"]] {
        ErrorOutput::parse(&sandbox.run(args), 1).names(wrong, helps);
    }
    // The hint works if the migration has not changed anything.
    let said = ErrorOutput::parse(&sandbox.run(&["list"]), 1);
    let statement = said.suggested_command().split(", then ").next().unwrap().to_owned();
    if let Some(reversal) = reversal(engine.of_library(), Db::newest_schema()) {
        sandbox.run_as_owner(&reversal);
    }
    sandbox.database().admin(&statement);
    sandbox.succeed(&["migrate"]);
    sandbox.succeed(&["list"]);
}

fn application_tables_are_unchanged(engine: Engine) {
    let sandbox = Sandbox::without_tables(engine);
    sandbox.database().admin("CREATE TABLE articles (id int PRIMARY KEY)");
    sandbox.database().admin("INSERT INTO articles VALUES (1)");
    ErrorOutput::parse(&sandbox.run(&["list"]), 1)
        .names("contains no tables of invite", "create the tables: invite migrate");
    assert_eq!(tables(&sandbox), 1);
    sandbox.succeed(&["migrate"]);
    sandbox.succeed(&["list"]);
    assert_eq!(sandbox.number("SELECT count(*) FROM articles"), 1);
}

fn missing_table_is_error_not_empty_list(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    sandbox.database().admin("ALTER TABLE invite_uses RENAME TO lost");
    ErrorOutput::parse(&sandbox.run(&["use", &code, "--user", "u1"]), 1)
        .names("a table of invite is missing", "invite migrate");
    assert_eq!(sandbox.number("SELECT uses FROM invites"), 0);
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 0);
}
