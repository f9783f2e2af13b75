//! Shipped files, checked with the tools of distributors and operators: systemd units, a
//! cron line, scripts, manual pages and completions.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

mod configuration;
mod pages;
mod scripts;
mod units;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Returns the folder of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(name: &str) -> String {
    std::fs::read_to_string(root().join(name)).unwrap()
}

/// Runs a tool in the folder of the repository, and returns its output.
fn output(command: &mut Command) -> Output {
    let tool = command.get_program().to_string_lossy().into_owned();
    command
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{tool} cannot be run ({error}); install it, or run: sh tests/run.sh"))
}

/// Returns both outputs of a tool.
fn said(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}

/// Asserts that a tool reports no problem.
fn assert_clean(command: &mut Command) {
    let output = output(command);
    assert!(output.status.success() && said(&output).is_empty(), "{command:?}: {}", said(&output));
}

/// Returns the files below a folder, by their paths in the repository; omits build outputs
/// and the folder of Git.
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
