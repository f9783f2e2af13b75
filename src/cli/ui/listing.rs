//! Lists of stored records: rows are written as they come from the database, and a table
//! on a terminal is limited.

use std::io;
use std::ops::ControlFlow;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::exit::Exit;
use crate::cli::ui::fields::Fields;
use crate::cli::ui::output::RowWriter;
use crate::cli::ui::printer::Printer;
use crate::cli::ui::row::Row;
use crate::cli::ui::text::grouped;

/// Default maximum number of rows in a table on a terminal.
const MAX_TABLE_ROWS: u32 = 50;

/// Options for the rows of a list.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Maximum number of rows [default: 50 in a table on a terminal, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: Option<u32>,

    /// List every row, even in a table on a terminal
    #[arg(long)]
    all: bool,
}

impl LimitArgs {
    /// Returns the effective limit; `None` lists every row.
    pub(crate) fn rows(&self, printer: &Printer) -> Option<u32> {
        let is_screen = printer.is_terminal() && printer.format().is_for_people();
        self.limit.or((is_screen && !self.all).then_some(MAX_TABLE_ROWS))
    }
}

/// Writer of a list.
pub(crate) struct Listing {
    printer: Printer,
    rows: RowWriter,
    error: Option<io::Error>,
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    shown: u64,
    total: u64,
}

impl Listing {
    /// Creates the writer of a list with these fields; `None` for all.
    pub(crate) fn new(printer: &Printer, fields: Option<Fields>) -> Self {
        let rows = RowWriter::new(printer.format(), None).with_fields(fields);
        Listing { printer: printer.clone(), rows, error: None }
    }

    /// Writes a row; breaks if the output cannot be written, for example if its reader
    /// closed it.
    pub(crate) fn push<R: Row>(&mut self, row: &R) -> ControlFlow<()> {
        match self.rows.push(&self.printer, row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.error = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// Returns the number of rows so far.
    pub(crate) fn written(&self) -> u64 {
        self.rows.written()
    }

    /// True if the limit is reached: more rows may exist, so that the total has to be
    /// counted.
    pub(crate) fn is_limited(&self, limit: Option<u32>) -> bool {
        limit.is_some_and(|limit| self.written() >= u64::from(limit))
    }

    /// Ends the list. `none` is printed for an empty list.
    pub(crate) fn finish<R: Row>(mut self, total: u64, none: &str) -> Result<Exit> {
        if let Some(error) = self.error {
            return Err(error.into());
        }
        let shown = self.rows.written();
        self.rows.finish::<R>(&self.printer, &Summary { success: true, shown, total })?;
        if self.printer.format().is_for_people() {
            if total == 0 {
                self.printer.info(none);
            } else if shown < total {
                let (shown, total) = (grouped(shown), grouped(total));
                self.printer.info(&format!("Showing {shown} of {total}; use --all to list every row."));
            }
        }
        Ok(Exit::Done)
    }
}
