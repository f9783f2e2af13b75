//! Accounts that lack a right: the right is named, nothing is done by half, and
//! the GRANT of the hint helps.

use crate::said::Said;
use crate::workshop::{Engine, Workshop, succeeded};

every_server! {
    missing_privilege_is_named_with_working_grant,
    missing_migration_privilege_is_named_with_working_grant,
    account_without_connect_privilege_is_named,
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn schema_without_usage_privilege_is_named() {
    let workshop = Workshop::with_journal(Engine::Postgres);
    workshop.database().admin("REVOKE ALL ON SCHEMA public FROM PUBLIC");
    let url = account(&workshop, "stranger", "");
    workshop.database().admin("GRANT SELECT ON ALL TABLES IN SCHEMA public TO \"stranger\"");
    let said = Said::by(&workshop.run_at(&url, &["list"]), 1).names("has no usable schema", "GRANT USAGE");
    workshop.database().admin(said.advice());
    succeeded(&workshop.run_at(&url, &["list"]));
}

/// Makes an account with some rights in the database; its URL. All tests share
/// the server, so the caller's name must be used nowhere else.
fn account(workshop: &Workshop, name: &str, rights: &str) -> String {
    let database = workshop.database();
    match workshop.engine() {
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
    workshop.url().replace("invite:pencil%20sharpener@", &format!("{name}:pencil@"))
}

/// What can be seen to be done by half.
fn rows(workshop: &Workshop) -> Vec<i64> {
    let tables = ["invite_spaces", "invite_members", "invite_users", "invites", "invite_uses", "invite_operations"];
    tables.map(|table| workshop.number(&format!("SELECT count(*) FROM {table}"))).to_vec()
}

fn missing_privilege_is_named_with_working_grant(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    workshop.succeed(&["use", &code, "--user", "ann"]);
    for (name, rights, args) in [
        ("writer", "INSERT", &["list"][..]),
        ("reader", "SELECT", &["generate", "--space", "1"]),
        ("adder", "SELECT, INSERT", &["use", &code, "--user", "bob"]),
        ("changer", "SELECT, INSERT, UPDATE", &["member", "remove", "1", "ann"]),
    ] {
        let before = rows(&workshop);
        let url = account(&workshop, name, rights);
        let said = Said::by(&workshop.run_at(&url, args), 1)
            .names(&format!("permission denied for the user {name:?} in "), "GRANT SELECT, INSERT, UPDATE, DELETE ON ");
        assert_eq!(rows(&workshop), before, "{name}");
        workshop.database().admin(said.advice());
        succeeded(&workshop.run_at(&url, args));
        assert!(args == ["list"] || rows(&workshop) != before, "{name}");
    }
}

fn missing_migration_privilege_is_named_with_working_grant(engine: Engine) {
    for (name, rights) in [("worker", "SELECT, INSERT, UPDATE, DELETE"), ("maker", "SELECT, INSERT, CREATE")] {
        if engine == Engine::Postgres && name == "maker" {
            // There, one right is all that a migration needs.
            continue;
        }
        let workshop = Workshop::without_tables(engine);
        let url = account(&workshop, name, rights);
        let said = Said::by(&workshop.run_at(&url, &["migrate"]), 1)
            .names(&format!("permission denied for the user {name:?} in "), "ask an administrator to grant it: GRANT ");
        // What was made so far is not taken for a whole schema.
        assert_eq!(workshop.run_at(&url, &["list"]).status.code(), Some(1));
        assert_eq!(workshop.run_at(&url, &["migrate", "--status"]).status.code(), Some(8));
        workshop.database().admin(said.advice());
        succeeded(&workshop.run_at(&url, &["migrate"]));
        succeeded(&workshop.run_at(&url, &["migrate", "--status"]));
        succeeded(&workshop.run_at(&url, &["space", "add", "1", "--policy", "container", "--name", "Journal"]));
    }
}

fn account_without_connect_privilege_is_named(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let name = "outsider";
    let url = match engine {
        Engine::Postgres => {
            let place = workshop.database().name();
            workshop.database().admin(&format!("REVOKE CONNECT ON DATABASE {place} FROM PUBLIC"));
            account(&workshop, name, "SELECT, INSERT, UPDATE, DELETE")
        }
        _ => account(&workshop, name, ""),
    };
    let said = Said::by(&workshop.run_at(&url, &["list"]), 1).names(&format!("for the user {name:?}"), "GRANT ");
    workshop.database().admin(said.advice());
    succeeded(&workshop.run_at(&url, &["list"]));
}
