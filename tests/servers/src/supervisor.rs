//! The supervisor process of a script that runs servers.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::Duration;

/// The folder of the tests.
pub const TESTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// Timeout for a script that hangs; the scripts have their own timeout for each server.
const TIMEOUT: Duration = Duration::from_mins(4);

/// Number of log lines that an error shows.
const TAIL: usize = 60;

/// A script with its servers. On drop, the servers end and their folder is removed.
pub struct Supervisor {
    process: Child,
    input: Option<ChildStdin>,
    answers: Receiver<String>,
    folder: PathBuf,
}

impl Supervisor {
    /// Runs a script of the tests with the folder and these arguments.
    pub fn start(script: &str, arguments: &[String]) -> Self {
        let mut process = Command::new("sh")
            .arg(format!("{TESTS}/servers/scripts/supervisor.sh"))
            .arg(format!("{TESTS}/{script}"))
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            // Ctrl-C ends the tests, and the supervisor must survive to clean up.
            .process_group(0)
            .spawn()
            .expect("the shell `sh` starts");
        let output = process.stdout.take().expect("standard output is a pipe");
        let (sender, answers) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let input = process.stdin.take();
        let mut supervisor = Supervisor { process, input, answers, folder: PathBuf::new() };
        supervisor.folder = PathBuf::from(supervisor.answer().expect("the supervisor prints its folder"));
        supervisor
    }

    /// Returns the folder of the servers.
    pub fn folder(&self) -> PathBuf {
        self.folder.join("servers")
    }

    /// Returns the next line of the script, or the error.
    pub fn answer(&self) -> Result<String, String> {
        self.answers.recv_timeout(TIMEOUT).map_err(|_| self.logs())
    }

    /// Sends a command to the script, and returns its response or the error.
    pub fn send(&mut self, command: &str) -> Result<String, String> {
        let input = self.input.as_mut().expect("the script's input is open until the end");
        match writeln!(input, "{command}") {
            Ok(()) => self.answer(),
            Err(_) => Err(self.logs()),
        }
    }

    /// Sends a command to the script that must get this response.
    #[track_caller]
    pub fn expect(&mut self, command: &str, expected: &str) {
        match self.send(command) {
            Ok(answer) if answer == expected => {}
            Ok(answer) => panic!("`{command}` did not work: {answer}{}", self.logs()),
            Err(problem) => panic!("`{command}` did not work{problem}"),
        }
    }

    /// Returns the last lines of the logs of the script and of its servers.
    pub fn logs(&self) -> String {
        let mut logs = tail(&self.folder.join("log"));
        logs.push_str(&tail(&self.folder().join("log")));
        for node in 1..=3 {
            logs.push_str(&tail(&self.folder().join(format!("node{node}/log"))));
        }
        logs
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        drop(self.input.take());
        let _ = self.process.wait();
    }
}

/// Returns the name and the last lines of a file; nothing if it has none.
fn tail(file: &Path) -> String {
    let Ok(bytes) = fs::read(file) else { return String::new() };
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    if lines.is_empty() {
        return String::new();
    }
    let last = &lines[lines.len().saturating_sub(TAIL)..];
    format!("\n{}:\n{}\n", file.display(), last.join("\n"))
}
