//! Tables for people.

use chrono::{DateTime, Utc};
use comfy_table::{Attribute, Cell, Color, ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use dialoguer::console::measure_text_width;

use super::global::Format;
use super::printer::Printer;
use super::text::{cell_time, relative, safe};

/// One value in a table.
pub(crate) enum Value {
    /// Text, made harmless.
    Text(String),
    /// A status: a word in a colour of its own.
    Status(&'static str),
    /// An instant; none: this word.
    Time(Option<DateTime<Utc>>, &'static str),
}

impl Value {
    fn text(&self) -> &str {
        match self {
            Value::Text(text) => text,
            Value::Status(word) | Value::Time(_, word) => word,
        }
    }

    /// The value as this table shows it: an instant by how far it is away, and
    /// where exact times are wanted as it is.
    fn shown(self, printer: &Printer) -> Self {
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

/// Columns whose values may be broken over lines; the others are copied, or too
/// short to break.
const BREAKABLE: [&str; 10] = ["NAME", "ADDRESS", "NOTE", "WHY", "WHAT", "ROLES", "FOR", "FORMAT", "VALUE", "FROM"];

/// The least width of a column that can be broken.
const NARROWEST: usize = 8;

/// What stands between two columns.
const GAP: usize = 2;

/// A table as text, with its last line end. Where the terminal is too narrow
/// for what must not be broken, each row becomes a block of lines, so that a
/// code can still be copied whole.
pub(crate) fn render(printer: &Printer, headers: &[&str], rows: Vec<Vec<Value>>) -> String {
    let rows = rows.into_iter().map(|row| row.into_iter().map(|value| value.shown(printer)).collect()).collect();
    let Some(width) = printer.width() else { return grid(printer, headers, rows) };
    let (headers, rows) = without_empty_columns(headers, rows);
    if least_width(&headers, &rows) > usize::from(width) {
        blocks(&headers, rows)
    } else {
        grid(printer, &headers, rows)
    }
}

/// On a terminal, columns in which no row has anything give their room away.
fn without_empty_columns<'h>(headers: &[&'h str], rows: Vec<Vec<Value>>) -> (Vec<&'h str>, Vec<Vec<Value>>) {
    let is_empty = |column: usize| rows.iter().all(|row| row.get(column).is_none_or(|value| value.text() == "-"));
    let kept: Vec<bool> = (0..headers.len()).map(|column| rows.is_empty() || !is_empty(column)).collect();
    let headers = headers.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(header, _)| *header).collect();
    let keep =
        |row: Vec<Value>| row.into_iter().zip(&kept).filter(|(_, kept)| **kept).map(|(value, _)| value).collect();
    (headers, rows.into_iter().map(keep).collect())
}

fn least_width(headers: &[&str], rows: &[Vec<Value>]) -> usize {
    let widest = |column: usize| {
        let values = rows.iter().filter_map(|row| row.get(column));
        let longest = values.map(|value| measure_text_width(value.text())).max().unwrap_or(0);
        longest.max(headers[column].len())
    };
    let least = |column: usize| {
        let widest = widest(column);
        if BREAKABLE.contains(&headers[column]) { widest.min(NARROWEST) } else { widest }
    };
    (0..headers.len()).map(|column| least(column) + GAP).sum()
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

fn grid(printer: &Printer, headers: &[&str], rows: Vec<Vec<Value>>) -> String {
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
    for (column, header) in table.column_iter_mut().zip(headers) {
        column.set_padding((0, 2));
        if printer.width().is_some() && !BREAKABLE.contains(header) {
            column.set_constraint(ColumnConstraint::ContentWidth);
        }
    }
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}

fn cell(value: Value) -> Cell {
    match value {
        Value::Text(text) => Cell::new(safe(&text)),
        Value::Status(word) => {
            let color = match word {
                "active" => Color::Green,
                "scheduled" => Color::Cyan,
                "expired" | "used_up" => Color::Yellow,
                _ => Color::Red,
            };
            Cell::new(word).fg(color)
        }
        Value::Time(_, word) => Cell::new(word),
    }
}

/// Facts under each other: names at the left, values aligned.
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
