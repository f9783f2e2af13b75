//! Sources of the database URL and account: variables, files, credentials, and several hosts.

use std::fs::{self, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, succeeded, text};
use crate::server_input::UNKNOWN;

every_server! {
    url_is_read_from_file_credential_or_configuration,
    next_host_is_used_if_first_is_down,
}

const CLOSED: &str = "127.0.0.1:1";

/// Returns `127.0.0.1:PORT` of the sandbox's server.
fn place(sandbox: &Sandbox) -> String {
    format!("127.0.0.1:{}", sandbox.engine().server().port())
}

fn url_is_read_from_file_credential_or_configuration(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let listed = |command: &mut Command| {
        let listed = succeeded(&command.output().unwrap());
        assert!(listed.contains("Journal"), "{listed}");
    };
    let args = ["space", "list", "-o", "csv"];
    let plain = || sandbox.command_without_database(&args);
    listed(plain().arg("--database-url").arg(sandbox.url()));

    let file = written(&sandbox, "url", &format!("{}\n", sandbox.url()));
    listed(plain().arg("--database-url-file").arg(&file));

    written(&sandbox, "database-url", &format!("{}\n", sandbox.url()));
    listed(plain().env("CREDENTIALS_DIRECTORY", sandbox.path("")));

    let configuration = written(&sandbox, "config.toml", &format!("database_url = \"{}\"\n", sandbox.url()));
    listed(plain().arg("--config").arg(&configuration));
    let mut show = sandbox.command_without_database(&["config", "show"]);
    let shown = succeeded(&show.arg("--config").arg(&configuration).output().unwrap());
    assert!(!shown.contains("pencil"), "{shown}");

    let mut reads = plain().args(["--database-url-file", "-"]).stdin(Stdio::piped()).spawn().unwrap();
    reads.stdin.take().unwrap().write_all(sandbox.url().as_bytes()).unwrap();
    assert!(succeeded(&reads.wait_with_output().unwrap()).contains("Journal"));
}

fn written(sandbox: &Sandbox, name: &str, content: &str) -> PathBuf {
    let file = sandbox.path(name);
    fs::write(&file, content).unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    file
}

fn next_host_is_used_if_first_is_down(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let place = place(&sandbox);
    let journal = ["generate", "--space", "1"];
    for hosts in [format!("{CLOSED},{place}"), format!("{UNKNOWN}:1,{place}"), format!("{place},{CLOSED}")] {
        succeeded(&sandbox.run_at(&sandbox.url().replace(&place, &hosts), &journal));
    }
    // One URL per host.
    let down = sandbox.url().replace(&place, CLOSED);
    let mut command = sandbox.command_without_database(&journal);
    succeeded(&command.args(["--database-url", &down, "--database-url", &sandbox.url()]).output().unwrap());
    assert_eq!(sandbox.number("SELECT count(*) FROM invites"), 4);

    let both_down = sandbox.url().replace(&place, &format!("{CLOSED},{UNKNOWN}:2"));
    let said = ErrorOutput::parse(&sandbox.run_at_with_short_timeout(&both_down, &journal), 10);
    let said = said.names("no usable host in ", "check the hosts and ports");
    let cause = said.cause.unwrap();
    assert!(cause.contains("127.0.0.1:1: ") && cause.contains(&format!("{UNKNOWN}:2: ")), "{cause}");

    // After a wrong password no other host is tried.
    let wrong = sandbox.url().replace("pencil", "wrong").replace(&place, &format!("{CLOSED},{place}"));
    ErrorOutput::parse(&sandbox.run_at(&wrong, &journal), 1)
        .names("denied for the user", "check the user and password");
}

/// In the reverse case both wait for the other to send first; `server_waits` tests it.
#[test]
#[ignore = "needs MariaDB: sh tests/run.sh"]
fn server_of_other_kind_is_named() {
    let sandbox = Sandbox::without_tables(Engine::Mariadb);
    let url = sandbox.url().replace("mysql://", "postgres://");
    ErrorOutput::parse(&sandbox.run_at(&url, &["list"]), 10)
        .names("the connection to ", "check that the scheme and port");
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn postgres_variables_and_password_file_complete_url() {
    let sandbox = Sandbox::with_container(Engine::Postgres);
    let name = sandbox.database().name();
    let port = servers::postgres().port();
    let run = |url: &str, variables: &[(&str, &str)]| {
        let mut command = sandbox.command_without_database(&["space", "list", "-o", "csv", "--database-url", url]);
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
    let file = written(&sandbox, "passwords", &content);
    let passwords = [("PGPASSFILE", file.to_str().unwrap())];
    assert!(succeeded(&run(&named, &passwords)).contains("Journal"));
    let from_variables: Vec<_> = place.iter().chain(&who).chain(&passwords).copied().collect();
    assert!(succeeded(&run("postgres://", &from_variables)).contains("Journal"));
    // The password file in the home folder.
    fs::rename(&file, sandbox.path(".pgpass")).unwrap();
    assert!(succeeded(&run(&named, &[])).contains("Journal"));
    // A password file readable by others is ignored, as in libpq.
    fs::set_permissions(sandbox.path(".pgpass"), Permissions::from_mode(0o644)).unwrap();
    let output = run(&named, &[]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output.stderr));
}
