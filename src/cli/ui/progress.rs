//! Progress of a batch: a bar on a terminal, otherwise a line every ten seconds; nothing
//! with `--quiet` and in JSON.

use std::fmt::{self, Write};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{HumanDuration, ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle, TermLike};

use crate::cli::ui::printer::Printer;
use crate::cli::ui::text::grouped;

/// Maximum number of draws per second. The limiter of indicatif allows a burst of 20.
const DRAWS_PER_SECOND: u8 = 10;

/// Interval of the lines without a terminal.
const INTERVAL: Duration = Duration::from_secs(10);

/// Template of the bar once the total is known.
const WITH_TOTAL: &str = "{prefix} [{bar:30}] {human_pos} of {human_len}, {per_sec:0}{left}";
/// Template of the bar while the total is unknown.
const WITHOUT_TOTAL: &str = "{prefix} {human_pos}, {per_sec:0}";

/// Progress of one command.
pub(crate) struct Progress {
    printer: Printer,
    name: &'static str,
    bar: ProgressBar,
    /// Time of the last line without a terminal.
    last_line: Instant,
}

impl Progress {
    /// Creates the progress of a command. The bar is drawn with the first progress, so that
    /// it does not disturb a question before the work.
    pub(crate) fn new(printer: &Printer, name: &'static str) -> Self {
        let target = if printer.draws_lines() {
            let line = StatusLine { printer: printer.clone(), next: Mutex::default() };
            ProgressDrawTarget::term_like_with_hz(Box::new(line), DRAWS_PER_SECOND)
        } else {
            ProgressDrawTarget::hidden()
        };
        let bar = ProgressBar::with_draw_target(None, target).with_prefix(name).with_style(style(WITHOUT_TOTAL));
        Progress { printer: printer.clone(), name, bar, last_line: now() }
    }

    /// Sets the total amount of work.
    pub(crate) fn expect(&mut self, total: u64) {
        self.bar.set_style(style(WITH_TOTAL));
        self.bar.set_length(total);
    }

    /// Adds completed work. Without a terminal, writes a line if the interval has passed.
    pub(crate) fn advance(&mut self, by: u64) {
        self.bar.inc(by);
        if !self.printer.draws_lines() && self.last_line.elapsed() >= INTERVAL {
            self.last_line = now();
            let total = self.bar.length().map_or(String::new(), |total| format!(" of {}", grouped(total)));
            self.printer.info(&format!("{}: {}{total}", self.name, grouped(self.bar.position())));
        }
    }

    /// Clears the bar and writes something else; the next progress draws the bar again.
    pub(crate) fn suspend<T>(&mut self, write: impl FnOnce() -> T) -> T {
        self.printer.clear_line();
        write()
    }

    /// Clears the bar and ends it.
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

/// Terminal of indicatif that draws the status line of the printer.
struct StatusLine {
    printer: Printer,
    /// Text of the next draw.
    next: Mutex<String>,
}

impl StatusLine {
    fn next(&self) -> std::sync::MutexGuard<'_, String> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for StatusLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusLine").finish_non_exhaustive()
    }
}

/// The bar has one line, which the printer cuts to the width of the terminal, so that the
/// cursor never moves.
impl TermLike for StatusLine {
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

#[expect(clippy::disallowed_methods, reason = "only the interval of progress lines depends on it")]
fn now() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Debug, Clone, Default)]
    struct FakeTerminal(Arc<Mutex<String>>);

    impl TermLike for FakeTerminal {
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
        let screen = FakeTerminal::default();
        let target = ProgressDrawTarget::term_like(Box::new(screen.clone()));
        let bar = ProgressBar::with_draw_target(total, target).with_prefix("backfill").with_style(style(template));
        bar.set_position(done);
        bar.force_draw();
        screen.0.lock().unwrap().trim_end().to_owned()
    }

    #[test]
    fn bar_shows_share_and_rate_without_zero_seconds() {
        let half = drawn(WITH_TOTAL, 12_000, Some(36_000));
        assert!(half.starts_with("backfill [==========>                   ] 12,000 of 36,000, "), "{half}");
        assert!(half.contains("/s"), "{half}");
        let end = drawn(WITH_TOTAL, 9, Some(9));
        assert!(end.starts_with(&format!("backfill [{}] 9 of 9, ", "=".repeat(30))), "{end}");
        assert!(!end.contains("left"), "{end}");
        let unknown = drawn(WITHOUT_TOTAL, 7, None);
        assert!(unknown.starts_with("backfill 7, ") && unknown.ends_with("/s"), "{unknown}");
        assert!(drawn(WITH_TOTAL, 0, Some(0)).contains("] 0 of 0, "));
    }
}
