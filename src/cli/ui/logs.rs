//! Logs of `-v`: connections and retries, with `-vv` each transaction. They contain no
//! code, address or password.

use std::io::{self, Write};

use tracing::level_filters::LevelFilter;
use tracing::{Dispatch, Metadata};
use tracing_subscriber::filter::FilterFn;
use tracing_subscriber::fmt;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::{Layer, Registry};

use crate::cli::global::{GlobalArgs, LogFormat};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::text::safe;

/// Returns the destination of the events of a command, by `-v` and `--log-format`.
pub(crate) fn dispatch(global: &GlobalArgs, printer: &Printer) -> Dispatch {
    let level = match global.verbose {
        0 => return Dispatch::none(),
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let is_own = FilterFn::new(|event: &Metadata<'_>| event.target().starts_with("invite"));
    let lines = fmt::layer().with_ansi(false).with_target(false).with_writer(LogWriter(printer.clone()));
    let format =
        global.log_format.unwrap_or(if printer.format().is_json() { LogFormat::Json } else { LogFormat::Text });
    let layer = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    Dispatch::new(Registry::default().with(layer.with_filter(level).with_filter(is_own)))
}

/// Writer of log lines to standard error, through the printer.
struct LogWriter(Printer);

impl<'l> MakeWriter<'l> for LogWriter {
    type Writer = LineWriter<'l>;

    fn make_writer(&'l self) -> LineWriter<'l> {
        LineWriter(&self.0)
    }
}

/// Writer of one log line.
struct LineWriter<'l>(&'l Printer);

impl Write for LineWriter<'_> {
    /// Writes a whole line: tracing formats an event before it writes it.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.error_line(&safe(text.trim_end_matches('\n')));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
