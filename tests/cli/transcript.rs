//! Transcripts: files of commands and their output.
//!
//! A line `$ invite ...` is a command, and the lines after it are its output: `! ` marks
//! standard error, `~` stands for an empty line, and `[exit N]` follows if the exit code is
//! not 0. `~/` is the home folder. Lines that begin with `#` are comments. `@now TIME` sets
//! the clock, `@stdin TEXT` is the input of the next command, `@env NAME=VALUE` sets a
//! variable, `@file NAME` begins a file that ends with `@end`.

use std::path::Path;

use chrono::DateTime;

use crate::machine::{Machine, Screen};

/// Runs a transcript, and returns the first difference, if any.
pub fn check(file: &Path) -> Option<String> {
    let written = std::fs::read_to_string(file).unwrap();
    let played = play(&written);
    if played == written {
        return None;
    }
    if std::env::var_os("UPDATE_TRANSCRIPTS").is_some() {
        std::fs::write(file, &played).unwrap();
        return None;
    }
    Some(first_difference(file, &written, &played))
}

fn play(written: &str) -> String {
    let mut machine = Machine::new();
    let mut played = String::new();
    let mut lines = written.lines().peekable();
    while let Some(line) = lines.next() {
        if !(line.starts_with(['#', '@', '$']) || line.is_empty()) {
            // Skips the recorded output of the command.
            continue;
        }
        played.push_str(line);
        played.push('\n');
        if let Some(command) = line.strip_prefix("$ invite") {
            played.push_str(&shown(&machine.run(command)));
        } else if let Some(time) = line.strip_prefix("@now ") {
            machine.now = DateTime::parse_from_rfc3339(time).unwrap().to_utc();
        } else if let Some(text) = line.strip_prefix("@stdin ") {
            machine.stdin = format!("{}\n", text.replace("\\n", "\n"));
        } else if let Some((name, value)) = line.strip_prefix("@env ").and_then(|pair| pair.split_once('=')) {
            machine.environment.insert(name.to_owned(), machine.in_home(value));
        } else if let Some(name) = line.strip_prefix("@file ") {
            let mut content = String::new();
            for line in lines.by_ref() {
                played.push_str(line);
                played.push('\n');
                if line == "@end" {
                    break;
                }
                content.push_str(line);
                content.push('\n');
            }
            machine.write(name, content);
        }
    }
    played
}

fn shown(screen: &Screen) -> String {
    let mut text = String::new();
    for line in screen.out.lines() {
        text.push_str(&format!("  {}\n", if line.is_empty() { "~" } else { line }));
    }
    for line in screen.err.lines() {
        text.push_str(&format!("! {line}\n"));
    }
    if screen.exit != 0 {
        text.push_str(&format!("[exit {}]\n", screen.exit));
    }
    text
}

fn first_difference(file: &Path, written: &str, played: &str) -> String {
    let name = file.file_name().unwrap_or_default().to_string_lossy();
    let mut pairs = written.lines().zip(played.lines()).enumerate();
    match pairs.find(|(_, (before, now))| before != now) {
        Some((index, (before, now))) => format!("{name}, line {}:\n  written: {before}\n  now:     {now}", index + 1),
        None => {
            format!("{name}: {} lines are written, and there are {}", written.lines().count(), played.lines().count())
        }
    }
}
