//! A line on a terminal that says what a command is waiting for, in place of its
//! progress bar, which is drawn again when the work goes on.

use dialoguer::console::{Term, truncate_str};

use super::printer::Printer;
use super::progress::CLEAR;
use super::text::safe;
use crate::actions::Waiting;

/// Shows what is waited for; with `None`, that nothing is.
pub(crate) fn show(printer: &Printer, waiting: Option<&Waiting>) {
    let Some(waiting) = waiting else { return printer.draw(CLEAR) };
    let columns = Term::stderr().size_checked().map_or(80, |(_, columns)| columns);
    let line = safe(&format!("waiting for {waiting}"));
    printer.draw(&format!("{CLEAR}{}", truncate_str(&line, usize::from(columns.max(2)) - 1, "")));
}
