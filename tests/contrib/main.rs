//! What is shipped beside the binary, looked at by the tools of those who ship
//! and run it: units of systemd, a line for cron, scripts, manual pages and
//! completions.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on should say where")]

mod configuration;
mod pages;
mod scripts;
mod units;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// What a tool says, run in the repository's folder.
fn output(command: &mut Command) -> Output {
    let tool = command.get_program().to_string_lossy().into_owned();
    command
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{tool} cannot be run ({error}); install it, or run: sh tests/run.sh"))
}

/// Everything that a tool printed.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// Sees that a tool has nothing to complain of.
fn assert_clean(command: &mut Command) {
    let output = output(command);
    assert!(output.status.success() && said(&output).is_empty(), "{command:?}: {}", said(&output));
}

/// The files in a folder and below it, by their paths in the repository; without
/// what is built and what Git keeps.
fn files(folder: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(root().join(folder)).unwrap() {
        let path = entry.unwrap().path();
        let name = path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned();
        if !path.is_dir() {
            found.push(PathBuf::from(name));
        } else if !["target", ".git"].contains(&name.as_str()) {
            found.extend(files(&name));
        }
    }
    found.sort();
    found
}
