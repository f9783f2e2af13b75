//! Commands that run as the account of the servers.

use std::process::Command;

use servers::Server;

use crate::sandbox::succeeded;

/// Runs a shell line as the account of a server in the server's folder, and returns its output.
pub fn run_as_server_account(server: &Server, line: &str) -> String {
    // `serving.sh`, which also starts the test servers, defines `$unprivileged`.
    let script = r#"
        . "$tests/servers/scripts/serving.sh"
        cd "$folder"
        exec $unprivileged sh -euc "$1"
    "#;
    let mut command = Command::new("sh");
    command
        .args(["-euc", script, "sh", line])
        .env("tests", concat!(env!("CARGO_MANIFEST_DIR"), "/tests"))
        .env("folder", server.folder());
    succeeded(&command.output().unwrap())
}
