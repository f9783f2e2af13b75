//! Observer of a batch: it writes rows as they are committed, prints failures, shows
//! progress and stops on signals.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use anyhow::Result;
use serde::Serialize;

use crate::batch::{Failure, Observer};
use crate::cli::global::Format;
use crate::cli::host::Interrupt;
use crate::cli::ui::errors;
use crate::cli::ui::fields::Fields;
use crate::cli::ui::json::with_schema;
use crate::cli::ui::output::{Recorded, RowWriter};
use crate::cli::ui::paths::refuse_existing;
use crate::cli::ui::printer::Printer;
use crate::cli::ui::progress::Progress;
use crate::cli::ui::reference_sources::ReferenceSources;
use crate::cli::ui::row::Row;
use crate::cli::ui::text::grouped;
use crate::error::{Error, Reason};
use crate::files::create_private;

/// Maximum number of rows in the table of a batch that changes existing data.
pub(crate) const MAX_TABLE_ROWS: usize = 50;

/// Observer of a batch whose items become rows; `F` makes the row of an item.
pub(crate) struct Batch<F> {
    printer: Printer,
    progress: Progress,
    interrupt: Interrupt,
    output: RowOutput,
    file: Option<RowFile>,
    stops_on_broken_pipe: bool,
    counts: Counts,
    /// Sources of the references, if failures carry the numbers of references.
    sources: Option<ReferenceSources>,
    first_failure: Option<Reason>,
    view: F,
}

/// Counts of a batch so far. All of it is committed.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Counts {
    pub done: u64,
    pub failed: u64,
    pub scanned: u64,
}

/// Row writer that ignores rows after its first error.
struct RowOutput {
    rows: RowWriter,
    error: Option<io::Error>,
}

impl RowOutput {
    fn new(rows: RowWriter) -> Self {
        RowOutput { rows, error: None }
    }

    fn write(&mut self, write: impl FnOnce(&mut RowWriter) -> io::Result<()>) {
        if self.error.is_none() {
            self.error = write(&mut self.rows).err();
        }
    }
}

/// Output file of all rows, created when the first row is written.
struct RowFile {
    path: PathBuf,
    format: Format,
    printer: Option<Printer>,
    output: RowOutput,
}

impl RowFile {
    fn new(path: &Path) -> Self {
        let format = if path.extension().is_some_and(|end| end == "jsonl") { Format::Jsonl } else { Format::Csv };
        let output = RowOutput::new(RowWriter::new(format, None));
        RowFile { path: path.to_owned(), format, printer: None, output }
    }

    fn push<R: Row>(&mut self, row: &R) {
        if self.printer.is_none() {
            match create_private(&self.path) {
                Ok(file) => self.printer = Some(Printer::redirected(Box::new(io::BufWriter::new(file)), self.format)),
                Err(error) => self.output.write(|_| Err(error)),
            }
        }
        if let Some(printer) = &self.printer {
            self.output.write(|rows| rows.push(printer, row));
        }
    }

    fn flush(&mut self) {
        if let Some(printer) = &mut self.printer {
            self.output.write(|_| printer.flush());
        }
    }

    fn finish<R: Row>(mut self, summary: &impl Serialize) -> Result<()> {
        if let Some(printer) = &mut self.printer {
            self.output.write(|rows| rows.finish::<R>(printer, summary).and_then(|()| printer.flush()));
        }
        match self.output.error {
            None => Ok(()),
            Some(error) => Err(Error::database(format!("cannot write the whole file {}", self.path.display()))
                .with_source(error)
                .with_hint("the created invites are stored; list them: invite list")
                .into()),
        }
    }
}

impl<F> Batch<F> {
    /// Creates an observer. `name` is the command; `cap` is the maximum number of rows in a
    /// table. From then on, a signal stops the batch after its transaction.
    pub(crate) fn new(
        printer: &Printer,
        interrupt: &Interrupt,
        name: &'static str,
        cap: Option<usize>,
        view: F,
    ) -> Self {
        interrupt.cooperate();
        Batch {
            progress: Progress::new(printer, name),
            interrupt: interrupt.clone(),
            output: RowOutput::new(RowWriter::new(printer.format(), cap)),
            printer: printer.clone(),
            file: None,
            stops_on_broken_pipe: false,
            counts: Counts::default(),
            sources: None,
            first_failure: None,
            view,
        }
    }

    /// Restricts the output to these fields; `None` for all.
    pub(crate) fn with_fields(mut self, fields: Option<Fields>) -> Self {
        self.output.rows = self.output.rows.with_fields(fields);
        self
    }

    /// Also writes every row to a new file, even if nobody reads the output.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the file exists or its folder does not.
    pub(crate) fn with_file(mut self, path: &Path) -> Result<Self> {
        refuse_existing(path)?;
        self.file = Some(RowFile::new(path));
        Ok(self)
    }

    /// Stops the batch if the reader closes the output, for rows that cannot be shown again.
    pub(crate) fn stop_on_broken_pipe(mut self) -> Self {
        self.stops_on_broken_pipe = true;
        self
    }

    /// Prints failures with the sources of their references.
    pub(crate) fn with_sources(mut self, sources: ReferenceSources) -> Self {
        self.sources = Some(sources);
        self
    }

    /// Returns the reason of the first failed item.
    pub(crate) fn first_failure(&self) -> Option<Reason> {
        self.first_failure
    }

    /// Returns the counts so far.
    pub(crate) fn counts(&self) -> Counts {
        self.counts
    }

    /// Writes rows; on a terminal, clears the progress bar first.
    fn write_rows(&mut self, write: impl FnOnce(&mut RowWriter) -> io::Result<()>) {
        let (output, is_terminal) = (&mut self.output, self.printer.is_terminal());
        if is_terminal {
            self.progress.suspend(|| output.write(write));
        } else {
            output.write(write);
        }
    }

    /// Ends the list and the file, and prints the operation. The summary belongs to a JSON
    /// document; with JSON Lines, it is printed to standard error.
    ///
    /// # Errors
    /// The first error of the file or the output. A closed output is not an error unless
    /// [`Batch::stop_on_broken_pipe`] was called.
    pub(crate) fn finish<R: Row>(mut self, summary: &impl Serialize) -> Result<()> {
        self.progress.clear();
        let operation = self.printer.take_operation();
        let summary = &Recorded::of(summary, operation);
        if let Some(file) = self.file.take() {
            file.finish::<R>(summary)?;
        }
        let printer = &mut self.printer;
        self.output.write(|rows| rows.finish::<R>(printer, summary).and_then(|()| printer.flush()));
        match self.output.error {
            // The work is complete; only the rows were not read.
            Some(error) if error.kind() == ErrorKind::BrokenPipe && !self.stops_on_broken_pipe => {
                self.printer.operation_info(operation);
                return Ok(());
            }
            Some(error) => return Err(error.into()),
            None => {}
        }
        if self.printer.format() == Format::Jsonl && !self.printer.is_quiet() {
            // Standard output has lines of one kind only.
            self.printer.error_line(&with_schema(summary)?.to_string());
        }
        let rows = &self.output.rows;
        if self.printer.format().is_for_people() && rows.shown() < rows.written() {
            self.printer.info(&format!("Showing {} of {}.", grouped(rows.shown()), grouped(rows.written())));
        }
        self.printer.operation_info(operation);
        Ok(())
    }
}

impl<T, R: Row, F: Fn(&T) -> R + Send> Observer<T> for Batch<F> {
    fn expect(&mut self, total: u64) {
        self.progress.expect(total);
    }

    fn advance(&mut self, by: u64) {
        self.counts.scanned += by;
        let mut printer = self.printer.clone();
        self.write_rows(|rows| rows.draw_uncapped::<R>(&printer).and_then(|()| printer.flush()));
        if let Some(file) = &mut self.file {
            file.flush();
        }
        self.progress.advance(by);
    }

    fn done(&mut self, item: &T) {
        self.counts.done += 1;
        let row = (self.view)(item);
        let printer = self.printer.clone();
        self.write_rows(|rows| rows.push(&printer, &row));
        if let Some(file) = &mut self.file {
            file.push(&row);
        }
    }

    fn wants_items(&self) -> bool {
        self.file.is_some() || !self.output.rows.is_full()
    }

    fn done_many(&mut self, count: u64) {
        self.counts.done += count;
        self.output.rows.skip(count);
    }

    fn failed(&mut self, failure: &Failure) {
        self.counts.failed += failure.count;
        self.first_failure.get_or_insert(failure.reason());
        let located = self.sources.as_ref().map_or_else(|| failure.clone(), |sources| sources.locate(failure));
        let printer = &self.printer;
        self.progress.suspend(|| errors::print_failure(printer, &located));
    }

    fn stop_requested(&self) -> bool {
        let error = self.output.error.as_ref();
        let is_unread = error.is_some_and(|error| self.stops_on_broken_pipe || error.kind() != ErrorKind::BrokenPipe);
        is_unread || self.interrupt.raised().is_some()
    }
}
