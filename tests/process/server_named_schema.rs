//! A named schema of PostgreSQL for the tables, and its privileges.

use std::process::Output;

use servers::Pooler;

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, succeeded, text};

/// Runs the binary with a schema at this URL.
fn run(sandbox: &Sandbox, url: &str, schema: &str, line: &str) -> Output {
    let words: Vec<&str> = line.split(' ').collect();
    let mut command = sandbox.command_without_database(&words);
    command.env("INVITE_DATABASE_URL", url).arg(format!("--schema={schema}")).output().unwrap()
}

/// Uses a code with the tables in their own schema next to an application's tables.
fn use_code(sandbox: &Sandbox, url: &str, schema: &str) {
    let run = |line: &str| succeeded(&run(sandbox, url, schema, line));
    assert!(run("migrate").contains(" applied"), "{schema}");
    assert!(run("migrate").contains("up to date"), "{schema}");
    run("migrate --status");
    run("space add 1 --policy container --name Journal");
    run("space add 2 --policy space --name Quilts");
    run("backfill -q");
    run("generate --space 1 --count 300 -q -o code");
    let code = run("generate --space 1 --max-uses 1 -o code");
    run(&format!("use {} --user u1", code.trim()));
    assert_eq!(run("list --all -o code").lines().count(), 302, "{schema}");
    run("stats");
    run("cleanup --purge-after 1ms --include-used --yes");
    let name = schema.replace('\'', "''");
    let relations = sandbox.number(&format!(
        "SELECT count(*) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace \
         WHERE n.nspname = '{name}' AND c.relkind IN ('r', 'v') AND c.relname LIKE 'invite%'"
    ));
    assert_eq!(relations, 10, "{schema}");
}

const NAMES: &[&str] = &[
    "invite",
    "Upper",
    "select",
    "we\"ird",
    "a'b\\c",
    "x; DROP TABLE invites; --",
    "two words, and a comma",
    "日本",
    "PG_like",
    "sixty-three-bytes-sixty-three-bytes-sixty-three-bytes-sixty-thr",
];

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn tables_are_created_in_named_schema() {
    let sandbox = Sandbox::without_tables(Engine::Postgres);
    sandbox.database().admin("CREATE TABLE public.invites (id int); INSERT INTO public.invites VALUES (7)");
    sandbox.database().admin(&format!("GRANT CREATE ON DATABASE {} TO invite", sandbox.database().name()));
    for name in NAMES {
        use_code(&sandbox, &sandbox.unencrypted_url(), name);
    }
    assert_eq!(sandbox.texts("SELECT id FROM public.invites"), ["7"]);
    assert_eq!(sandbox.number("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"), 1);
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn tables_are_created_in_named_schema_through_pooler() {
    let pooler = Pooler::before(servers::postgres(), 2);
    let sandbox = Sandbox::without_tables(Engine::Postgres);
    sandbox.database().admin("CREATE TABLE public.invites (id int); INSERT INTO public.invites VALUES (7)");
    let url = pooler.url(sandbox.database().name()) + "?sslmode=disable";
    for name in &NAMES[..5] {
        use_code(&sandbox, &url, name);
    }
    assert_eq!(sandbox.texts("SELECT id FROM public.invites"), ["7"]);
}

#[test]
#[ignore = "needs PostgreSQL and MariaDB: sh tests/run.sh"]
fn invalid_schema_names_are_refused() {
    let sandbox = Sandbox::without_tables(Engine::Postgres);
    let long = "x".repeat(64);
    for (name, why) in [
        ("", "is empty"),
        (long.as_str(), "64 bytes (maximum 63)"),
        ("pg_catalog", "reserved by PostgreSQL"),
        ("information_schema", "reserved by PostgreSQL"),
        ("$user", "reserved by PostgreSQL"),
        (" x", "white space"),
        ("a\nb", "control character"),
    ] {
        let output = run(&sandbox, &sandbox.unencrypted_url(), name, "migrate");
        ErrorOutput::parse(&output, 2).names(why, "--schema invite");
    }
    for engine in [Engine::Sqlite, Engine::Mariadb] {
        let sandbox = Sandbox::without_tables(engine);
        let output = sandbox.run(&["--schema", "invite", "list"]);
        ErrorOutput::parse(&output, 2).names("on PostgreSQL only", "leave out the schema");
        let output = sandbox.command(&["list"]).env("INVITE_SCHEMA", "invite").output().unwrap();
        ErrorOutput::parse(&output, 2).names("INVITE_SCHEMA", "leave out the schema");
    }
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn missing_or_inaccessible_schema_is_named() {
    let sandbox = Sandbox::on(Engine::Postgres);
    let url = sandbox.unencrypted_url();
    ErrorOutput::parse(&run(&sandbox, &url, "Nowhere", "list"), 1)
        .names("the schema \"Nowhere\" of ", "the same database URL and schema");
    sandbox.set("CREATE SCHEMA closed");
    ErrorOutput::parse(&run(&sandbox, &url, "closed", "list"), 1)
        .names("on the schema \"closed\"", "GRANT USAGE ON SCHEMA \"closed\" TO \"invite\"");
    sandbox.set("GRANT USAGE, CREATE ON SCHEMA closed TO invite");
    succeeded(&run(&sandbox, &url, "closed", "migrate"));
    // Tables of another application matter only in their schema.
    sandbox.set("CREATE SCHEMA app AUTHORIZATION invite; CREATE TABLE app.invites (id int)");
    ErrorOutput::parse(&run(&sandbox, &url, "app", "migrate"), 1)
        .names("belongs to another application", "--schema invite");
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn schema_needs_privilege_to_be_created() {
    let sandbox = Sandbox::without_tables(Engine::Postgres);
    let name = sandbox.database().name();
    sandbox.database().admin(&format!("ALTER DATABASE {name} OWNER TO harness"));
    let said = ErrorOutput::parse(&run(&sandbox, &sandbox.unencrypted_url(), "invite", "migrate"), 1);
    let said = said.names("permission denied", "CREATE SCHEMA \"invite\" AUTHORIZATION \"invite\"");
    sandbox.database().admin(said.suggested_command());
    succeeded(&run(&sandbox, &sandbox.unencrypted_url(), "invite", "migrate"));
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn default_privileges_are_named_with_revoke_statement() {
    let sandbox = Sandbox::without_tables(Engine::Postgres);
    let role = format!("anon_{}", sandbox.database().name());
    sandbox.set(&format!(
        "CREATE ROLE {role}; ALTER DEFAULT PRIVILEGES FOR ROLE invite GRANT ALL ON TABLES TO {role}, PUBLIC; \
         ALTER DEFAULT PRIVILEGES FOR ROLE invite GRANT USAGE ON SCHEMAS TO {role}"
    ));
    let url = sandbox.unencrypted_url();
    for schema in ["public", "Own"] {
        let output = run(&sandbox, &url, schema, "migrate -q");
        succeeded(&output);
        let said = text(&output.stderr);
        let warnings: Vec<&str> = said.lines().collect();
        assert!(warnings[0].contains("PUBLIC") && warnings[0].contains(&role), "{said}");
        assert!(warnings.iter().all(|line| line.starts_with("warning: default privileges ")), "{said}");
        for warning in warnings {
            sandbox.set(warning.split("revoke it: ").nth(1).unwrap());
        }
        let left = format!(
            "SELECT count(*) FROM information_schema.role_table_grants \
             WHERE table_schema = '{schema}' AND grantee IN ('{role}', 'PUBLIC')"
        );
        assert_eq!(sandbox.number(&left), 0);
        // Explicit grants cause no warning.
        sandbox.set(&format!("GRANT SELECT ON \"{schema}\".invites TO pg_monitor"));
        assert_eq!(text(&run(&sandbox, &url, schema, "migrate").stderr), "");
    }
    sandbox.set(&format!("DROP OWNED BY {role}; DROP ROLE {role}"));
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn rows_hidden_by_row_level_security_are_reported() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    sandbox.set("ALTER TABLE invites ENABLE ROW LEVEL SECURITY; ALTER TABLE invites FORCE ROW LEVEL SECURITY");
    let named = "row-level security may hide rows of invites from this database account";
    for args in [&["validate", &code][..], &["validate", &code, "-q"], &["use", &code, "--user", "u1"]] {
        let output = sandbox.run(args);
        assert_eq!(output.status.code(), Some(5), "{args:?}");
        assert_eq!(text(&output.stderr).matches(named).count(), 1, "{args:?}: {}", text(&output.stderr));
    }
    let output = sandbox.run(&["list"]);
    succeeded(&output);
    assert_eq!(text(&output.stderr).matches(named).count(), 1);
    assert_eq!(text(&sandbox.run(&["list", "-q"]).stderr), "");
    // A policy that is not forced does not apply to the owner.
    sandbox.set("ALTER TABLE invites NO FORCE ROW LEVEL SECURITY");
    let output = sandbox.run(&["validate", &code]);
    succeeded(&output);
    assert_eq!(text(&output.stderr), "");
}

/// A policy can refuse a read instead of hiding rows: its function raises an error.
#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn refused_reads_are_error_not_empty_list() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    sandbox.set(
        "CREATE FUNCTION refuse() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN \
         RAISE EXCEPTION 'no reads at night' USING ERRCODE = 'insufficient_privilege'; END $$; \
         ALTER TABLE invites ENABLE ROW LEVEL SECURITY; ALTER TABLE invites FORCE ROW LEVEL SECURITY; \
         CREATE POLICY night ON invites USING (refuse())",
    );
    for args in [&["validate", &code][..], &["use", &code, "--user", "u1"], &["list", "-o", "json"], &["stats"]] {
        let output = sandbox.run(args);
        let said = text(&output.stderr);
        assert_eq!((output.status.code(), text(&output.stdout).as_str()), (Some(1), ""), "{args:?}: {said}");
        assert!(said.contains("no reads at night"), "{args:?}: {said}");
    }
    sandbox.set("DROP POLICY night ON invites; CREATE POLICY day ON invites USING (true)");
    sandbox.succeed(&["use", &code, "--user", "u1"]);
    // An account without the SELECT privilege.
    sandbox.set("DROP POLICY day ON invites; ALTER TABLE invites DISABLE ROW LEVEL SECURITY");
    sandbox.set("ALTER TABLE invites OWNER TO harness; REVOKE ALL ON invites FROM invite");
    ErrorOutput::parse(&sandbox.run(&["list"]), 1).names("permission denied", "GRANT SELECT");
}
