//! Ways to say where a server is and who comes: URLs, variables, files,
//! credentials, and several hosts.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::said::Said;
use crate::server_input::UNKNOWN;
use crate::workshop::{Engine, Workshop, succeeded, text};

every_server! {
    url_is_read_from_file_credential_or_configuration,
    next_host_is_used_if_first_is_down,
}

const CLOSED: &str = "127.0.0.1:1";

/// `127.0.0.1:PORT` of the workshop's server.
fn place(workshop: &Workshop) -> String {
    format!("127.0.0.1:{}", workshop.engine().server().port())
}

fn url_is_read_from_file_credential_or_configuration(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let listed = |command: &mut Command| {
        let listed = succeeded(&command.output().unwrap());
        assert!(listed.contains("Journal"), "{listed}");
    };
    let args = ["space", "list", "-o", "csv"];
    let plain = || workshop.command_without_database(&args);
    listed(plain().arg("--database-url").arg(workshop.url()));

    let file = written(&workshop, "url", &format!("{}\n", workshop.url()));
    listed(plain().arg("--database-url-file").arg(&file));

    written(&workshop, "database-url", &format!("{}\n", workshop.url()));
    listed(plain().env("CREDENTIALS_DIRECTORY", workshop.path("")));

    let configuration = written(&workshop, "config.toml", &format!("database_url = \"{}\"\n", workshop.url()));
    listed(plain().arg("--config").arg(&configuration));
    let mut show = workshop.command_without_database(&["config", "show"]);
    let shown = succeeded(&show.arg("--config").arg(&configuration).output().unwrap());
    assert!(!shown.contains("pencil"), "{shown}");

    let mut reads = plain().args(["--database-url-file", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    reads.stdin.take().unwrap().write_all(workshop.url().as_bytes()).unwrap();
    assert!(succeeded(&reads.wait_with_output().unwrap()).contains("Journal"));
}

fn written(workshop: &Workshop, name: &str, content: &str) -> PathBuf {
    let file = workshop.path(name);
    fs::write(&file, content).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    file
}

fn next_host_is_used_if_first_is_down(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let place = place(&workshop);
    let journal = ["generate", "--space", "1"];
    for hosts in [format!("{CLOSED},{place}"), format!("{UNKNOWN}:1,{place}"), format!("{place},{CLOSED}")] {
        succeeded(&workshop.run_at(&workshop.url().replace(&place, &hosts), &journal));
    }
    // A URL for each host.
    let down = workshop.url().replace(&place, CLOSED);
    let mut command = workshop.command_without_database(&journal);
    succeeded(&command.args(["--database-url", &down, "--database-url", &workshop.url()]).output().unwrap());
    assert_eq!(workshop.number("SELECT count(*) FROM invites"), 4);

    let both_down = workshop.url().replace(&place, &format!("{CLOSED},{UNKNOWN}:2"));
    let said = Said::by(&workshop.run_briefly_at(&both_down, &journal), 10);
    let said = said.names("no usable host in ", "check the hosts and ports");
    let cause = said.cause.unwrap();
    assert!(cause.contains("127.0.0.1:1: ") && cause.contains(&format!("{UNKNOWN}:2: ")), "{cause}");

    // A wrong password is no reason to look elsewhere.
    let wrong = workshop.url().replace("pencil", "wrong").replace(&place, &format!("{CLOSED},{place}"));
    Said::by(&workshop.run_at(&wrong, &journal), 1).names("denied for the user", "check the user and password");
}

/// The other way round both wait for the other to speak first: that test is among
/// those that wait.
#[test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
fn server_of_other_kind_is_named() {
    let workshop = Workshop::without_tables(Engine::Mariadb);
    let url = workshop.url().replace("mysql://", "postgres://");
    Said::by(&workshop.run_at(&url, &["list"]), 10).names("the connection to ", "check that the scheme and port");
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn postgres_variables_and_password_file_complete_url() {
    let workshop = Workshop::with_journal(Engine::Postgres);
    let name = workshop.database().name();
    let port = servers::postgres().port();
    let run = |url: &str, variables: &[(&str, &str)]| {
        let mut command = workshop.command_without_database(&["space", "list", "-o", "csv", "--database-url", url]);
        command.envs(variables.iter().copied()).output().unwrap()
    };
    let port_text = port.to_string();
    let place = [("PGHOST", "127.0.0.1"), ("PGPORT", port_text.as_str())];
    let who = [("PGUSER", "invite"), ("PGDATABASE", name)];
    let password = [("PGPASSWORD", "pencil sharpener")];

    let all: Vec<_> = place.iter().chain(&who).chain(&password).copied().collect();
    let named = format!("postgres://invite@127.0.0.1:{port}/{name}");
    for (url, variables) in [("postgres://", &all), ("postgresql:///", &all), (named.as_str(), &password.to_vec())] {
        assert!(succeeded(&run(url, variables)).contains("Journal"), "{url}");
    }

    let content = format!("# who comes where\nother:5432:*:invite:wrong\n127.0.0.1:{port}:*:invite:pencil sharpener\n");
    let file = written(&workshop, "passwords", &content);
    let passwords = [("PGPASSFILE", file.to_str().unwrap())];
    assert!(succeeded(&run(&named, &passwords)).contains("Journal"));
    let from_variables: Vec<_> = place.iter().chain(&who).chain(&passwords).copied().collect();
    assert!(succeeded(&run("postgres://", &from_variables)).contains("Journal"));
    // The file in the folder of the account.
    fs::rename(&file, workshop.path(".pgpass")).unwrap();
    assert!(succeeded(&run(&named, &[])).contains("Journal"));
    // One that others may read counts for nothing, as everywhere.
    fs::set_permissions(workshop.path(".pgpass"), Permissions::from_mode(0o644)).unwrap();
    let output = run(&named, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
}
