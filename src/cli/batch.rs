//! A batch on its way: rows written as they are committed, failures told,
//! progress shown, signals heard.

use std::io;

use serde::Serialize;

use super::context::Context;
use super::failure;
use super::host::Interrupt;
use super::output::{Row, Rows};
use super::printer::Printer;
use super::progress::Progress;
use super::text::grouped;
use crate::actions::{Failure, Observer};

/// Watches a batch whose items become rows.
pub(crate) struct Batch<F> {
    printer: Printer,
    progress: Progress,
    interrupt: Interrupt,
    rows: Rows,
    file: Option<(Printer, Rows)>,
    error: Option<io::Error>,
    needs_reader: bool,
    view: F,
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
            rows: Rows::new(context.printer.format(), cap),
            printer: context.printer.clone(),
            file: None,
            error: None,
            needs_reader: false,
            view,
        }
    }

    /// Writes every row into a file, too.
    pub(crate) fn also_into(mut self, file: Option<(Printer, Rows)>) -> Self {
        self.file = file;
        self
    }

    /// Stops when nobody reads any more: for what cannot be shown again.
    pub(crate) fn needs_reader(mut self) -> Self {
        self.needs_reader = true;
        self
    }

    /// Whether any row came.
    pub(crate) fn has_rows(&self) -> bool {
        self.rows.written() > 0
    }

    /// Ends the list, with the summary where a JSON document has one.
    pub(crate) fn finish<R: Row>(mut self, summary: &impl Serialize) -> io::Result<()> {
        self.progress.clear();
        match self.error {
            // The work went on to its end; only its rows were not wanted.
            Some(error) if error.kind() == io::ErrorKind::BrokenPipe && !self.needs_reader => return Ok(()),
            Some(error) => return Err(error),
            None => {}
        }
        if let Some((mut printer, mut rows)) = self.file {
            rows.finish::<R>(&printer, summary)?;
            printer.flush()?;
        }
        self.rows.finish::<R>(&self.printer, summary)?;
        if self.printer.format().is_for_people() && self.rows.shown() < self.rows.written() {
            let (shown, written) = (grouped(self.rows.shown()), grouped(self.rows.written()));
            self.printer.note(&format!("(showing {shown} of {written})"));
        }
        Ok(())
    }

    fn keep(&mut self, written: io::Result<()>) {
        if let Err(error) = written {
            self.error.get_or_insert(error);
        }
    }
}

impl<T, R: Row, F: Fn(&T) -> R + Send> Observer<T> for Batch<F> {
    fn expect(&mut self, total: u64) {
        self.progress.expect(total);
    }

    fn advance(&mut self, by: u64) {
        let mut printer = self.printer.clone();
        self.progress.advance(by, &printer);
        let progress = &self.progress;
        let written = progress.aside(|| printer.flush());
        self.keep(written);
    }

    fn done(&mut self, item: &T) {
        if self.error.is_some() {
            return;
        }
        let row = (self.view)(item);
        let (rows, printer) = (&mut self.rows, &self.printer);
        let written = self.progress.aside(|| rows.push(printer, &row));
        self.keep(written);
        if let Some((printer, rows)) = &mut self.file {
            let written = rows.push(printer, &row);
            self.keep(written);
        }
    }

    fn failed(&mut self, failed: &Failure) {
        let printer = &self.printer;
        self.progress.aside(|| failure::item(printer, failed));
    }

    fn stop_requested(&self) -> bool {
        let unread =
            self.error.as_ref().is_some_and(|error| self.needs_reader || error.kind() != io::ErrorKind::BrokenPipe);
        unread || self.interrupt.raised().is_some()
    }
}
