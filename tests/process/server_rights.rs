//! Missing privileges: the error names them, nothing is half done, and the GRANT of the hint works.

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, succeeded};

every_server! {
    missing_privilege_is_named_with_working_grant,
    missing_migration_privilege_is_named_with_working_grant,
    account_without_connect_privilege_is_named,
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn schema_without_usage_privilege_is_named() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    sandbox.database().admin("REVOKE ALL ON SCHEMA public FROM PUBLIC");
    let url = account(&sandbox, "stranger", "");
    sandbox.database().admin("GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"stranger\"");
    let said = ErrorOutput::parse(&sandbox.run_at(&url, &["list"]), 1).names("has no usable schema", "GRANT USAGE");
    sandbox.database().admin(said.suggested_command());
    succeeded(&sandbox.run_at(&url, &["list"]));
}

/// Creates an account with some privileges, and returns its URL. The name must be unique, because
/// tests share the server.
fn account(sandbox: &Sandbox, name: &str, rights: &str) -> String {
    let database = sandbox.database();
    match sandbox.engine() {
        Engine::Sqlite => unreachable!("a file has no accounts"),
        Engine::Postgres => {
            database.admin(&format!("CREATE ROLE \"{name}\" LOGIN PASSWORD 'pencil'"));
            if !rights.is_empty() {
                database.admin(&format!("GRANT {rights} ON ALL TABLES IN SCHEMA public TO \"{name}\""));
            }
        }
        Engine::Mariadb | Engine::Mysql => {
            let rights = if rights.is_empty() { "USAGE" } else { rights };
            let place = database.name();
            database.admin(&format!("CREATE USER '{name}'@'%' IDENTIFIED BY 'pencil'"));
            database.admin(&format!("GRANT {rights} ON {place}.* TO '{name}'@'%'"));
        }
    }
    sandbox.url().replace("invite:pencil%20sharpener@", &format!("{name}:pencil@"))
}

/// Returns the tables and rows, to detect half-done changes.
fn rows(sandbox: &Sandbox) -> Vec<i64> {
    let tables = ["invite_spaces", "invite_members", "invite_users", "invites", "invite_uses", "invite_operations"];
    tables.map(|table| sandbox.number(&format!("SELECT count(*) FROM {table}"))).to_vec()
}

fn missing_privilege_is_named_with_working_grant(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    sandbox.succeed(&["use", &code, "--user", "ann"]);
    for (name, rights, args) in [
        ("writer", "INSERT", &["list"][..]),
        ("reader", "SELECT", &["generate", "--space", "1"]),
        ("adder", "SELECT, INSERT", &["use", &code, "--user", "bob"]),
        ("changer", "SELECT, INSERT, UPDATE", &["member", "remove", "1", "ann"]),
    ] {
        let before = rows(&sandbox);
        let url = account(&sandbox, name, rights);
        let said = ErrorOutput::parse(&sandbox.run_at(&url, args), 1)
            .names(&format!("permission denied for the user {name:?} in "), "GRANT SELECT, INSERT, UPDATE, DELETE ON ");
        assert_eq!(rows(&sandbox), before, "{name}");
        sandbox.database().admin(said.suggested_command());
        succeeded(&sandbox.run_at(&url, args));
        assert!(args == ["list"] || rows(&sandbox) != before, "{name}");
    }
}

fn missing_migration_privilege_is_named_with_working_grant(engine: Engine) {
    for (name, rights) in [("worker", "SELECT, INSERT, UPDATE, DELETE"), ("maker", "SELECT, INSERT, CREATE")] {
        if engine == Engine::Postgres && name == "maker" {
            // There a migration needs a single privilege.
            continue;
        }
        let sandbox = Sandbox::without_tables(engine);
        let url = account(&sandbox, name, rights);
        let said = ErrorOutput::parse(&sandbox.run_at(&url, &["migrate"]), 1)
            .names(&format!("permission denied for the user {name:?} in "), "ask an administrator to grant it: GRANT ");
        // An incomplete schema is not accepted.
        assert_eq!(sandbox.run_at(&url, &["list"]).status.code(), Some(1));
        assert_eq!(sandbox.run_at(&url, &["migrate", "--status"]).status.code(), Some(8));
        sandbox.database().admin(said.suggested_command());
        succeeded(&sandbox.run_at(&url, &["migrate"]));
        succeeded(&sandbox.run_at(&url, &["migrate", "--status"]));
        succeeded(&sandbox.run_at(&url, &["space", "add", "1", "--policy", "container", "--name", "Journal"]));
    }
}

fn account_without_connect_privilege_is_named(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let name = "outsider";
    let url = match engine {
        Engine::Postgres => {
            let place = sandbox.database().name();
            sandbox.database().admin(&format!("REVOKE CONNECT ON DATABASE {place} FROM PUBLIC"));
            account(&sandbox, name, "SELECT, INSERT, UPDATE, DELETE")
        }
        _ => account(&sandbox, name, ""),
    };
    let said =
        ErrorOutput::parse(&sandbox.run_at(&url, &["list"]), 1).names(&format!("for the user {name:?}"), "GRANT ");
    sandbox.database().admin(said.suggested_command());
    succeeded(&sandbox.run_at(&url, &["list"]));
}
