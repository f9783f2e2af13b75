//! Commands that are run as the account of the servers.

use std::process::Command;

use servers::Server;

use crate::workshop::succeeded;

/// Runs a line of a shell as the account that a server runs as, in the server's
/// folder; what it printed.
pub fn as_the_server(server: &Server, line: &str) -> String {
    // Other tests' servers are set up by the same words.
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
