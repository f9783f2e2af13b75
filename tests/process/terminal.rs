//! Transient lines on a terminal: the progress bar and the notice of a wait.

use std::io::{Read as _, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crate::sandbox::{Engine, Sandbox, wait_for};

/// Escape sequence that clears a line.
const CLEAR: &str = "\u{1b}[2K";

/// A command on a pseudo-terminal of `script`.
struct Terminal {
    child: Child,
    reader: JoinHandle<()>,
    seen: Arc<Mutex<Vec<u8>>>,
    begun: Instant,
}

impl Terminal {
    #[expect(clippy::disallowed_methods, reason = "counts the draws per second")]
    fn running(sandbox: &Sandbox, args: &str, columns: u16) -> Self {
        let invite = env!("CARGO_BIN_EXE_invite");
        let mut command = Command::new("script");
        let tty = sandbox.path("tty");
        let shell = format!("tty > {}; stty cols {columns} rows 24; exec {invite} {args}", tty.display());
        command.args(["-q", "-e", "-c", &shell, "/dev/null"]);
        command.env_clear().env("HOME", sandbox.path("")).env("XDG_DATA_HOME", sandbox.path(""));
        command.env("PATH", "/usr/bin:/bin").env("TERM", "xterm").env("SHELL", "/bin/sh");
        let begun = Instant::now();
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (mut out, seen) = (child.stdout.take().unwrap(), Arc::default());
        let keep: Arc<Mutex<Vec<u8>>> = Arc::clone(&seen);
        let reader = thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = out.read(&mut bytes) {
                keep.lock().unwrap().extend_from_slice(&bytes[..count]);
            }
        });
        Terminal { child, reader, seen, begun }
    }

    fn text(&self) -> String {
        String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned()
    }

    /// Changes the width of the terminal.
    fn resize(sandbox: &Sandbox, columns: u16) {
        let tty = std::fs::read_to_string(sandbox.path("tty")).unwrap();
        let status = Command::new("stty").args(["-F", tty.trim(), "cols", &columns.to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Presses Ctrl-C.
    fn interrupt(&mut self) {
        self.child.stdin.as_mut().unwrap().write_all(b"\x03").unwrap();
    }

    /// Waits for the end, and returns the exit code, the output and the duration.
    fn end(mut self) -> (Option<i32>, String, Duration) {
        wait_for("the command to end", || self.child.try_wait().unwrap().is_some());
        let took = self.begun.elapsed();
        let status = self.child.wait().unwrap();
        self.reader.join().unwrap();
        let text = String::from_utf8_lossy(&self.seen.lock().unwrap()).into_owned();
        (status.code(), text, took)
    }
}

/// Returns the last lines that a terminal finally shows.
fn shown(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for part in text.split_inclusive('\n') {
        let visible = part.rsplit('\r').find(|part| !part.trim().is_empty()).unwrap_or_default();
        let visible = visible.rsplit(CLEAR).next().unwrap_or_default();
        lines.push(visible.trim_end().to_owned());
    }
    lines
}

#[test]
#[ignore = "needs script and stty: sh tests/run.sh"]
fn progress_bar_is_drawn_at_most_10_times_a_second() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 24_000);
    let terminal = Terminal::running(&sandbox, "backfill --batch-size 40", 100);
    let (code, text, took) = terminal.end();
    assert_eq!(code, Some(0), "{text}");
    // The rate limiter allows a burst of 20.
    let most = took.as_secs_f64().mul_add(10.0, 22.0);
    let draws = text.matches("backfill [").count();
    assert!((2..=600).contains(&draws), "{draws}");
    assert!(f64::from(u32::try_from(draws).unwrap()) <= most, "{draws} draws in {took:?}");
    // The output has the table of 50 rows, and one line per draw of the bar.
    assert!(text.len() < 20_000 + draws * 120, "{} bytes for {draws} draws", text.len());
    assert!(text.contains(" of 24,000, ") && !text.contains(" 0s left"), "{text}");
    assert!(!shown(&text).iter().any(|line| line.contains("backfill [")), "a bar remains: {text}");
    sandbox.assert_one_active_code_each(24_000);
}

#[test]
#[ignore = "needs script and stty: sh tests/run.sh"]
fn progress_bar_is_cut_to_current_width() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 2_000);
    let holder = sandbox.lock_invites();
    let terminal = Terminal::running(&sandbox, "backfill --batch-size 100", 200);
    wait_for("the line", || terminal.text().contains("waiting for a lock on "));
    let before = terminal.text().len();
    Terminal::resize(&sandbox, 30);
    holder.release();
    let (code, text, _) = terminal.end();
    assert_eq!(code, Some(0), "{text}");
    assert!(text[..before].contains("locked by another process"), "{text}");
    let after = text[before..].split(CLEAR);
    let bars: Vec<&str> = after.filter_map(|part| part.find("backfill [").map(|at| &part[at..])).collect();
    assert!(bars.len() > 1, "{text}");
    assert!(bars.iter().all(|bar| bar.split(['\r', '\n']).next().unwrap().len() < 30), "{text}");
}

#[test]
#[ignore = "needs script and stty: sh tests/run.sh"]
fn quiet_and_json_runs_draw_no_progress_bar() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 3_000);
    for args in ["backfill -q --limit 1000", "backfill -o json --limit 1000", "backfill -o jsonl --limit 1000"] {
        let (code, text, _) = Terminal::running(&sandbox, &format!("{args} --batch-size 20"), 100).end();
        assert_eq!(code, Some(0), "{args}: {text}");
        assert!(!text.contains(CLEAR) && !text.contains("backfill ["), "{args}: {text}");
    }
}

#[test]
#[ignore = "needs script and stty: sh tests/run.sh"]
fn lock_wait_replaces_progress_bar() {
    let sandbox = Sandbox::with_spaces(Engine::Sqlite, 60);
    let holder = sandbox.lock_invites();
    let terminal = Terminal::running(&sandbox, "backfill --batch-size 10", 200);
    wait_for("the line", || terminal.text().contains("waiting for a lock on "));
    let seen = terminal.text();
    assert!(seen.contains("locked by another process") && seen.contains("invite.db"), "{seen}");
    assert!(!seen.contains("s left"), "{seen}");
    holder.release();
    let (code, text, _) = terminal.end();
    assert_eq!(code, Some(0), "{text}");
    assert!(!shown(&text).iter().any(|line| line.contains("waiting for")), "the line remains: {text}");
    assert!(text.contains("added 60"), "{text}");
}

#[test]
#[ignore = "needs script and stty: sh tests/run.sh"]
fn interrupted_wait_clears_its_line() {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]);
    let holder = sandbox.lock_invites();
    let mut terminal = Terminal::running(&sandbox, &format!("use {} --user u1", code.trim()), 200);
    wait_for("the line", || terminal.text().contains("waiting for a lock on "));
    terminal.interrupt();
    let (code, text, _) = terminal.end();
    assert_eq!(code, Some(130), "{text}");
    let after = text.rsplit("waiting for a lock on ").next().unwrap();
    assert!(after.contains(CLEAR), "the line remains: {text:?}");
    holder.release();
}
