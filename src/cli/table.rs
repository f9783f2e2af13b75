//! Tables for people.

use comfy_table::{Attribute, Cell, Color, ContentArrangement, LineStyle, Table, TableStyle};

use super::printer::Printer;
use super::text::safe;

/// One value in a table.
pub(crate) enum Value {
    /// Text, made harmless.
    Text(String),
    /// A status: a word in a colour of its own.
    Status(&'static str),
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

/// A table as text, with its last line end.
pub(crate) fn render(printer: &Printer, headers: &[&str], rows: Vec<Vec<Value>>) -> String {
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
    for column in table.column_iter_mut() {
        column.set_padding((0, 2));
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
