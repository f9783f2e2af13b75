//! Data in every output format: lists, written row by row, and single reports. JSON and
//! CSV are made from the serialized records, never from a table.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::Value as Json;
use uuid::Uuid;

use crate::cli::global::Format;
use crate::cli::ui::csv::CsvWriter;
use crate::cli::ui::fields::{self, Fields};
use crate::cli::ui::json::{SCHEMA, fields_of, with_schema, write_with_schema};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::row::Row;
use crate::cli::ui::table::{self, Columns, Value};
use crate::cli::ui::text::safe;

/// Number of rows that are buffered before a table is drawn.
const TABLE_CHUNK: usize = 1_000;

/// Writer of the rows of a list.
pub(crate) struct RowWriter {
    format: Format,
    written: u64,
    /// Maximum number of rows in a table; `None` for all.
    cap: Option<usize>,
    /// Selected fields; `None` for all.
    fields: Option<Fields>,
    buffer: Vec<Vec<Value>>,
    /// Buffer of one line, reused by the next.
    line: Vec<u8>,
    csv: CsvWriter,
}

impl RowWriter {
    /// Creates a writer; `cap` is the maximum number of rows in a table.
    pub(crate) fn new(format: Format, cap: Option<usize>) -> Self {
        RowWriter {
            format,
            written: 0,
            cap,
            fields: None,
            buffer: Vec::new(),
            line: Vec::new(),
            csv: CsvWriter::default(),
        }
    }

    /// Restricts the output to these fields; `None` for all.
    pub(crate) fn with_fields(mut self, fields: Option<Fields>) -> Self {
        self.fields = fields;
        self
    }

    /// Returns the number of rows so far, including those that a table leaves out.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// Returns the number of rows that the output shows.
    pub(crate) fn shown(&self) -> u64 {
        match self.cap {
            Some(cap) if self.format.is_for_people() => self.written.min(cap as u64),
            _ => self.written,
        }
    }

    /// Writes a row; rows of a table are buffered.
    pub(crate) fn push<R: Row>(&mut self, printer: &Printer, row: &R) -> io::Result<()> {
        self.written += 1;
        if self.format == Format::Code {
            return match row.code() {
                Some(code) => printer.data_line(&safe(code)),
                None => Ok(()),
            };
        }
        let picked = self.fields.as_ref().map(|fields| fields.pick(row)).transpose()?;
        if self.format.is_for_people() {
            if self.cap.is_none_or(|cap| self.written <= cap as u64) {
                let cells = picked.map(|picked| picked.values().map(|value| fields::cell_text(value).into()).collect());
                self.buffer.push(cells.unwrap_or_else(|| row.cells(self.format == Format::Wide)));
            }
            return if self.buffer.len() >= TABLE_CHUNK { self.draw::<R>(printer) } else { Ok(()) };
        }
        match picked {
            Some(picked) => self.write::<R>(printer, &picked),
            None => self.write::<R>(printer, row),
        }
    }

    /// Writes a record in a format for programs.
    fn write<R: Row>(&mut self, printer: &Printer, record: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        match self.format {
            Format::Csv => {
                if self.written == 1 {
                    self.write_header::<R>(printer)?;
                }
                return printer.csv_line(self.csv.row(record)?);
            }
            Format::Jsonl => {
                write_with_schema(&mut self.line, record)?;
                self.line.push(b'\n');
            }
            Format::Json | Format::Table | Format::Wide | Format::Code => {
                if self.written == 1 {
                    write!(self.line, "{{\"schema\":{SCHEMA},\"{}\":[", R::LIST)?;
                } else {
                    self.line.push(b',');
                }
                self.line.push(b'\n');
                serde_json::to_writer(&mut self.line, record)?;
            }
        }
        printer.json(&self.line)
    }

    fn write_header<R: Row>(&mut self, printer: &Printer) -> io::Result<()> {
        let names = self.fields.as_ref().map_or(R::FIELDS, Fields::names);
        printer.csv_line(self.csv.header(names.iter()))
    }

    /// True if the output will show no further row.
    pub(crate) fn is_full(&self) -> bool {
        self.format.is_for_people() && self.cap.is_some_and(|cap| self.written >= cap as u64)
    }

    /// Counts rows that the output leaves out.
    pub(crate) fn skip(&mut self, count: u64) {
        self.written += count;
    }

    /// Draws the buffered rows of a table without a maximum, so that committed rows are
    /// visible. A table with a maximum is drawn by [`RowWriter::finish`].
    pub(crate) fn draw_uncapped<R: Row>(&mut self, printer: &Printer) -> io::Result<()> {
        if self.cap.is_none() { self.draw::<R>(printer) } else { Ok(()) }
    }

    /// Draws the buffered rows of a table.
    fn draw<R: Row>(&mut self, printer: &Printer) -> io::Result<()> {
        if self.buffer.is_empty() {
            return Ok(());
        }
        let rows = std::mem::take(&mut self.buffer);
        let names = |fields: &Fields| fields.names().iter().map(|name| name.to_uppercase()).collect();
        let chosen: Option<Vec<String>> = self.fields.as_ref().map(names);
        let headers = match &chosen {
            Some(names) => names.iter().map(String::as_str).collect(),
            None => R::headers(self.format == Format::Wide),
        };
        let columns = if chosen.is_some() { Columns::Selected } else { Columns::Default };
        printer.data(&table::render(printer, &headers, rows, columns))
    }

    /// Ends the list; a JSON document also gets the fields of the summary.
    pub(crate) fn finish<R: Row>(&mut self, printer: &Printer, summary: &impl Serialize) -> io::Result<()> {
        self.draw::<R>(printer)?;
        match self.format {
            Format::Json => {
                let head = if self.written == 0 {
                    format!("{{\"schema\":{SCHEMA},\"{}\":[", R::LIST)
                } else {
                    "\n".to_owned()
                };
                let mut text = format!("{head}]");
                for (name, value) in fields_of(summary)? {
                    text.push_str(&format!(",{}:{value}", Json::from(name)));
                }
                printer.json(format!("{text}}}\n").as_bytes())
            }
            Format::Csv if self.written == 0 => self.write_header::<R>(printer),
            _ => Ok(()),
        }
    }
}

/// Writes a single report, then the ID of the operation that made its changes.
///
/// `code` is what `-o code` prints; `table` renders the report as text.
pub(crate) fn report(
    printer: &Printer,
    record: &impl Serialize,
    code: Option<&str>,
    table: impl FnOnce() -> String,
) -> io::Result<()> {
    let operation = printer.take_operation();
    write_report(printer, &Recorded::of(record, operation), code, table)?;
    printer.operation_info(operation);
    Ok(())
}

/// Record with the ID of the operation that made its changes.
#[derive(Serialize)]
pub(crate) struct Recorded<'r, R: Serialize> {
    #[serde(flatten)]
    record: &'r R,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<String>,
}

impl<'r, R: Serialize> Recorded<'r, R> {
    /// Adds the ID of an operation to a record; `None` adds no field.
    pub(crate) fn of(record: &'r R, operation: Option<Uuid>) -> Self {
        Recorded { record, operation_id: operation.map(|id| id.to_string()) }
    }
}

fn write_report(
    printer: &Printer,
    record: &impl Serialize,
    code: Option<&str>,
    table: impl FnOnce() -> String,
) -> io::Result<()> {
    match printer.format() {
        Format::Table | Format::Wide => printer.data(&table()),
        Format::Json => printer.json(format!("{:#}\n", with_schema(record)?).as_bytes()),
        Format::Jsonl => printer.json(format!("{}\n", with_schema(record)?).as_bytes()),
        Format::Csv => {
            let mut csv = CsvWriter::default();
            printer.csv_line(csv.header(fields_of(record)?.keys()))?;
            printer.csv_line(csv.row(record)?)
        }
        Format::Code => match code {
            Some(code) => printer.data_line(&safe(code)),
            None => Ok(()),
        },
    }
}
