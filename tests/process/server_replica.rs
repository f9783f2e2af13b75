//! Read-only servers, and servers that are too old.

use servers::{Kind, Server};

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, succeeded, text, wait_for};

/// Commands that only read, and commands that write.
const READS: [&[&str]; 3] = [&["list"], &["space", "list"], &["migrate", "--status"]];

fn writes(code: &str) -> [Vec<&str>; 4] {
    [
        vec!["use", code, "--user", "bob"],
        vec!["generate", "--space", "1"],
        vec!["space", "add", "2", "--policy", "container", "--name", "Second"],
        vec!["revoke", code, "--yes"],
    ]
}

/// Asserts that reading works at this URL, and that writing is refused with a hint.
fn assert_read_only(sandbox: &Sandbox, url: &str, code: &str) {
    for args in READS {
        succeeded(&sandbox.run_at(url, args));
    }
    succeeded(&sandbox.run_at(url, &["validate", code]));
    for args in writes(code) {
        ErrorOutput::parse(&sandbox.run_at(url, &args), 1)
            .names("does not accept writes: it is a replica", "name the primary server");
    }
}

/// Creates a container with one code.
fn code(sandbox: &Sandbox) -> String {
    sandbox.add_container();
    sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned()
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn read_only_database_is_named() {
    let sandbox = Sandbox::on(Engine::Postgres);
    let code = code(&sandbox);
    let name = sandbox.database().name();
    sandbox.database().admin(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    assert_read_only(&sandbox, &sandbox.url(), &code);
}

#[test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
fn read_only_mariadb_is_named_and_next_host_is_used() {
    let server = Server::with_options(Kind::MariaDb, &["--read-only=1"]);
    let primary = Sandbox::on(Engine::Mariadb);
    let name = primary.database().name();
    // Read-only like a replica, without replication.
    server.admin("SET GLOBAL read_only = 0");
    server.admin(&format!("CREATE DATABASE {name}"));
    succeeded(&primary.run_at(&server.url(name), &["migrate"]));
    let journal = ["space", "add", "1", "--policy", "container", "--name", "Journal"];
    succeeded(&primary.run_at(&server.url(name), &journal));
    let code = succeeded(&primary.run_at(&server.url(name), &["generate", "--space", "1", "-o", "code"]));
    server.admin("SET GLOBAL read_only = 1");
    assert_read_only(&primary, &server.url(name), code.trim());

    let url = server.url_before(servers::mariadb(), name);
    succeeded(&primary.run_at(&url, &journal));
    assert_eq!(primary.number("SELECT count(*) FROM invite_spaces"), 1);
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn standby_serves_reads_and_next_host_writes() {
    let primary = Server::durable_postgres();
    let sandbox = Sandbox::migrated(primary.create_database(), Engine::Postgres);
    let code = code(&sandbox);
    let standby = primary.standby();
    assert_read_only(&sandbox, &standby.url(sandbox.database().name()), &code);

    let url = standby.url_before(&primary, sandbox.database().name());
    succeeded(&sandbox.run_at(&url, &["use", &code, "--user", "ann"]));
    assert_eq!(sandbox.number("SELECT count(*) FROM invite_members"), 1);
    // Reading works without the primary.
    let name = sandbox.database().name();
    wait_for("the standby to follow", || standby.admin_in(name, "SELECT count(*) FROM invite_members") == "1");
    primary.kill9();
    let listed = succeeded(&sandbox.run_at(&url, &["member", "list", "1", "-o", "csv"]));
    assert!(listed.contains("ann"), "{listed}");
    // Writing waits for a new primary.
    let mut command = sandbox.command(&["use", &code, "--user", "bob"]);
    let waiting = command.env("INVITE_DATABASE_URL", &url).spawn().unwrap();
    wait_for("it to come to the standby", || standby.admin(SESSIONS) != "0");
    standby.promote();
    succeeded(&waiting.wait_with_output().unwrap());
    assert_eq!(standby.admin_in(name, "SELECT count(*) FROM invite_members"), "2");
}

const SESSIONS: &str = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'invite'";

#[test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
fn too_old_server_is_refused() {
    let server = Server::with_options(Kind::MariaDb, &["--version=10.3.1-MariaDB"]);
    let database = server.create_database();
    let sandbox = Sandbox::new();
    for args in [&["migrate"][..], &["migrate", "--status"], &["list"], &["backfill"]] {
        ErrorOutput::parse(&sandbox.run_at(&database.url(), args), 1)
            .names("unsupported server version MariaDB 10.3.1 (minimum MariaDB 10.6)", "upgrade the server");
    }
    assert_eq!(database.admin("SHOW TABLES"), "");
    let output = sandbox.run_at(&database.url(), &["list", "-o", "json"]);
    assert!(text(&output.stderr).contains("\"reason\":\"database_failed\""), "{}", text(&output.stderr));
}
