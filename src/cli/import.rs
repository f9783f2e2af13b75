//! What the imports of spaces and of members share: the file's format, the
//! watch over the rows, and the report.

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

/// How a file is written.
#[derive(Debug, Clone, Copy, ValueEnum)]
pub(crate) enum InputFormat {
    /// Comma-separated values with a header line
    Csv,
    /// One JSON object per line
    Jsonl,
}

/// Words that mean an empty value.
#[derive(Debug, Args)]
pub(crate) struct NullArgs {
    /// Word in the file that means an empty value, such as NULL; can be repeated
    #[arg(long = "null", value_name = "WORD")]
    words: Vec<String>,
}

impl NullArgs {
    /// The words, checked.
    pub(crate) fn words(&self) -> crate::error::Result<NullWords> {
        NullWords::new(self.words.clone())
    }
}

impl InputFormat {
    /// The format that was given, or that the name tells.
    pub(crate) fn of(given: Option<Self>, name: &str) -> FileFormat {
        match given {
            Some(InputFormat::Csv) => FileFormat::Csv,
            Some(InputFormat::Jsonl) => FileFormat::JsonLines,
            None => FileFormat::of_name(name),
        }
    }
}

/// Watches an import and counts what it is told, so that a run that an error
/// ends can still say what it did.
pub(crate) struct Watch<'e, T> {
    progress: Progress,
    printer: Printer,
    interrupt: Interrupt,
    counts: ImportSummary,
    /// Told of each row that was taken in; answers whether it is new.
    each: &'e mut (dyn FnMut(&T) -> bool + Send),
}

impl<'e, T> Watch<'e, T> {
    pub(crate) fn new(context: &Context, each: &'e mut (dyn FnMut(&T) -> bool + Send)) -> Self {
        context.interrupt.cooperate();
        Watch {
            progress: Progress::new(&context.printer, "import"),
            printer: context.printer.clone(),
            interrupt: context.interrupt.clone(),
            counts: ImportSummary::default(),
            each,
        }
    }

    /// What an import did, also where an error ended it.
    pub(crate) fn end(mut self, outcome: crate::error::Result<ImportSummary>) -> Imported {
        self.progress.clear();
        match outcome {
            Ok(summary) => Imported { summary, broken: None, operation: None },
            Err(error) => Imported { summary: self.counts, broken: Some(error), operation: None },
        }
    }
}

impl<T> Observer<T> for Watch<'_, T> {
    fn advance(&mut self, by: u64) {
        self.progress.advance(by);
    }

    fn done(&mut self, item: &T) {
        self.counts.read += 1;
        if (self.each)(item) {
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
        self.progress.aside(|| errors::item(&self.printer, failed));
    }

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}

/// What an import did: all of it is stored, unless it was a dry run.
pub(crate) struct Imported {
    /// The counts.
    pub summary: ImportSummary,
    /// The error that ended it.
    pub broken: Option<crate::error::Error>,
    /// Its operation, where that was told already.
    pub operation: Option<Uuid>,
}

/// The counts of an import as programs read them.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Report {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    read: u64,
    unchanged: u64,
    failed: u64,
    interrupted: bool,
    /// Of an import before other work, which has an operation of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<String>,
}

impl Imported {
    /// Whether it did anything that must be told beside its error.
    fn is_worth_telling(&self) -> bool {
        self.broken.is_none() || self.summary.added + self.summary.updated > 0
    }

    pub(crate) fn report(&self, dry_run: bool) -> Report {
        let ImportSummary { read, added, updated, unchanged, failed, interrupted } = self.summary;
        let success = failed == 0 && self.broken.is_none() && !interrupted;
        let changes = Changes::new(dry_run, [(ADDED, added), (UPDATED, updated)]);
        let operation_id = self.operation.map(|id| id.to_string());
        Report { success, changes, read, unchanged, failed, interrupted, operation_id }
    }

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

    /// Reports an import that is a command of its own.
    pub(crate) fn finish(self, context: &Context, dry_run: bool) -> anyhow::Result<Exit> {
        let printer = &context.printer;
        if self.is_worth_telling() && printer.shows_reports() {
            output::report(printer, &self.report(dry_run), None, || self.sentence(dry_run) + "\n")?;
            context.tell_cut_short(self.summary.interrupted, self.broken.is_some());
        }
        match self.broken {
            None => Ok(context.exit(self.summary.interrupted, self.summary.failed)),
            Some(error) => Err(error.into()),
        }
    }

    /// Tells of an import that comes before other work.
    pub(crate) fn tell(mut self, context: &Context, dry_run: bool) -> anyhow::Result<Self> {
        if self.is_worth_telling() {
            context.printer.note(&self.sentence(dry_run));
            self.operation = context.printer.take_operation();
            context.printer.note_operation(self.operation);
            context.tell_cut_short(false, self.broken.is_some());
        }
        match self.broken {
            None => Ok(self),
            Some(error) => Err(error.into()),
        }
    }
}
