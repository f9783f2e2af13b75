//! The binary on a cluster.

use std::process::{Command, Output, Stdio};

/// Returns a command of the binary with these database URLs and piped output.
pub fn command(urls: &[String], args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_invite"));
    command
        .args(urls.iter().flat_map(|url| ["--database-url", url]))
        .args(args)
        .env_clear()
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub fn run(urls: &[String], args: &[&str]) -> Output {
    command(urls, args).output().unwrap()
}

/// Returns the report of a successful command.
pub fn report(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{}", text(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}
