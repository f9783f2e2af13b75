//! The tool with a frozen clock and a fixed random seed, so that each run prints the same
//! screen. Everything else is as in the binary.

use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use dialoguer::console::Term;
use invite::cli::{Host, Interrupt, run};
use invite::clock::Clock;
use invite::random::Random;
use rand::SeedableRng;
use rand::rngs::StdRng;

/// The variable that contains the time; without it, this program runs the tests.
pub const NOW: &str = "STILL_NOW";

/// Runs the tool if the variable is set.
pub fn act() -> Option<ExitCode> {
    let now: DateTime<Utc> = std::env::var(NOW).ok()?.parse().unwrap();
    let environment: invite::config::Environment = std::env::vars().collect();
    // Each run generates other codes than the previous one.
    let counter = PathBuf::from(&environment["HOME"]).join(".runs");
    let runs = std::fs::read_to_string(&counter).ok().and_then(|text| text.parse::<u64>().ok()).unwrap_or(0) + 1;
    std::fs::write(&counter, runs.to_string()).unwrap();
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let host = Host {
        can_ask: io::stdin().is_terminal() && stderr.is_terminal(),
        stdout_is_terminal: stdout.is_terminal(),
        stderr_is_terminal: stderr.is_terminal(),
        stdin: Box::new(io::stdin()),
        stdout: Box::new(stdout),
        stderr: Box::new(stderr),
        width: Term::stdout().size_checked().map(|(_, columns)| columns),
        environment,
        system_config: PathBuf::from("/nonexistent"),
        account: || "ops".to_owned(),
        clock: Clock::Fixed(now),
        random: Some(Random::from_generator(StdRng::seed_from_u64(runs))),
        interrupt: Interrupt::default(),
    };
    let args: Vec<OsString> = std::iter::once("invite".into()).chain(std::env::args_os().skip(1)).collect();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    Some(ExitCode::from(runtime.block_on(run(args, host))))
}
