//! A line on a terminal that says what a command is waiting for, in place of its
//! progress bar, which is drawn again when the work goes on.

use crate::cli::ui::printer::Printer;
use crate::cli::ui::text::safe;
use crate::store::db::options::Waiting;

/// Shows what is waited for; with `None`, that nothing is.
pub(crate) fn show(printer: &Printer, waiting: Option<&Waiting>) {
    match waiting {
        Some(waiting) => printer.draw_line(&safe(&format!("waiting for {waiting}"))),
        None => printer.clear_line(),
    }
}
