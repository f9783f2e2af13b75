//! Shared parts of the imports of spaces and members: file format, observer and report.

use clap::{Args, ValueEnum};
use serde::Serialize;
use uuid::Uuid;

use crate::batch::import_summary::ImportSummary;
use crate::batch::{Failure, Observer};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::host::Interrupt;
use crate::cli::ui::changes::{ADDED, Changes, UPDATED};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::progress::Progress;
use crate::cli::ui::text::grouped;
use crate::cli::ui::{errors, output};
use crate::records::{FileFormat, NullWords};

/// Format of an imported file.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object per line
    Jsonl,
}

/// Option for the words that mean an empty value.
#[derive(Debug, Args)]
pub(crate) struct NullArgs {
    /// Word in the file that means an empty value, such as NULL; can be repeated
    #[arg(long = "null", value_name = "WORD")]
    words: Vec<String>,
}

impl NullArgs {
    /// Returns the words.
    ///
    /// # Errors
    /// [`crate::error::Error::Invalid`] for an invalid word.
    pub(crate) fn words(&self) -> crate::error::Result<NullWords> {
        NullWords::new(self.words.clone())
    }
}

impl InputFormat {
    /// Returns the given format, or by default that of the file name.
    pub(crate) fn of(given: Option<Self>, name: &str) -> FileFormat {
        match given {
            Some(InputFormat::Csv) => FileFormat::Csv,
            Some(InputFormat::Jsonl) => FileFormat::JsonLines,
            None => FileFormat::of_name(name),
        }
    }
}

/// Observer of an import. It counts the rows, so that the counts are also known if an error
/// ends the import.
pub(crate) struct ImportObserver<'e, T> {
    progress: Progress,
    printer: Printer,
    interrupt: Interrupt,
    counts: ImportSummary,
    /// Returns true if an imported row added a record, false if it updated one.
    is_new: &'e mut (dyn FnMut(&T) -> bool + Send),
}

impl<'e, T> ImportObserver<'e, T> {
    /// Creates an observer. From then on, a signal stops the import after its transaction.
    pub(crate) fn new(context: &Context, is_new: &'e mut (dyn FnMut(&T) -> bool + Send)) -> Self {
        context.interrupt.cooperate();
        ImportObserver {
            progress: Progress::new(&context.printer, "import"),
            printer: context.printer.clone(),
            interrupt: context.interrupt.clone(),
            counts: ImportSummary::default(),
            is_new,
        }
    }

    /// Ends the progress and returns the result of the import.
    pub(crate) fn finish(mut self, outcome: crate::error::Result<ImportSummary>) -> Imported {
        self.progress.clear();
        match outcome {
            Ok(summary) => Imported { summary, error: None, operation: None },
            Err(error) => Imported { summary: self.counts, error: Some(error), operation: None },
        }
    }
}

impl<T> Observer<T> for ImportObserver<'_, T> {
    fn advance(&mut self, by: u64) {
        self.progress.advance(by);
    }

    fn done(&mut self, item: &T) {
        self.counts.read += 1;
        if (self.is_new)(item) {
            self.counts.added += 1;
        } else {
            self.counts.updated += 1;
        }
    }

    fn unchanged(&mut self, by: u64) {
        self.counts.read += by;
        self.counts.unchanged += by;
    }

    fn failed(&mut self, failed: &Failure) {
        self.counts.read += 1;
        self.counts.failed += 1;
        self.progress.suspend(|| errors::print_failure(&self.printer, failed));
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}

/// Result of an import. All of it is committed, unless it was a dry run.
pub(crate) struct Imported {
    pub summary: ImportSummary,
    /// The error that ended the import.
    pub error: Option<crate::error::Error>,
    /// The operation of an import that precedes the actual work.
    pub operation: Option<Uuid>,
}

/// Report of an import.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    read: u64,
    unchanged: u64,
    failed: u64,
    interrupted: bool,
    /// Operation of an import that precedes the actual work, which has another operation.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<String>,
}

impl Imported {
    /// True if the counts are printed: not if an error ended the import before any change.
    fn has_report(&self) -> bool {
        self.error.is_none() || self.summary.added + self.summary.updated > 0
    }

    /// Returns the report for programs.
    pub(crate) fn to_report(&self, dry_run: bool) -> Report {
        let ImportSummary { read, added, updated, unchanged, failed, interrupted } = self.summary;
        let success = failed == 0 && self.error.is_none() && !interrupted;
        let changes = Changes::new(dry_run, [(ADDED, added), (UPDATED, updated)]);
        let operation_id = self.operation.map(|id| id.to_string());
        Report { success, changes, read, unchanged, failed, interrupted, operation_id }
    }

    /// Returns the report as text.
    fn sentence(&self, dry_run: bool) -> String {
        let summary = &self.summary;
        let changes = Changes::new(dry_run, []);
        let (added, updated) = (changes.verb(ADDED), changes.verb(UPDATED));
        let mut text = format!("import: read {}, {added} {}", grouped(summary.read), grouped(summary.added));
        if summary.updated > 0 {
            text.push_str(&format!(", {updated} {}", grouped(summary.updated)));
        }
        text + &format!(", unchanged {}, failed {}", grouped(summary.unchanged), grouped(summary.failed))
    }

    /// Prints the report of `space import` or `member import`, and returns the exit result.
    pub(crate) fn report(self, context: &Context, dry_run: bool) -> anyhow::Result<Exit> {
        let printer = &context.printer;
        if self.has_report() && printer.shows_reports() {
            output::report(printer, &self.to_report(dry_run), None, || self.sentence(dry_run) + "\n")?;
            context.report_incomplete(self.summary.interrupted, self.error.is_some());
        }
        if dry_run && self.error.is_none() {
            printer.dry_run_info(self.summary.added + self.summary.updated > 0);
        }
        match self.error {
            None => Ok(context.exit(self.summary.interrupted, self.summary.failed)),
            Some(error) => Err(error.into()),
        }
    }

    /// Prints the counts of an import that precedes the actual work.
    ///
    /// # Errors
    /// The error that ended the import.
    pub(crate) fn print_counts(mut self, context: &Context, dry_run: bool) -> anyhow::Result<Self> {
        if self.has_report() {
            context.printer.info(&self.sentence(dry_run));
            self.operation = context.printer.take_operation();
            context.printer.operation_info(self.operation);
            context.report_incomplete(false, self.error.is_some());
        }
        match self.error {
            None => Ok(self),
            Some(error) => Err(error.into()),
        }
    }
}
