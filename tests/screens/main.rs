//! Screens of real commands in a real terminal (tmux), stored as pictures in
//! `docs/screens`. The test fails if a picture differs from the output of the code. After
//! an intended change: `UPDATE_SCREENS=1 cargo test --test screens`.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

mod prompts;
mod scenes;
mod still;
mod terminal;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::ExitCode;

fn main() -> ExitCode {
    // In the terminal, this program runs the tool.
    if let Some(code) = still::act() {
        return code;
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.iter().any(|argument| argument == "--list") {
        return ExitCode::SUCCESS;
    }
    // Options of the standard test harness and their values select no tests here.
    let is_value = |at: usize| at > 0 && arguments[at - 1].starts_with("--");
    let wanted = (0..arguments.len()).find(|at| !arguments[*at].starts_with('-') && !is_value(*at));
    let wanted = wanted.map(|at| arguments[at].clone()).unwrap_or_default();
    let runs = arguments.iter().any(|argument| argument == "--include-ignored" || argument == "--ignored");
    if !runs && std::env::var_os("UPDATE_SCREENS").is_none() {
        print_line("test screens ... ignored, needs tmux: sh tests/run.sh");
        return ExitCode::SUCCESS;
    }
    let mut failed = false;
    for (name, check) in scenes::all().into_iter().chain(prompts::all()) {
        if !name.contains(&wanted) {
            continue;
        }
        let outcome = catch_unwind(AssertUnwindSafe(check)).unwrap_or_else(|_| Err("it panicked".to_owned()));
        print_line(&format!("test {name} ... {}", if outcome.is_ok() { "ok" } else { "FAILED" }));
        if let Err(why) = outcome {
            print_line(&why);
            failed = true;
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// The name of a check, and the function that returns its failure.
type Check = (String, Box<dyn FnOnce() -> Result<(), String>>);

#[expect(clippy::print_stdout, reason = "the report of this test")]
fn print_line(line: &str) {
    println!("{line}");
}
