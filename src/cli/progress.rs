//! Progress of long work: a bar on a terminal, a line every ten seconds off it,
//! nothing with `--quiet`.

use std::fmt::Write;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::printer::Printer;
use super::text::grouped;

const EVERY: Duration = Duration::from_secs(10);

/// The progress of one run.
pub(crate) struct Progress {
    bar: ProgressBar,
    what: &'static str,
    done: u64,
    total: Option<u64>,
    /// A bar is to be drawn, and is not yet: it appears with the work, so that
    /// a question before it stands alone.
    draws: bool,
    lines: Option<Instant>,
}

impl Progress {
    /// For work of this name.
    pub(crate) fn new(printer: &Printer, what: &'static str) -> Self {
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::hidden());
        bar.set_message(what);
        dress(&bar, "{msg} {human_pos}, {rate}");
        let lines = (!printer.draws_progress() && !printer.is_quiet()).then(now);
        let draws = printer.draws_progress() && !printer.is_quiet();
        Progress { bar, what, done: 0, total: None, draws, lines }
    }

    fn appear(&mut self) {
        if std::mem::take(&mut self.draws) {
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
    }

    /// So much there is to do.
    pub(crate) fn expect(&mut self, total: u64) {
        self.appear();
        self.total = Some(total);
        dress(&self.bar, "{msg} [{bar:30}] {human_pos} of {human_len}, {rate}, {eta} left");
        self.bar.set_length(total);
    }

    /// So much more is done.
    pub(crate) fn advance(&mut self, by: u64, printer: &Printer) {
        self.appear();
        self.done += by;
        self.bar.inc(by);
        if let Some(last) = self.lines
            && last.elapsed() >= EVERY
        {
            self.lines = Some(now());
            let total = self.total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
            printer.note(&format!("{}: {}{total}", self.what, grouped(self.done)));
        }
    }

    /// Writes something while the bar steps aside.
    pub(crate) fn aside<T>(&self, write: impl FnOnce() -> T) -> T {
        self.bar.suspend(write)
    }

    /// Takes the bar away.
    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }
}

fn dress(bar: &ProgressBar, template: &str) {
    let rate = |state: &ProgressState, out: &mut dyn Write| {
        // Writing into the bar's own buffer cannot fail.
        let _ = write!(out, "{:.0}/s", state.per_sec());
    };
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style.with_key("rate", rate).progress_chars("=> "));
    }
}

#[expect(clippy::disallowed_methods, reason = "only how often progress is told depends on it")]
fn now() -> Instant {
    Instant::now()
}
