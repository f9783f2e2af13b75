//! Progress of long work: a bar on a terminal, a line every ten seconds off it,
//! nothing with `--quiet`.

use std::time::{Duration, Instant};

use dialoguer::console::{Term, truncate_str};

use super::printer::Printer;
use super::text::grouped;

/// How often a line is written off a terminal, and a bar drawn on one at most.
const EVERY: Duration = Duration::from_secs(10);
const REDRAW: Duration = Duration::from_millis(100);

/// How many characters the bar itself has.
const WIDTH: u64 = 30;

/// Empties the line of the bar.
pub(super) const CLEAR: &str = "\r\u{1b}[2K";

/// The progress of one run.
pub(crate) struct Progress {
    printer: Printer,
    what: &'static str,
    done: u64,
    total: Option<u64>,
    begun: Instant,
    /// When it was told last.
    last: Option<Instant>,
    /// Whether a bar may be drawn.
    draws: bool,
    /// Whether one stands on the terminal now.
    is_drawn: bool,
}

impl Progress {
    /// For work of this name. A bar appears with the work, so that a question before
    /// it stands alone.
    pub(crate) fn new(printer: &Printer, what: &'static str) -> Self {
        let (printer, draws) = (printer.clone(), printer.draws_progress() && !printer.is_quiet());
        let begun = now();
        let last = (!draws).then_some(begun);
        Progress { printer, what, done: 0, total: None, begun, last, draws, is_drawn: false }
    }

    /// So much there is to do.
    pub(crate) fn expect(&mut self, total: u64) {
        self.total = Some(total);
        self.tell();
    }

    /// So much more is done.
    pub(crate) fn advance(&mut self, by: u64) {
        self.done += by;
        self.tell();
    }

    /// Writes something in the place of the bar, which is drawn again with the next
    /// progress.
    pub(crate) fn aside<T>(&mut self, write: impl FnOnce() -> T) -> T {
        self.clear();
        write()
    }

    /// Takes the bar away.
    pub(crate) fn clear(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            self.printer.draw(CLEAR);
        }
    }

    fn tell(&mut self) {
        let pause = if self.draws { REDRAW } else { EVERY };
        if self.last.is_some_and(|last| last.elapsed() < pause) {
            return;
        }
        self.last = Some(now());
        if self.draws {
            let columns = Term::stderr().size_checked().map_or(80, |(_, columns)| columns);
            let bar = bar(self.what, self.done, self.total, self.begun.elapsed());
            self.printer.draw(&format!("{CLEAR}{}", truncate_str(&bar, usize::from(columns.max(2)) - 1, "")));
            self.is_drawn = true;
        } else {
            let total = self.total.map_or(String::new(), |total| format!(" of {}", grouped(total)));
            self.printer.note(&format!("{}: {}{total}", self.what, grouped(self.done)));
        }
    }
}

fn bar(what: &str, done: u64, total: Option<u64>, took: Duration) -> String {
    let per_second = u64::try_from(u128::from(done) * 1_000 / took.as_millis().max(1)).unwrap_or(u64::MAX);
    let rate = format!("{}/s", grouped(per_second));
    let Some(total) = total else { return format!("{what} {}, {rate}", grouped(done)) };
    let full = (done.min(total) * WIDTH).checked_div(total).unwrap_or(WIDTH);
    let line: String = (0..WIDTH)
        .map(|at| match at {
            at if at < full => '=',
            at if at == full => '>',
            _ => ' ',
        })
        .collect();
    let left = total.saturating_sub(done).checked_div(per_second).filter(|_| done > 0);
    let left = left.map_or(String::new(), |seconds| format!(", {} left", span(seconds)));
    format!("{what} [{line}] {} of {}, {rate}{left}", grouped(done), grouped(total))
}

fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}m {}s", seconds / 60, seconds % 60),
        _ => format!("{}h {}m", seconds / 3_600, seconds / 60 % 60),
    }
}

#[expect(clippy::disallowed_methods, reason = "only how often progress is told depends on it")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bar_shows_share_rate_and_time_left() {
        let second = Duration::from_secs(1);
        assert_eq!(
            bar("backfill", 12_000, Some(36_000), second),
            "backfill [==========>                   ] 12,000 of 36,000, 12,000/s, 2s left"
        );
        assert_eq!(
            bar("cleanup", 10, Some(100_000), 10 * second),
            format!("cleanup [>{}] 10 of 100,000, 1/s, 27h 46m left", " ".repeat(29))
        );
        assert_eq!(
            bar("cleanup", 9, Some(9), Duration::ZERO),
            format!("cleanup [{}] 9 of 9, 9,000/s, 0s left", "=".repeat(30))
        );
        assert_eq!(bar("import", 7, None, second), "import 7, 7/s");
        assert!(bar("import", 0, Some(0), second).ends_with("] 0 of 0, 0/s"));
    }
}
