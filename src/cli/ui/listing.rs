//! A list on its way: rows written as they come from the database, cut for
//! people, with what was left out.

use std::io;
use std::ops::ControlFlow;

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::fields::FieldsArgs;
use crate::cli::ui::output::{Row, Rows};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::text::grouped;

/// How many rows a table on a terminal shows by default.
const SHOWN: u32 = 50;

/// How much of a list to show.
#[derive(Debug, Args)]
pub(crate) struct LimitArgs {
    /// Maximum number of rows [default: 50 in a table on a terminal, otherwise all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..), conflicts_with = "all")]
    limit: Option<u32>,

    /// List every row, even in a table on a terminal
    #[arg(long)]
    all: bool,

    #[command(flatten)]
    fields: FieldsArgs,
}

impl LimitArgs {
    /// The effective limit; `None` lists every row.
    pub(crate) fn rows(&self, context: &Context) -> Option<u32> {
        let is_screen = context.printer.is_terminal() && context.printer.format().is_for_people();
        self.limit.or((is_screen && !self.all).then_some(SHOWN))
    }
}

/// Writes a list.
pub(crate) struct Listing {
    printer: Printer,
    rows: Rows,
    failed: Option<io::Error>,
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    shown: u64,
    total: u64,
}

impl Listing {
    /// For rows of this kind, as far as they are wanted.
    pub(crate) fn new<R: Row>(context: &Context, args: &LimitArgs) -> Result<Self> {
        let format = context.printer.format();
        let rows = Rows::new(format, None).with_fields(args.fields.of::<R>(format)?);
        Ok(Listing { printer: context.printer.clone(), rows, failed: None })
    }

    /// Writes a row; breaks when nobody reads any more.
    pub(crate) fn push<R: Row>(&mut self, row: &R) -> ControlFlow<()> {
        match self.rows.push(&self.printer, row) {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                self.failed = Some(error);
                ControlFlow::Break(())
            }
        }
    }

    /// How many rows were written.
    pub(crate) fn written(&self) -> u64 {
        self.rows.written()
    }

    /// Whether the limit may have left something out, so that it must be
    /// counted.
    pub(crate) fn is_cut(&self, limit: Option<u32>) -> bool {
        limit.is_some_and(|limit| self.written() >= u64::from(limit))
    }

    /// Ends the list; `none` is what people are told of an empty one.
    pub(crate) fn finish<R: Row>(mut self, total: u64, none: &str) -> Result<Exit> {
        if let Some(error) = self.failed {
            return Err(error.into());
        }
        let shown = self.rows.written();
        self.rows.finish::<R>(&self.printer, &Summary { success: true, shown, total })?;
        if self.printer.format().is_for_people() {
            if total == 0 {
                self.printer.note(none);
            } else if shown < total {
                let (shown, total) = (grouped(shown), grouped(total));
                self.printer.note(&format!("Showing {shown} of {total}; use --all to list every row."));
            }
        }
        Ok(Exit::Done)
    }
}
