//! What `-v` tells while a command works: connections, what is tried again,
//! each transaction. Never a code, an address or a password.

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

/// Where the events of a command go.
pub(crate) fn dispatch(global: &GlobalArgs, printer: &Printer) -> Dispatch {
    let most = match global.verbose {
        0 => return Dispatch::none(),
        1 => LevelFilter::INFO,
        _ => LevelFilter::DEBUG,
    };
    let ours = FilterFn::new(|event: &Metadata<'_>| event.target().starts_with("invite"));
    let lines = fmt::layer().with_ansi(false).with_target(false).with_writer(Lines(printer.clone()));
    let format =
        global.log_format.unwrap_or(if printer.format().is_json() { LogFormat::Json } else { LogFormat::Text });
    let layer = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().flatten_event(true).boxed(),
    };
    Dispatch::new(Registry::default().with(layer.with_filter(most).with_filter(ours)))
}

/// The printer's standard error, line by line.
struct Lines(Printer);

impl<'l> MakeWriter<'l> for Lines {
    type Writer = Line<'l>;

    fn make_writer(&'l self) -> Line<'l> {
        Line(&self.0)
    }
}

/// A line on its way.
struct Line<'l>(&'l Printer);

impl Write for Line<'_> {
    /// Gets whole lines.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0.say(&crate::cli::ui::text::safe(text.trim_end_matches('\n')));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
