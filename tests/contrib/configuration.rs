//! The example configuration contains every key, and every line of it is valid.

use std::process::Command;

use crate::{output, read, said};

const EXAMPLE: &str = "contrib/config.toml.example";

/// Returns the output of `config show` for a configuration.
fn shown(text: &str) -> (bool, String) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    std::fs::write(&file, text).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_invite"));
    command.env_clear().env("HOME", folder.path()).arg("--config").arg(file).args(["config", "show"]);
    let output = output(&mut command);
    (output.status.success(), said(&output))
}

/// Returns a key or table of a commented line without the comment sign.
fn uncommented(line: &str) -> Option<&str> {
    line.strip_prefix('#').filter(|rest| rest.starts_with(|c: char| c.is_ascii_lowercase() || c == '['))
}

#[test]
fn example_configuration_sets_nothing() {
    let example = read(EXAMPLE);
    assert!(example.lines().all(|line| line.is_empty() || line.starts_with('#')));
}

#[test]
fn every_line_of_example_configuration_is_valid() {
    let example = read(EXAMPLE);
    let urls: Vec<&str> =
        example.lines().filter_map(uncommented).filter(|line| line.starts_with("database_url = ")).collect();
    assert!(urls.len() > 3, "{urls:?}");
    // The last group is that of the profile.
    for url in &urls[..urls.len() - 1] {
        let fits = |line: &&str| !line.starts_with("schema = ") || url.contains("postgres:");
        let others = |line: &&str| {
            fits(line) && (line == url || line.contains("staging") || !line.starts_with("database_url = "))
        };
        let lines: Vec<&str> = example.lines().filter_map(uncommented).filter(others).collect();
        let (is_right, words) = shown(&lines.join("\n"));
        assert!(is_right, "{words}");
    }
}

#[test]
fn example_configuration_has_every_key() {
    let example = read(EXAMPLE);
    let written: Vec<&str> =
        example.lines().filter_map(uncommented).filter_map(|line| line.split([' ', '.', ']']).next()).collect();
    for (where_, nonsense) in [("a file", "qqqqqqqqqq = 1"), ("a policy", "[policy.director]\nqqqqqqqqqq = 1")] {
        let (_, words) = shown(nonsense);
        let keys = words.lines().find_map(|line| line.strip_prefix("hint: keys: ")).unwrap();
        for key in keys.split(", ") {
            let is_there = written.iter().any(|word| word.trim_start_matches('[') == key);
            assert!(is_there, "the example lacks the key {key} of {where_}");
        }
    }
}
