//! Data in every format: rows that stream, and single reports. JSON and CSV
//! are made from the serialized records, never from a table.

use std::fs::Permissions;
use std::io::{self, Write as _};
use std::path::Path;

use serde::Serialize;
use serde_json::{Map, Value as Json, json};
use uuid::Uuid;

use crate::cli::global::Format;
use crate::cli::ui::csv::CsvSheet;
use crate::cli::ui::fields::{self, Fields};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::table::{self, Columns, Value};
use crate::error::Error;
use crate::files;

/// The version of every JSON object's shape; fields are only ever added.
pub(crate) const SCHEMA: u32 = 1;

/// Rows are buffered up to so many before a table is drawn.
const TABLE_CHUNK: usize = 1_000;

/// One record of a list, in all its forms.
pub(crate) trait Row: Serialize {
    /// What the list is called in a JSON document.
    const LIST: &'static str;
    /// The fields, in their order: the header of CSV.
    const FIELDS: &'static [&'static str];
    /// The columns of a table.
    fn headers(wide: bool) -> Vec<&'static str>;
    /// The values of a table's row.
    fn cells(&self, wide: bool) -> Vec<Value>;
    /// The code alone, where the record has one.
    fn code(&self) -> Option<&str>;
}

/// Writes rows as they come.
pub(crate) struct Rows {
    format: Format,
    written: u64,
    /// Tables of long work show so many rows; none: all.
    cap: Option<usize>,
    /// Which fields are written; none: all.
    fields: Option<Fields>,
    buffer: Vec<Vec<Value>>,
    /// The line that is written, kept for the next.
    line: Vec<u8>,
    sheet: CsvSheet,
}

impl Rows {
    pub(crate) fn new(format: Format, cap: Option<usize>) -> Self {
        Rows { format, written: 0, cap, fields: None, buffer: Vec::new(), line: Vec::new(), sheet: CsvSheet::default() }
    }

    /// The same with these fields alone.
    pub(crate) fn with_fields(mut self, fields: Option<Fields>) -> Self {
        self.fields = fields;
        self
    }

    /// How many rows came so far.
    pub(crate) fn written(&self) -> u64 {
        self.written
    }

    /// How many of them a table shows.
    pub(crate) fn shown(&self) -> u64 {
        match self.cap {
            Some(cap) if self.format.is_for_people() => self.written.min(cap as u64),
            _ => self.written,
        }
    }

    /// Takes one row.
    pub(crate) fn push<R: Row>(&mut self, printer: &Printer, row: &R) -> io::Result<()> {
        self.written += 1;
        if self.format == Format::Code {
            return match row.code() {
                Some(code) => printer.data_line(&crate::cli::ui::text::safe(code)),
                None => Ok(()),
            };
        }
        let picked = self.fields.as_ref().map(|fields| fields.pick(row)).transpose()?;
        if self.format.is_for_people() {
            if self.cap.is_none_or(|cap| self.written <= cap as u64) {
                let cells = picked.map(|picked| picked.values().map(|value| fields::shown(value).into()).collect());
                self.buffer.push(cells.unwrap_or_else(|| row.cells(self.format == Format::Wide)));
            }
            return if self.buffer.len() >= TABLE_CHUNK { self.draw::<R>(printer) } else { Ok(()) };
        }
        match picked {
            Some(picked) => self.write::<R>(printer, &picked),
            None => self.write::<R>(printer, row),
        }
    }

    /// Writes a record for programs.
    fn write<R: Row>(&mut self, printer: &Printer, record: &impl Serialize) -> io::Result<()> {
        self.line.clear();
        match self.format {
            Format::Csv => {
                if self.written == 1 {
                    self.write_header::<R>(printer)?;
                }
                return printer.csv_line(self.sheet.row(record)?);
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
        printer.csv_line(self.sheet.header(names.iter()))
    }

    /// Whether no further row would be shown.
    pub(crate) fn is_full(&self) -> bool {
        self.format.is_for_people() && self.cap.is_some_and(|cap| self.written >= cap as u64)
    }

    /// So many rows came that are not shown.
    pub(crate) fn pass(&mut self, count: u64) {
        self.written += count;
    }

    /// Draws what is buffered of a table that shows everything, so that nothing
    /// made is kept back; one that shows the first rows only waits for its end.
    pub(crate) fn draw_whole<R: Row>(&mut self, printer: &Printer) -> io::Result<()> {
        if self.cap.is_none() { self.draw::<R>(printer) } else { Ok(()) }
    }

    /// Draws what is buffered.
    pub(crate) fn draw<R: Row>(&mut self, printer: &Printer) -> io::Result<()> {
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
        let columns = if chosen.is_some() { Columns::Chosen } else { Columns::Usual };
        printer.data(&table::render(printer, &headers, rows, columns))
    }

    /// Ends the list; a JSON document also gets the summary's fields.
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

/// What a record has by its names.
pub(crate) fn fields_of(record: &impl Serialize) -> io::Result<Map<String, Json>> {
    match serde_json::to_value(record)? {
        Json::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// Writes a record as JSON, with the version of its shape in front.
fn write_with_schema(line: &mut Vec<u8>, record: &impl Serialize) -> io::Result<()> {
    write!(line, "{{\"schema\":{SCHEMA}")?;
    let start = line.len();
    serde_json::to_writer(&mut *line, record)?;
    // The record's own fields follow the version: its brace becomes a comma.
    match &mut line[start..] {
        [brace @ b'{', rest, ..] if *rest != b'}' => *brace = b',',
        _ => {
            line.truncate(start);
            line.push(b'}');
        }
    }
    Ok(())
}

/// A record with the version of its shape in front.
pub(crate) fn with_schema(record: &impl Serialize) -> io::Result<Json> {
    let mut object = Map::new();
    object.insert("schema".to_owned(), json!(SCHEMA));
    object.extend(fields_of(record)?);
    Ok(Json::Object(object))
}

/// Writes a single report; `people` draws it for people.
pub(crate) fn report(
    printer: &Printer,
    record: &impl Serialize,
    code: Option<&str>,
    people: impl FnOnce() -> String,
) -> io::Result<()> {
    let operation = printer.take_operation();
    write_report(printer, &Recorded::of(record, operation), code, people)?;
    printer.note_operation(operation);
    Ok(())
}

/// A report of changes, with the operation that made them.
#[derive(Serialize)]
pub(crate) struct Recorded<'r, R: Serialize> {
    #[serde(flatten)]
    record: &'r R,
    #[serde(skip_serializing_if = "Option::is_none")]
    operation_id: Option<String>,
}

impl<'r, R: Serialize> Recorded<'r, R> {
    pub(crate) fn of(record: &'r R, operation: Option<Uuid>) -> Self {
        Recorded { record, operation_id: operation.map(|id| id.to_string()) }
    }
}

fn write_report(
    printer: &Printer,
    record: &impl Serialize,
    code: Option<&str>,
    people: impl FnOnce() -> String,
) -> io::Result<()> {
    match printer.format() {
        Format::Table | Format::Wide => printer.data(&people()),
        Format::Json => printer.json(format!("{:#}\n", with_schema(record)?).as_bytes()),
        Format::Jsonl => printer.json(format!("{}\n", with_schema(record)?).as_bytes()),
        Format::Csv => {
            let mut sheet = CsvSheet::default();
            printer.csv_line(sheet.header(fields_of(record)?.keys()))?;
            printer.csv_line(sheet.row(record)?)
        }
        Format::Code => match code {
            Some(code) => printer.data_line(&crate::cli::ui::text::safe(code)),
            None => Ok(()),
        },
    }
}

/// Refuses a place for a new file where something is already.
pub(crate) fn refuse_existing(path: &Path) -> crate::error::Result<()> {
    if files::exists(path) {
        return Err(Error::invalid(format!("{} already exists; not overwriting it", path.display()))
            .with_hint("name a new file"));
    }
    refuse_missing_folder(path)
}

/// Refuses a place for a file whose folder does not exist.
pub(crate) fn refuse_missing_folder(path: &Path) -> crate::error::Result<()> {
    let folder = folder_of(path);
    if folder.is_dir() {
        return Ok(());
    }
    Err(Error::invalid(format!("the folder {} does not exist", folder.display())))
}

/// The folder that a file is in, or would be.
pub(crate) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Writes a new file that everybody may read whom the account's mask lets: never
/// over another file, and there with all that is in it or not at all.
pub(crate) fn write_new_file(path: &Path, text: &str) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = Permissions::from_mode(0o666);
    let mut file = tempfile::Builder::new().prefix(".invite-").permissions(mode).tempfile_in(folder_of(path))?;
    file.write_all(text.as_bytes())?;
    file.as_file().sync_all()?;
    file.persist_noclobber(path).map(|_| ()).map_err(|failed| failed.error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_file_is_never_written_over_another_and_leaves_nothing_beside_it() {
        use std::os::unix::fs::PermissionsExt as _;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("page.html");
        write_new_file(&path, "whole").unwrap();
        assert_eq!(write_new_file(&path, "other").unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
        // As any other file that the account makes.
        let plain = folder.path().join("plain");
        std::fs::File::create(&plain).unwrap();
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&path), mode(&plain));
    }

    #[test]
    fn the_version_stands_before_a_record_of_any_size() {
        for record in [json!({}), json!({ "a": "{\"b\":1}" }), json!({ "a": 1, "b": [{}] })] {
            let mut line = Vec::new();
            write_with_schema(&mut line, &record).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), with_schema(&record).unwrap().to_string());
        }
    }
}
