//! Progress of long work: a bar on a terminal, a line every ten seconds off it,
//! nothing with `--quiet` and in JSON.

use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use crate::cli::ui::printer::Printer;
use crate::cli::ui::text::grouped;

/// How often a bar is drawn in a second at most. The limiter lets 20 draws pass at
/// once before it counts.
const DRAWS_PER_SECOND: u8 = 10;

/// How often a line is written off a terminal.
const EVERY: Duration = Duration::from_secs(10);

const OF_KNOWN_TOTAL: &str = "{prefix} [{bar:30}] {human_pos} of {human_len}, {per_sec:0}{left}";
const OF_UNKNOWN_TOTAL: &str = "{prefix} {human_pos}, {per_sec:0}";

/// The progress of one run.
pub(crate) struct Progress {
    printer: Printer,
    what: &'static str,
    bar: ProgressBar,
    /// When the last line was written off a terminal.
    told: Instant,
}

impl Progress {
    /// For work of this name. A bar appears with the work, so that a question before
    /// it stands alone.
    pub(crate) fn new(printer: &Printer, what: &'static str) -> Self {
        let target = if printer.draws_lines() {
            let line = Line { printer: printer.clone(), next: Mutex::default() };
            ProgressDrawTarget::term_like_with_hz(Box::new(line), DRAWS_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target).with_prefix(what).with_style(style(OF_UNKNOWN_TOTAL));
        Progress { printer: printer.clone(), what, bar, told: now() }
    }

    /// Sets the total amount of work.
    pub(crate) fn expect(&mut self, total: u64) {
        self.bar.set_style(style(OF_KNOWN_TOTAL));
        self.bar.set_length(total);
    }

    /// Adds completed work; off a terminal, writes a line now and then.
    pub(crate) fn advance(&mut self, by: u64) {
        self.bar.inc(by);
        if !self.printer.draws_lines() && self.told.elapsed() >= EVERY {
            self.told = now();
            let total = self.bar.length().map_or(String::new(), |total| format!(" of {}", grouped(total)));
            self.printer.note(&format!("{}: {}{total}", self.what, grouped(self.bar.position())));
        }
    }

    /// Writes something in the place of the bar, which is drawn again with the next
    /// progress.
    pub(crate) fn aside<T>(&mut self, write: impl FnOnce() -> T) -> T {
        self.printer.clear_line();
        write()
    }

    /// Takes the bar away.
    pub(crate) fn clear(&mut self) {
        self.bar.finish_and_clear();
    }
}

fn style(template: &str) -> ProgressStyle {
    let style = ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar());
    style.progress_chars("=> ").with_key("left", |state: &ProgressState, text: &mut dyn Write| {
        if state.eta().as_secs() > 0 {
            let _ = write!(text, ", {:#} left", HumanDuration(state.eta()));
        }
    })
}

/// The last line of the terminal, as indicatif draws it.
struct Line {
    printer: Printer,
    /// The text of the next draw.
    next: Mutex<String>,
}

impl Line {
    fn next(&self) -> std::sync::MutexGuard<'_, String> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Line").finish_non_exhaustive()
    }
}

/// A bar is one line, which the printer cuts to the width that the terminal has
/// when it is written: there is no other line to move to.
impl TermLike for Line {
    fn width(&self) -> u16 {
        1_000
    }

    fn move_cursor_up(&self, _lines: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn move_cursor_down(&self, _lines: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn move_cursor_right(&self, _columns: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn move_cursor_left(&self, _columns: usize) -> std::io::Result<()> {
        Ok(())
    }

    fn write_line(&self, text: &str) -> std::io::Result<()> {
        self.write_str(text)
    }

    fn write_str(&self, text: &str) -> std::io::Result<()> {
        self.next().push_str(text);
        Ok(())
    }

    fn clear_line(&self) -> std::io::Result<()> {
        self.next().clear();
        Ok(())
    }

    fn flush(&self) -> std::io::Result<()> {
        let text = std::mem::take(&mut *self.next());
        match text.trim_end() {
            "" => self.printer.clear_line(),
            text => self.printer.draw_line(text),
        }
        Ok(())
    }
}

#[expect(clippy::disallowed_methods, reason = "only how often progress is told depends on it")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Debug, Clone, Default)]
    struct Drawn(Arc<Mutex<String>>);

    impl TermLike for Drawn {
        fn width(&self) -> u16 {
            200
        }
        fn move_cursor_up(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_down(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_right(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn move_cursor_left(&self, _: usize) -> std::io::Result<()> {
            Ok(())
        }
        fn write_line(&self, text: &str) -> std::io::Result<()> {
            self.write_str(text)
        }
        fn write_str(&self, text: &str) -> std::io::Result<()> {
            self.0.lock().unwrap().push_str(text);
            Ok(())
        }
        fn clear_line(&self) -> std::io::Result<()> {
            self.0.lock().unwrap().clear();
            Ok(())
        }
        fn flush(&self) -> std::io::Result<()> {
            Ok(())
        }
    }

    fn drawn(template: &str, done: u64, total: Option<u64>) -> String {
        let screen = Drawn::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let bar = ProgressBar::with_draw_target(total, target).with_prefix("backfill").with_style(style(template));
        bar.set_position(done);
        bar.force_draw();
        screen.0.lock().unwrap().trim_end().to_owned()
    }

    #[test]
    fn bar_shows_share_rate_and_no_zero_seconds() {
        let half = drawn(OF_KNOWN_TOTAL, 12_000, Some(36_000));
        assert!(half.starts_with("backfill [==========>                   ] 12,000 of 36,000, "), "{half}");
        assert!(half.contains("/s"), "{half}");
        let end = drawn(OF_KNOWN_TOTAL, 9, Some(9));
        assert!(end.starts_with(&format!("backfill [{}] 9 of 9, ", "=".repeat(30))), "{end}");
        assert!(!end.contains("left"), "{end}");
        let unknown = drawn(OF_UNKNOWN_TOTAL, 7, None);
        assert!(unknown.starts_with("backfill 7, ") && unknown.ends_with("/s"), "{unknown}");
        assert!(drawn(OF_KNOWN_TOTAL, 0, Some(0)).contains("] 0 of 0, "));
    }
}
