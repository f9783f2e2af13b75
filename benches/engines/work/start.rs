//! Start of `invite`, compared with an empty Rust program, and size of the binary.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::call::Call;
use crate::comparison::Comparison;
use crate::options::Options;
use crate::report;

/// Maximum ratio of the time of `invite` to that of the reference.
const TARGET: f64 = 1.5;

/// Maximum size of the binary, in bytes.
const MAX_SIZE: u64 = 15_000_000;

/// Number of processes per round.
const STARTS: u32 = 200;

pub fn run(options: &Options) {
    let folder = tempfile::tempdir_in("/dev/shm").expect("memory holds files in /dev/shm");
    let comparison = Comparison {
        ours: Call::new(&options.invite, folder.path().join("ours")).args(["--version"]),
        theirs: Call::new(empty_program(folder.path()), folder.path().join("theirs")),
        times: STARTS,
        clock: None,
        prepare: &|_| (),
        check: &|_| (),
    };
    let outcome = comparison.run(options.rounds);
    report::line("\n### The binary\n");
    report::table_head();
    report::ratio_without_engine("invite --version, against an empty program in Rust", &outcome, TARGET);
    let size = fs::metadata(&options.invite).map_or(0, |metadata| metadata.len());
    let megabytes = size / 100_000;
    report::line(&format!(
        "\nIt is {}.{} MB large, of 15 MB at most: {}.",
        megabytes / 10,
        megabytes % 10,
        report::met(size <= MAX_SIZE)
    ));
}

fn empty_program(folder: &Path) -> std::path::PathBuf {
    let (source, program) = (folder.join("empty.rs"), folder.join("empty"));
    fs::write(&source, "fn main() {}\n").expect("the folder takes files");
    let status = Command::new("rustc").args(["--edition=2024", "-O", "-o"]).args([&program, &source]).status();
    assert!(status.is_ok_and(|status| status.success()), "rustc makes an empty program");
    program
}
