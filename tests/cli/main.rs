//! The command line as operators see it.
//!
//! `transcripts/*.txt` are transcripts: commands with their output and exit code, run in
//! process with a frozen clock and a fixed random seed. After an intended change, update
//! them and review the diff: `UPDATE_TRANSCRIPTS=1 cargo test --test cli`.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

mod bad_input;
mod batches;
mod cited_tests;
mod dates;
mod dry_runs;
mod former_names;
mod generated;
mod hints;
mod lists;
mod machine;
mod missing_database;
mod newcomers;
mod operation_ids;
mod output;
mod pasted;
mod permissions;
mod qr;
mod shown;
mod stats;

mod transcript;
mod wording;

#[test]
fn transcripts_match() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/transcripts");
    let mut files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    assert!(!files.is_empty());
    let different: Vec<String> = files.iter().filter_map(|file| transcript::check(file)).collect();
    assert!(different.is_empty(), "{}", different.join("\n\n"));
}

#[test]
fn every_subcommand_has_a_transcript() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cli/transcripts");
    let command = <invite::cli::Cli as clap::CommandFactory>::command();
    let names = command.get_subcommands().filter(|command| !command.is_hide_set()).map(clap::Command::get_name);
    let missing: Vec<&str> = names.filter(|name| !folder.join(format!("{name}.txt")).exists()).collect();
    assert_eq!(missing, Vec::<&str>::new());
}
