//! Servers that take no writes, and those that are too old.

use servers::{Kind, Server};

use crate::said::Said;
use crate::workshop::{Engine, Workshop, succeeded, text, wait_for};

/// What only reads, and what writes.
const READS: [&[&str]; 3] = [&["list"], &["space", "list"], &["migrate", "--status"]];

fn writes(code: &str) -> [Vec<&str>; 4] {
    [
        vec!["use", code, "--user", "bob"],
        vec!["generate", "--space", "1"],
        vec!["space", "add", "2", "--policy", "container", "--name", "Second"],
        vec!["revoke", code, "--yes"],
    ]
}

/// Reading works at this URL, and writing is refused with what helps.
fn assert_read_only(workshop: &Workshop, url: &str, code: &str) {
    for args in READS {
        succeeded(&workshop.run_at(url, args));
    }
    succeeded(&workshop.run_at(url, &["validate", code]));
    for args in writes(code) {
        Said::by(&workshop.run_at(url, &args), 1)
            .names("does not accept writes: it is a replica", "name the primary server");
    }
}

/// A journal with one code.
fn code(workshop: &Workshop) -> String {
    workshop.add_journal();
    workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned()
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn read_only_database_is_named() {
    let workshop = Workshop::on(Engine::Postgres);
    let code = code(&workshop);
    let name = workshop.database().name();
    workshop.database().admin(&format!("ALTER DATABASE {name} SET default_transaction_read_only = on"));
    assert_read_only(&workshop, &workshop.url(), &code);
}

#[test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
fn read_only_mariadb_is_named_and_next_host_is_used() {
    let server = Server::with_options(Kind::MariaDb, &["--read-only=1"]);
    let primary = Workshop::on(Engine::Mariadb);
    let name = primary.database().name();
    // As a replica, without the replication.
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
    let workshop = Workshop::migrated(primary.create_database(), Engine::Postgres);
    let code = code(&workshop);
    let standby = primary.standby();
    assert_read_only(&workshop, &standby.url(workshop.database().name()), &code);

    let url = standby.url_before(&primary, workshop.database().name());
    succeeded(&workshop.run_at(&url, &["use", &code, "--user", "ann"]));
    assert_eq!(workshop.number("SELECT count(*) FROM invite_members"), 1);
    // Without the primary, reading goes on.
    let name = workshop.database().name();
    wait_for("the standby to follow", || standby.admin_in(name, "SELECT count(*) FROM invite_members") == "1");
    primary.kill9();
    let listed = succeeded(&workshop.run_at(&url, &["member", "list", "1", "-o", "csv"]));
    assert!(listed.contains("ann"), "{listed}");
    // Writing waits for one that takes its place.
    let mut command = workshop.command(&["use", &code, "--user", "bob"]);
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
    let workshop = Workshop::new();
    for args in [&["migrate"][..], &["migrate", "--status"], &["list"], &["backfill"]] {
        Said::by(&workshop.run_at(&database.url(), args), 1)
            .names("unsupported server version MariaDB 10.3.1 (minimum MariaDB 10.6)", "upgrade the server");
    }
    assert_eq!(database.admin("SHOW TABLES"), "");
    let output = workshop.run_at(&database.url(), &["list", "-o", "json"]);
    assert!(text(&output.stderr).contains("\"reason\":\"database_failed\""), "{}", text(&output.stderr));
}
