//! Tables in text output.

use chrono::{DateTime, Utc};
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle, Width};
use dialoguer::console::measure_text_width;

use crate::cli::global::Format;
use crate::cli::ui::printer::{Hue, Printer};
use crate::cli::ui::text::{cell_time, relative, safe};

/// Value of a table cell.
pub(crate) enum Value {
    /// Text; characters that could control a terminal are replaced.
    Text(String),
    /// Status of an invite, in its color.
    Status(&'static str),
    /// Instant, or the word for no instant.
    Time(Option<DateTime<Utc>>, &'static str),
}

impl Value {
    fn text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            Value::Status(word) | Value::Time(_, word) => word,
        }
    }

    /// Resolves an instant to text: its distance from now, or the exact time in the wide
    /// format.
    fn resolved(self, printer: &Printer) -> Self {
        match self {
            Value::Time(Some(instant), _) if printer.format() == Format::Wide => Value::Text(cell_time(instant)),
            Value::Time(Some(instant), _) => Value::Text(relative(instant, printer.now())),
            Value::Time(None, word) => Value::Text(word.to_owned()),
            other => other,
        }
    }
}

impl From<DateTime<Utc>> for Value {
    fn from(instant: DateTime<Utc>) -> Self {
        Value::Time(Some(instant), "-")
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::Text(text.to_owned())
    }
}

impl From<Option<&str>> for Value {
    fn from(text: Option<&str>) -> Self {
        Value::Text(text.unwrap_or("-").to_owned())
    }
}

/// Columns whose values may wrap. The other values are short, or have to stay whole to be
/// copied.
const WRAPPED: [&str; 10] = ["NAME", "ADDRESS", "NOTE", "WHY", "WHAT", "ROLES", "FOR", "FORMAT", "VALUE", "FROM"];

/// Maximum length of a word that is not broken when it wraps.
const LONGEST_WHOLE: usize = 7;

/// Space and line between two columns.
const PADDING: usize = 2;
const SEPARATOR: usize = 1;

/// Selection of the columns of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Columns {
    /// The columns of the command; a terminal shows only those with values.
    Default,
    /// The columns of `--fields`, all of which are shown.
    Selected,
}

/// Renders a table. If the terminal is too narrow for the values that must not wrap, each
/// row becomes a block of lines, so that a code can still be copied whole.
pub(crate) fn render(printer: &Printer, headers: &[&str], rows: Vec<Vec<Value>>, columns: Columns) -> String {
    let rows = rows.into_iter().map(|row| row.into_iter().map(|value| value.resolved(printer)).collect()).collect();
    let Some(width) = printer.width() else { return grid(printer, headers, rows, &[]) };
    let (headers, rows) = match columns {
        Columns::Selected => (headers.to_vec(), rows),
        Columns::Default => without_empty_columns(headers, rows),
    };
    let widths = minimum_widths(&headers, &rows);
    // The last column has no padding.
    if (widths.iter().map(|minimum| minimum + PADDING + SEPARATOR).sum::<usize>())
        > usize::from(width) + PADDING + SEPARATOR
    {
        blocks(&headers, rows)
    } else {
        grid(printer, &headers, rows, &widths)
    }
}

/// Removes the columns without a value, to make room for the others on a terminal.
fn without_empty_columns<'h>(headers: &[&'h str], rows: Vec<Vec<Value>>) -> (Vec<&'h str>, Vec<Vec<Value>>) {
    let is_empty = |column: usize| rows.iter().all(|row| row.get(column).is_none_or(|value| value.text() == "-"));
    let kept: Vec<bool> = (0..headers.len()).map(|column| rows.is_empty() || !is_empty(column)).collect();
    let headers = headers.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(header, _)| *header).collect();
    let keep =
        |row: Vec<Value>| row.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(value, _)| value).collect();
    (headers, rows.into_iter().map(keep).collect())
}

/// Returns the minimum width of each column.
fn minimum_widths(headers: &[&str], rows: &[Vec<Value>]) -> Vec<usize> {
    let widest = |header: &str, column: usize| {
        let longest_word = |text: &str| text.split(' ').map(measure_text_width).max().unwrap_or(0).min(LONGEST_WHOLE);
        let of_value = |value: &Value| {
            if WRAPPED.contains(&header) { longest_word(value.text()) } else { measure_text_width(value.text()) }
        };
        let values = rows.iter().filter_map(|row| row.get(column));
        values.map(of_value).max().unwrap_or(0).max(header.len())
    };
    headers.iter().enumerate().map(|(column, header)| widest(header, column)).collect()
}

fn blocks(headers: &[&str], rows: Vec<Vec<Value>>) -> String {
    let names: Vec<String> = headers.iter().map(|header| header.to_lowercase()).collect();
    let mut text = String::new();
    for row in rows {
        let values = row.into_iter().map(|value| value.text().to_owned());
        let pairs: Vec<(&str, String)> = names.iter().map(String::as_str).zip(values).collect();
        text.push_str(&facts(&pairs));
        text.push('\n');
    }
    text
}

/// Renders a grid; `widths` has the minimum width of each column of a table that has to fit.
fn grid(printer: &Printer, headers: &[&str], rows: Vec<Vec<Value>>, widths: &[usize]) -> String {
    let style = TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));
    let mut table = Table::new();
    table.load_style(style);
    match printer.width() {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_width(width);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    if printer.colors_data() {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(headers.iter().map(|header| Cell::new(header).add_attribute(Attribute::Bold)));
    for row in rows {
        table.add_row(row.into_iter().map(cell));
    }
    for (at, (column, header)) in table.column_iter_mut().zip(headers).enumerate() {
        let padding = if at + 1 < headers.len() { PADDING } else { 0 };
        column.set_padding((0, u16::try_from(padding).unwrap_or_default()));
        match widths.get(at) {
            Some(_) if !WRAPPED.contains(header) => column.set_constraint(ColumnConstraint::ContentWidth),
            Some(minimum) => {
                let minimum = u16::try_from(minimum + padding).unwrap_or(u16::MAX);
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(minimum)))
            }
            None => column,
        };
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

/// Returns the color of a status.
pub(crate) fn status_hue(word: &str) -> Hue {
    match word {
        "active" => Hue::Green,
        "scheduled" => Hue::Cyan,
        "expired" | "used_up" => Hue::Yellow,
        _ => Hue::Red,
    }
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Text(text) => Cell::new(safe(&text)),
        Value::Status(word) => {
            let color = match status_hue(word) {
                Hue::Green => Color::DarkGreen,
                Hue::Cyan => Color::DarkCyan,
                Hue::Yellow => Color::DarkYellow,
                Hue::Red => Color::DarkRed,
                Hue::Magenta => Color::DarkMagenta,
            };
            Cell::new(word).fg(color)
        }
        Value::Time(_, word) => Cell::new(word),
    }
}

/// Renders names and values as aligned lines.
pub(crate) fn facts(pairs: &[(&str, String)]) -> String {
    let widest = pairs.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::new();
    for (name, value) in pairs {
        text.push_str("  ");
        text.push_str(name);
        text.push_str(&" ".repeat(widest - name.chars().count() + 2));
        text.push_str(&safe(value));
        text.push('\n');
    }
    text
}
