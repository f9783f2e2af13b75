//! Output of a command: data to standard output, messages to standard error.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use dialoguer::console::{Term, truncate_str};
use uuid::Uuid;

use crate::cli::global::{ColorChoice, Format, GlobalArgs};
use crate::cli::host::{Host, Interrupt};
use crate::cli::ui::json::SCHEMA;
use crate::cli::ui::text::{escaped_json, safe};
use crate::config::has_password;
use crate::store::db::database::Db;
use crate::store::db::options::Waiting;

/// Writer of data and messages. Clones share the streams.
#[derive(Clone)]
pub(crate) struct Printer {
    streams: Arc<Mutex<Streams>>,
    /// The database once it is open, for the ID of the operation that changed it.
    database: Arc<OnceLock<Db>>,
    /// Reference of relative times, in microseconds since 1970.
    now: Arc<AtomicI64>,
    format: Format,
    quiet: bool,
    color_out: bool,
    color_err: bool,
    /// True if standard output is a terminal.
    is_terminal: bool,
    /// Width of that terminal in columns, if known.
    width: Option<u16>,
    /// True if a status line can be drawn on standard error.
    draws_lines: bool,
    /// Records whether a status line is drawn.
    interrupt: Interrupt,
}

/// Control sequence that clears the status line.
const CLEAR: &str = "\r\u{1b}[2K";

struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl Printer {
    /// Creates a printer for the streams of a host, which are moved out of it.
    pub(crate) fn new(global: &GlobalArgs, host: &mut Host) -> Self {
        let out = std::mem::replace(&mut host.stdout, Box::new(io::sink()));
        let err = std::mem::replace(&mut host.stderr, Box::new(io::sink()));
        let is_dumb = host.environment.get("TERM").is_some_and(|term| term == "dumb");
        let colors = |terminal: bool| match global.color {
            ColorChoice::Always => true,
            ColorChoice::Never => false,
            ColorChoice::Auto => {
                let set = |name: &str| host.environment.get(name).is_some_and(|value| !value.is_empty());
                let forced =
                    host.environment.get("CLICOLOR_FORCE").is_some_and(|value| !value.is_empty() && value != "0");
                !set("NO_COLOR") && (forced || terminal && !is_dumb)
            }
        };
        let draws_lines = host.stderr_is_terminal && !is_dumb && !global.quiet && !global.format().is_json();
        Printer {
            format: global.format(),
            quiet: global.quiet,
            color_out: colors(host.stdout_is_terminal),
            color_err: colors(host.stderr_is_terminal),
            is_terminal: host.stdout_is_terminal,
            width: host.width.filter(|_| host.stdout_is_terminal),
            draws_lines,
            interrupt: host.interrupt.clone(),
            now: Arc::new(AtomicI64::new(host.clock.now().timestamp_micros())),
            database: Arc::default(),
            streams: Arc::new(Mutex::new(Streams { out, err })),
        }
    }

    /// Creates a printer that writes data without colors and drops messages.
    pub(crate) fn redirected(out: Box<dyn Write + Send>, format: Format) -> Self {
        let streams = Streams { out, err: Box::new(io::sink()) };
        Printer {
            streams: Arc::new(Mutex::new(streams)),
            format,
            quiet: true,
            color_out: false,
            color_err: false,
            is_terminal: false,
            width: None,
            draws_lines: false,
            interrupt: Interrupt::default(),
            now: Arc::default(),
            database: Arc::default(),
        }
    }

    /// Sets the database of the command.
    pub(crate) fn set_database(&self, db: Db) {
        // A command opens a single database.
        let _ = self.database.set(db);
    }

    /// Returns the operation of the changes since the previous call; `None` if there were
    /// none.
    pub(crate) fn take_operation(&self) -> Option<Uuid> {
        self.database.get().and_then(Db::take_operation)
    }

    /// Prints the ID of an operation, unless `--quiet` or JSON output is set.
    pub(crate) fn operation_info(&self, operation: Option<Uuid>) {
        if let Some(operation) = operation {
            self.info(&format!("Operation {operation}."));
        }
    }

    /// Sets the time of the database as the reference of relative times. It may differ from
    /// the clock of this machine.
    pub(crate) fn set_now(&self, now: DateTime<Utc>) {
        self.now.store(now.timestamp_micros(), Ordering::Relaxed);
    }

    /// Returns the current time, to which relative times such as "in 3 days" refer.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.now.load(Ordering::Relaxed)).unwrap_or_default()
    }

    /// Returns the output format.
    pub(crate) fn format(&self) -> Format {
        self.format
    }

    /// True with `--quiet`.
    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// True if the report of a command is printed: always in a format for programs, and in
    /// a table without `--quiet`.
    pub(crate) fn shows_reports(&self) -> bool {
        !self.quiet || !self.format.is_for_people()
    }

    /// True if data is colored.
    pub(crate) fn colors_data(&self) -> bool {
        self.color_out
    }

    /// True if standard output is a terminal.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// Returns the width of the terminal in columns; `None` without a terminal.
    pub(crate) fn width(&self) -> Option<u16> {
        self.width
    }

    /// True if a status line can be drawn: a progress bar, or the reason of a wait.
    pub(crate) fn draws_lines(&self) -> bool {
        self.draws_lines
    }

    fn streams(&self) -> MutexGuard<'_, Streams> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes data.
    pub(crate) fn data(&self, text: &str) -> io::Result<()> {
        self.streams().out.write_all(text.as_bytes())
    }

    /// Flushes the data.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.streams().out.flush()
    }

    /// Writes data as bytes.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        self.streams().out.write_all(bytes)
    }

    /// Writes a line of CSV. On a terminal, characters that could control it are replaced;
    /// a file and a pipe get the values of the database.
    pub(crate) fn csv_line(&self, line: &[u8]) -> io::Result<()> {
        if !self.is_terminal {
            return self.bytes(line);
        }
        match std::str::from_utf8(line) {
            Ok(text) => self.data_line(&safe(text.strip_suffix('\n').unwrap_or(text))),
            Err(_) => self.bytes(line),
        }
    }

    /// Writes JSON. Characters that could control a terminal become JSON escapes, which
    /// programs read as the same text.
    pub(crate) fn json(&self, json: &[u8]) -> io::Result<()> {
        match std::str::from_utf8(json) {
            Ok(text) => self.data(&escaped_json(text)),
            Err(_) => self.bytes(json),
        }
    }

    /// Writes a line of data.
    pub(crate) fn data_line(&self, text: &str) -> io::Result<()> {
        let mut streams = self.streams();
        streams.out.write_all(text.as_bytes())?;
        streams.out.write_all(b"\n")
    }

    /// Prints information, unless `--quiet` or JSON output is set. JSON output contains the
    /// same information as data.
    pub(crate) fn info(&self, text: &str) {
        if !self.quiet && !self.format.is_json() {
            self.error_line(text);
        }
    }

    /// Prints that a dry run changed nothing. `pending` is true if a run would make changes.
    pub(crate) fn dry_run_info(&self, pending: bool) {
        let apply = if pending { " Run it without --dry-run to apply them." } else { "" };
        self.info(&format!("Dry run: no changes were made.{apply}"));
    }

    /// Prints how a command ended, also with `--quiet`; with JSON output as an object.
    pub(crate) fn status(&self, text: &str) {
        if self.format.is_json() {
            self.error_line(&serde_json::json!({ "schema": SCHEMA, "message": text }).to_string());
        } else {
            self.error_line(text);
        }
    }

    /// Draws a status line over the previous one, cut to the width of the terminal.
    pub(crate) fn draw_line(&self, text: &str) {
        let columns = Term::stderr().size_checked().map_or(80, |(_, columns)| columns);
        let text = truncate_str(text, usize::from(columns.max(2)) - 1, "");
        let mut streams = self.streams();
        let clear = if self.interrupt.set_line(true) { CLEAR } else { "" };
        // A status line that cannot be drawn is not an error.
        let _ = streams.err.write_all(format!("{clear}{text}").as_bytes()).and_then(|()| streams.err.flush());
    }

    /// Draws the reason of a wait as the status line; `None` clears it. The next progress
    /// draws the progress bar again.
    pub(crate) fn draw_wait(&self, waiting: Option<&Waiting>) {
        match waiting {
            Some(waiting) => self.draw_line(&safe(&format!("waiting for {waiting}"))),
            None => self.clear_line(),
        }
    }

    /// Clears the status line, if one is drawn.
    pub(crate) fn clear_line(&self) {
        self.clear_in(&mut self.streams());
    }

    fn clear_in(&self, streams: &mut Streams) {
        if self.interrupt.set_line(false) {
            let _ = streams.err.write_all(CLEAR.as_bytes()).and_then(|()| streams.err.flush());
        }
    }

    /// Prints a warning; with JSON output as an object.
    pub(crate) fn warn(&self, text: &str) {
        if self.format.is_json() {
            self.error_line(&serde_json::json!({ "schema": SCHEMA, "warning": text }).to_string());
        } else {
            self.error_line(&format!("{} {text}", self.yellow("warning:")));
        }
    }

    /// Warns if a URL of an option contains a password. `instead` says what to do.
    pub(crate) fn warn_of_password(&self, option: &str, urls: &[String], instead: &str) {
        if urls.iter().any(|url| has_password(url)) {
            self.warn(&format!("a password in {option} is visible to every account of this machine (ps); {instead}"));
        }
    }

    /// Writes a line to standard error: JSON, or text without characters that could control
    /// a terminal.
    pub(crate) fn error_line(&self, text: &str) {
        let text = if self.format.is_json() { escaped_json(text) } else { Cow::Borrowed(text) };
        let mut streams = self.streams();
        self.clear_in(&mut streams);
        // On a terminal, the data so far has to appear before the message. An error is
        // returned by the next flush.
        let _ = streams.out.flush();
        // There is no stream left to report this error to.
        let _ = writeln!(streams.err, "{text}");
    }

    /// Returns a word in the color of errors.
    pub(crate) fn red(&self, word: &str) -> String {
        paint(word, "31;1", self.color_err)
    }

    /// Returns a word in the color of hints and warnings.
    pub(crate) fn yellow(&self, word: &str) -> String {
        paint(word, "33;1", self.color_err)
    }

    /// Formats a word of the data in the color of success.
    pub(crate) fn green_data(&self, word: &str) -> String {
        paint(word, "32;1", self.color_out)
    }

    /// Formats text of the database as a heading.
    pub(crate) fn heading(&self, text: &str) -> String {
        paint(text, "1", self.color_out)
    }

    /// Formats text of the database in a color.
    pub(crate) fn colored(&self, text: &str, hue: Hue) -> String {
        paint(text, hue.code(), self.color_out)
    }

    /// Formats a word of the data in the color of failure.
    pub(crate) fn red_data(&self, word: &str) -> String {
        paint(word, "31;1", self.color_out)
    }
}

/// Color of data, from the palette of the terminal, so that it follows its theme.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hue {
    Green,
    Cyan,
    Yellow,
    Red,
    Magenta,
}

impl Hue {
    /// Returns the parameters of the control sequence; tables use the same ones.
    fn code(self) -> &'static str {
        match self {
            Hue::Green => "38;5;2",
            Hue::Cyan => "38;5;6",
            Hue::Yellow => "38;5;3",
            Hue::Red => "38;5;1",
            Hue::Magenta => "38;5;5",
        }
    }
}

fn paint(word: &str, code: &str, on: bool) -> String {
    if on { format!("\u{1b}[{code}m{word}\u{1b}[0m") } else { word.to_owned() }
}
