//! How long `invite` takes to start, against an empty program in Rust, and how
//! large it is.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::call::Call;
use crate::contest::Contest;
use crate::options::Options;
use crate::report;

/// The most that our time may be to that of the empty program.
const TARGET: f64 = 1.5;

/// The largest that the binary may be, in bytes.
const LARGEST: u64 = 15_000_000;

/// How many processes a round starts in a row.
const STARTS: u32 = 200;

pub fn run(options: &Options) {
    let folder = tempfile::tempdir_in("/dev/shm").expect("memory holds files in /dev/shm");
    let contest = Contest {
        ours: Call::new(&options.invite, folder.path().join("ours")).args(["--version"]),
        theirs: Call::new(empty_program(folder.path()), folder.path().join("theirs")),
        times: STARTS,
        clock: None,
        prepare: &|_| (),
        check: &|_| (),
    };
    let outcome = contest.run(options.rounds);
    report::line("\n### The binary\n");
    report::head();
    report::contest_anywhere("invite --version, against an empty program in Rust", &outcome, TARGET);
    let size = fs::metadata(&options.invite).map_or(0, |metadata| metadata.len());
    let megabytes = size / 100_000;
    report::line(&format!(
        "\nIt is {}.{} MB large, of 15 MB at most: {}.",
        megabytes / 10,
        megabytes % 10,
        report::met(size <= LARGEST)
    ));
}

fn empty_program(folder: &Path) -> std::path::PathBuf {
    let (source, program) = (folder.join("empty.rs"), folder.join("empty"));
    fs::write(&source, "fn main() {}\n").expect("the folder takes files");
    let status = Command::new("rustc").args(["--edition=2024", "-O", "-o"]).args([&program, &source]).status();
    assert!(status.is_ok_and(|status| status.success()), "rustc makes an empty program");
    program
}
