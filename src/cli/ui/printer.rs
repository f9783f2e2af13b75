//! The one way out: data to standard output, conversation to standard error.

use std::borrow::Cow;
use std::io::{self, Write};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use chrono::{DateTime, Utc};
use dialoguer::console::{Term, truncate_str};
use uuid::Uuid;

use crate::cli::global::{ColorChoice, Format, GlobalArgs};
use crate::cli::host::{Host, Interrupt};
use crate::cli::ui::text::{escaped_json, safe};
use crate::config::has_password;
use crate::store::db::database::Db;

/// Writes what a command has to say. Clones write to the same streams.
#[derive(Clone)]
pub(crate) struct Printer {
    streams: Arc<Mutex<Streams>>,
    /// The database, once it is open: which operation changed it.
    database: Arc<OnceLock<Db>>,
    /// The present instant, in microseconds: what relative times are relative to.
    now: Arc<AtomicI64>,
    format: Format,
    quiet: bool,
    color_out: bool,
    color_err: bool,
    /// Whether data goes to a terminal, of whatever width.
    is_terminal: bool,
    width: Option<u16>,
    /// Whether lines that are drawn over each other have a terminal.
    draws_lines: bool,
    /// Knows whether one of them stands there.
    interrupt: Interrupt,
}

/// Empties the line that was drawn.
const CLEAR: &str = "\r\u{1b}[2K";

struct Streams {
    out: Box<dyn Write + Send>,
    err: Box<dyn Write + Send>,
}

impl Printer {
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

    /// A printer of plain data into another place.
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

    /// The database that the command works on.
    pub(crate) fn set_database(&self, db: Db) {
        // A command opens one.
        let _ = self.database.set(db);
    }

    /// The operation of the changes that were made since this was asked before.
    pub(crate) fn take_operation(&self) -> Option<Uuid> {
        self.database.get().and_then(Db::take_operation)
    }

    /// Names the operation of a change for people, who find it in the audit log
    /// by it.
    pub(crate) fn note_operation(&self, operation: Option<Uuid>) {
        if let Some(operation) = operation {
            self.note(&format!("Operation {operation}."));
        }
    }

    /// What time it is by the database, which may differ from this machine's.
    pub(crate) fn set_now(&self, now: DateTime<Utc>) {
        self.now.store(now.timestamp_micros(), Ordering::Relaxed);
    }

    /// The instant that relative times are relative to.
    pub(crate) fn now(&self) -> DateTime<Utc> {
        DateTime::from_timestamp_micros(self.now.load(Ordering::Relaxed)).unwrap_or_default()
    }

    pub(crate) fn format(&self) -> Format {
        self.format
    }

    pub(crate) fn is_quiet(&self) -> bool {
        self.quiet
    }

    /// Whether the report of a run is wanted: always by programs, and by people
    /// unless they asked for quiet.
    pub(crate) fn shows_reports(&self) -> bool {
        !self.quiet || !self.format.is_for_people()
    }

    /// Whether data may be colored.
    pub(crate) fn colors_data(&self) -> bool {
        self.color_out
    }

    /// Whether a person reads data on a terminal: only there a list is cut.
    pub(crate) fn is_terminal(&self) -> bool {
        self.is_terminal
    }

    /// The width that tables fit into; none off a terminal, where nothing is cut.
    pub(crate) fn width(&self) -> Option<u16> {
        self.width
    }

    /// True if a line may stand on the terminal for a while: a progress bar, or what
    /// is waited for.
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

    /// Hands over what was written.
    pub(crate) fn flush(&mut self) -> io::Result<()> {
        self.streams().out.flush()
    }

    /// Writes data that is UTF-8.
    pub(crate) fn bytes(&self, bytes: &[u8]) -> io::Result<()> {
        self.streams().out.write_all(bytes)
    }

    /// Writes a line of CSV. On a terminal it is harmless; in a file and a pipe
    /// it is as the database has it.
    pub(crate) fn csv_line(&self, line: &[u8]) -> io::Result<()> {
        if !self.is_terminal {
            return self.bytes(line);
        }
        match std::str::from_utf8(line) {
            Ok(text) => self.data_line(&safe(text.strip_suffix('\n').unwrap_or(text))),
            Err(_) => self.bytes(line),
        }
    }

    /// Writes JSON. What could drive a terminal is written as an escape, which
    /// means the same to programs; line breaks outside of texts stay.
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

    /// Says something that is neither data nor an error; not with `--quiet`, and
    /// not to programs, which read the same in the data.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet && !self.format.is_json() {
            self.say(text);
        }
    }

    /// Says something that must be said, in words for people or as an object for
    /// programs.
    pub(crate) fn tell(&self, text: &str) {
        if self.format.is_json() {
            self.say(&serde_json::json!({ "schema": crate::cli::ui::output::SCHEMA, "message": text }).to_string());
        } else {
            self.say(text);
        }
    }

    /// Draws a line in the place of the one before, cut to the width of the terminal.
    pub(crate) fn draw_line(&self, text: &str) {
        let columns = Term::stderr().size_checked().map_or(80, |(_, columns)| columns);
        let text = truncate_str(text, usize::from(columns.max(2)) - 1, "");
        let mut streams = self.streams();
        let clear = if self.interrupt.set_line(true) { CLEAR } else { "" };
        // Nobody misses a line that cannot be drawn.
        let _ = streams.err.write_all(format!("{clear}{text}").as_bytes()).and_then(|()| streams.err.flush());
    }

    /// Takes the line away that was drawn, if there is one.
    pub(crate) fn clear_line(&self) {
        self.clear_in(&mut self.streams());
    }

    fn clear_in(&self, streams: &mut Streams) {
        if self.interrupt.set_line(false) {
            let _ = streams.err.write_all(CLEAR.as_bytes()).and_then(|()| streams.err.flush());
        }
    }

    /// Says what somebody should change, though the command goes on.
    pub(crate) fn warn(&self, text: &str) {
        if self.format.is_json() {
            self.say(&serde_json::json!({ "schema": crate::cli::ui::output::SCHEMA, "warning": text }).to_string());
        } else {
            self.say(&format!("{} {text}", self.yellow("warning:")));
        }
    }

    /// Warns if one of the URLs that an option was given has a password in it, and
    /// says what to do instead.
    pub(crate) fn warn_of_password(&self, option: &str, urls: &[String], instead: &str) {
        if urls.iter().any(|url| has_password(url)) {
            self.warn(&format!("a password in {option} is visible to every account of this machine (ps); {instead}"));
        }
    }

    /// Writes a line of the conversation: text that is harmless already, or JSON.
    pub(crate) fn say(&self, text: &str) {
        let text = if self.format.is_json() { escaped_json(text) } else { Cow::Borrowed(text) };
        let mut streams = self.streams();
        self.clear_in(&mut streams);
        // On a terminal both streams meet: what was written before stands
        // before. A failure shows again when the data is handed over.
        let _ = streams.out.flush();
        // Where nobody listens to errors, there is nobody to tell.
        let _ = writeln!(streams.err, "{text}");
    }

    /// A word at the head of an error, red where there is color.
    pub(crate) fn red(&self, word: &str) -> String {
        paint(word, "31;1", self.color_err)
    }

    /// A word at the head of a hint or a warning.
    pub(crate) fn yellow(&self, word: &str) -> String {
        paint(word, "33;1", self.color_err)
    }

    /// A good sign in data.
    pub(crate) fn green_data(&self, word: &str) -> String {
        paint(word, "32;1", self.color_out)
    }

    /// A heading in data.
    pub(crate) fn heading(&self, text: &str) -> String {
        paint(text, "1", self.color_out)
    }

    /// Data in a color.
    pub(crate) fn hued(&self, text: &str, hue: Hue) -> String {
        paint(text, hue.code(), self.color_out)
    }

    /// A bad sign in data.
    pub(crate) fn red_data(&self, word: &str) -> String {
        paint(word, "31;1", self.color_out)
    }
}

/// The colors of data: those of a terminal's own palette, which its owner chose
/// to be readable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Hue {
    Green,
    Cyan,
    Yellow,
    Red,
    Magenta,
}

impl Hue {
    /// What selects it; the same that tables write.
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
