//! A batch on its way: rows written as they are committed, failures told,
//! progress shown, signals heard.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;

use crate::batch::{Failure, Observer};
use crate::cli::context::Context;
use crate::cli::global::Format;
use crate::cli::host::Interrupt;
use crate::cli::named::Places;
use crate::cli::ui::errors;
use crate::cli::ui::fields::Fields;
use crate::cli::ui::output::{Recorded, Row, Rows, refuse_existing, with_schema};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::progress::Progress;
use crate::cli::ui::text::grouped;
use crate::error::{Error, Reason};
use crate::files::create_private;

/// Watches a batch whose items become rows.
pub(crate) struct Batch<F> {
    printer: Printer,
    progress: Progress,
    interrupt: Interrupt,
    screen: Sheet,
    file: Option<Copy>,
    needs_reader: bool,
    counts: Counts,
    /// How the items were named, where failures carry their places.
    places: Option<Places>,
    first_failure: Option<Reason>,
    view: F,
}

/// Rows on their way to one place, and what went wrong with it.
struct Sheet {
    rows: Rows,
    error: Option<io::Error>,
}

impl Sheet {
    fn new(rows: Rows) -> Self {
        Sheet { rows, error: None }
    }

    /// Writes, unless an earlier try failed.
    fn write(&mut self, write: impl FnOnce(&mut Rows) -> io::Result<()>) {
        if self.error.is_none() {
            self.error = write(&mut self.rows).err();
        }
    }
}

/// The rows in a file of their own.
struct Copy {
    path: PathBuf,
    format: Format,
    open: Option<Printer>,
    sheet: Sheet,
}

impl Copy {
    fn into(path: &Path) -> Self {
        let format = if path.extension().is_some_and(|end| end == "jsonl") { Format::Jsonl } else { Format::Csv };
        Copy { path: path.to_owned(), format, open: None, sheet: Sheet::new(Rows::new(format, None)) }
    }

    fn push<R: Row>(&mut self, row: &R) {
        if self.open.is_none() {
            match create_private(&self.path) {
                Ok(file) => self.open = Some(Printer::redirected(Box::new(io::BufWriter::new(file)), self.format)),
                Err(error) => self.sheet.write(|_| Err(error)),
            }
        }
        if let Some(printer) = &self.open {
            self.sheet.write(|rows| rows.push(printer, row));
        }
    }

    fn flush(&mut self) {
        if let Some(printer) = &mut self.open {
            self.sheet.write(|_| printer.flush());
        }
    }

    fn finish<R: Row>(mut self, summary: &impl Serialize) -> Result<()> {
        if let Some(printer) = &mut self.open {
            self.sheet.write(|rows| rows.finish::<R>(printer, summary).and_then(|()| printer.flush()));
        }
        match self.sheet.error {
            None => Ok(()),
            Some(error) => Err(Error::database(format!("cannot write the whole file {}", self.path.display()))
                .with_source(error)
                .with_hint("the created invites are stored; list them: invite list")
                .into()),
        }
    }
}

/// What a batch was told so far: all of it is stored.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    /// Items done.
    pub done: u64,
    /// Items failed.
    pub failed: u64,
    /// Items looked at.
    pub looked_at: u64,
}

/// A table of long work shows so many rows.
pub(crate) const SHOWN: usize = 50;

impl<F> Batch<F> {
    /// For work of this name; `cap`: how many rows a table shows.
    pub(crate) fn new(context: &Context, what: &'static str, cap: Option<usize>, view: F) -> Self {
        context.interrupt.cooperate();
        Batch {
            progress: Progress::new(&context.printer, what),
            interrupt: context.interrupt.clone(),
            screen: Sheet::new(Rows::new(context.printer.format(), cap)),
            printer: context.printer.clone(),
            file: None,
            needs_reader: false,
            counts: Counts::default(),
            places: None,
            first_failure: None,
            view,
        }
    }

    /// Shows only these fields.
    pub(crate) fn with_fields(mut self, fields: Option<Fields>) -> Self {
        self.screen.rows = self.screen.rows.with_fields(fields);
        self
    }

    /// Writes every row into a new file, too, whatever becomes of the screen. The
    /// file is made with the first row.
    pub(crate) fn also_into(mut self, path: &Path) -> Result<Self> {
        refuse_existing(path)?;
        self.file = Some(Copy::into(path));
        Ok(self)
    }

    /// Stops when nobody reads any more: for what cannot be shown again.
    pub(crate) fn needs_reader(mut self) -> Self {
        self.needs_reader = true;
        self
    }

    /// Reports failures as the invites were named.
    pub(crate) fn named_as(mut self, places: Places) -> Self {
        self.places = Some(places);
        self
    }

    /// Why the first item failed, if one did.
    pub(crate) fn first_failure(&self) -> Option<Reason> {
        self.first_failure
    }

    /// Writes rows, before which a bar on the same terminal steps aside.
    fn write_rows(&mut self, write: impl FnOnce(&mut Rows) -> io::Result<()>) {
        let (screen, is_terminal) = (&mut self.screen, self.printer.is_terminal());
        if is_terminal {
            self.progress.aside(|| screen.write(write));
        } else {
            screen.write(write);
        }
    }

    /// What was told so far.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Ends the list, with the summary where a JSON document has one.
    pub(crate) fn finish<R: Row>(mut self, summary: &impl Serialize) -> Result<()> {
        self.progress.clear();
        let operation = self.printer.take_operation();
        let summary = &Recorded::of(summary, operation);
        if let Some(copy) = self.file.take() {
            copy.finish::<R>(summary)?;
        }
        let printer = &mut self.printer;
        self.screen.write(|rows| rows.finish::<R>(printer, summary).and_then(|()| printer.flush()));
        match self.screen.error {
            // The work went on to its end; only its rows were not wanted.
            Some(error) if error.kind() == ErrorKind::BrokenPipe && !self.needs_reader => {
                self.printer.note_operation(operation);
                return Ok(());
            }
            Some(error) => return Err(error.into()),
            None => {}
        }
        if self.printer.format() == Format::Jsonl && !self.printer.is_quiet() {
            // Lines of one kind have no place for it among them.
            self.printer.say(&with_schema(summary)?.to_string());
        }
        let rows = &self.screen.rows;
        if self.printer.format().is_for_people() && rows.shown() < rows.written() {
            self.printer.note(&format!("Showing {} of {}.", grouped(rows.shown()), grouped(rows.written())));
        }
        self.printer.note_operation(operation);
        Ok(())
    }
}

impl<T, R: Row, F: Fn(&T) -> R + Send> Observer<T> for Batch<F> {
    fn expect(&mut self, total: u64) {
        self.progress.expect(total);
    }

    fn advance(&mut self, by: u64) {
        self.counts.looked_at += by;
        let mut printer = self.printer.clone();
        self.write_rows(|rows| rows.draw_whole::<R>(&printer).and_then(|()| printer.flush()));
        if let Some(copy) = &mut self.file {
            copy.flush();
        }
        self.progress.advance(by);
    }

    fn done(&mut self, item: &T) {
        self.counts.done += 1;
        let row = (self.view)(item);
        let printer = self.printer.clone();
        self.write_rows(|rows| rows.push(&printer, &row));
        if let Some(copy) = &mut self.file {
            copy.push(&row);
        }
    }

    fn wants_items(&self) -> bool {
        self.file.is_some() || !self.screen.rows.is_full()
    }

    fn done_many(&mut self, count: u64) {
        self.counts.done += count;
        self.screen.rows.pass(count);
    }

    fn failed(&mut self, failed: &Failure) {
        self.counts.failed += failed.count;
        self.first_failure.get_or_insert(failed.reason);
        let failed = self.places.as_ref().map_or_else(|| failed.clone(), |places| places.named(failed));
        let printer = &self.printer;
        self.progress.aside(|| errors::item(printer, &failed));
    }

    fn stop_requested(&self) -> bool {
        let unread =
            self.screen.error.as_ref().is_some_and(|error| self.needs_reader || error.kind() != ErrorKind::BrokenPipe);
        unread || self.interrupt.raised().is_some()
    }
}
