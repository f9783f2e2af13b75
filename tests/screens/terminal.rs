//! A terminal emulator for one screen.

use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread::sleep;
use std::time::Duration;

use tempfile::TempDir;

/// Timeout for text to appear, in steps of [`STEP`].
const STEPS: u32 = 400;
const STEP: Duration = Duration::from_millis(25);

/// A tmux session that runs a shell script; closed when dropped.
pub struct Terminal {
    folder: TempDir,
}

impl Terminal {
    /// Creates a terminal of this size, in which `invite` is this program.
    pub fn new(columns: u16, lines: u16, invite: &Path) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["bin", "home"] {
            std::fs::create_dir(folder.path().join(name)).unwrap();
        }
        symlink(invite, folder.path().join("bin/invite")).unwrap();
        let terminal = Terminal { folder };
        let script = terminal.folder.path().join("script");
        // Wait until the script runs, so that the size applies from its first line on.
        std::fs::write(&script, "").unwrap();
        let (columns, lines) = (columns.to_string(), lines.to_string());
        terminal.tmux(&["new-session", "-d", "-x", &columns, "-y", &lines, "bash --norc --noprofile -i"]);
        terminal
    }

    /// Returns the home folder of the terminal.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    fn tmux(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new("tmux");
        command.arg("-S").arg(self.folder.path().join("tmux")).args(["-f", "/dev/null"]).args(arguments);
        command.env_clear().env("PATH", self.path()).env("HOME", self.home()).env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8").env("SHELL", "/bin/bash").env("PS1", "");
        command.output().unwrap_or_else(|error| panic!("tmux cannot be run: {error}"))
    }

    fn path(&self) -> String {
        format!("{}:/usr/local/bin:/usr/bin:/bin", self.folder.path().join("bin").display())
    }

    /// Types a text.
    pub fn types(&self, text: &str) {
        self.tmux(&["send-keys", "-l", text]);
    }

    /// Presses a key, such as `Enter` or `C-c`.
    pub fn presses(&self, key: &str) {
        self.tmux(&["send-keys", key]);
    }

    /// Returns the visible text.
    pub fn text(&self) -> String {
        text(&self.tmux(&["capture-pane", "-p"]))
    }

    /// Waits until the text is visible, and returns the screen.
    pub fn waits_for(&self, what: &str) -> String {
        self.waits_until(what, |seen| seen.contains(what))
    }

    /// Waits until a condition on the visible text holds.
    pub fn waits_until(&self, what: &str, is_so: impl Fn(&str) -> bool) -> String {
        for _ in 0..STEPS {
            let seen = self.text();
            if is_so(&seen) {
                return seen;
            }
            sleep(STEP);
        }
        panic!("{what:?} does not appear:\n{}", self.text());
    }

    /// True if the cursor is visible.
    pub fn shows_cursor(&self) -> bool {
        text(&self.tmux(&["display-message", "-p", "#{cursor_flag}"])).trim() == "1"
    }

    /// Runs a script on an empty screen, and returns the final screen with its colors.
    pub fn plays(&self, script: &str) -> String {
        let file = self.folder.path().join("play");
        let end = self.folder.path().join("end");
        std::fs::write(&file, script).unwrap();
        // The end is signaled by a file, so that it is not visible.
        self.types(&format!("PS1=; clear; tput civis; . {}; : > {}", file.display(), end.display()));
        self.presses("Enter");
        for _ in 0..STEPS {
            if end.exists() {
                return text(&self.tmux(&["capture-pane", "-e", "-N", "-p"]));
            }
            sleep(STEP);
        }
        panic!("the script does not end:\n{}", self.text());
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.tmux(&["kill-server"]);
    }
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "tmux: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap()
}
