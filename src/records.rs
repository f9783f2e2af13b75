//! Reads the rows of a CSV file with a header or of a JSON Lines file, one by one. Every
//! error names its line.

mod bounded;
mod nulls;

use std::collections::VecDeque;
use std::io::{BufReader, Read};
use std::marker::PhantomData;

use csv::{ByteRecord, ReaderBuilder, Terminator};
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::error::{Error, Result};
use crate::records::bounded::{Allowance, Bounded, MAX_ROW};
pub(crate) use crate::records::bounded::{Line, read_line};
pub use crate::records::nulls::NullWords;
use crate::text::{nearest, shortened};

/// A row of a file, with its columns.
pub trait Record: DeserializeOwned {
    /// All columns.
    const COLUMNS: &'static [&'static str];
    /// Required columns.
    const REQUIRED: &'static [&'static str];
    /// Alternative names of columns, used by the seed systems: alias and column.
    const ALIASES: &'static [(&'static str, &'static str)];
}

/// The format of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileFormat {
    /// Comma-separated values with a header line. A byte order mark and CRLF line ends are
    /// accepted.
    Csv,
    /// JSON Lines: one JSON object per line.
    JsonLines,
}

impl FileFormat {
    /// Returns the format by the extension of a file name; CSV if it is unknown.
    #[must_use]
    pub fn of_name(name: &str) -> Self {
        let json = [".jsonl", ".ndjson"].iter().any(|end| name.to_ascii_lowercase().ends_with(end));
        if json { FileFormat::JsonLines } else { FileFormat::Csv }
    }
}

type Source = Box<dyn Read + Send>;

type CsvReader = csv::Reader<Bounded<Source>>;

/// Text that is appended to a CSV file, to distinguish its end from an unterminated quote.
const END: &[u8] = b"\n\0\n";

/// An iterator over the rows of a file, with their line numbers.
pub struct Records<R> {
    inner: Inner,
    columns: Vec<&'static str>,
    /// Rows that were read in advance.
    pending: VecDeque<(u64, Result<R>)>,
    nulls: NullWords,
    /// The name of the source in the audit log.
    name: Option<String>,
    record: PhantomData<fn() -> R>,
}

enum Inner {
    Csv { reader: Box<CsvReader>, allowance: Allowance, headers: ByteRecord, record: ByteRecord, ended: bool },
    Json { lines: Box<BufReader<Source>>, line: u64 },
}

impl<R: Record> Records<R> {
    /// Opens a source, and checks its header.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the line for an empty file, a header that is not UTF-8, and
    /// an unknown, duplicate or missing column.
    pub fn open(source: impl Read + Send + 'static, format: FileFormat) -> Result<Self> {
        Records::open_with(source, format, NullWords::default())
    }

    /// Opens a source in which some words represent an empty value.
    ///
    /// # Errors
    /// As [`Records::open`].
    pub fn open_with(source: impl Read + Send + 'static, format: FileFormat, nulls: NullWords) -> Result<Self> {
        let source: Source = Box::new(source);
        match format {
            FileFormat::Csv => Records::open_csv(source, nulls),
            FileFormat::JsonLines => Records::open_json(source, nulls),
        }
    }

    /// Sets the name of the source for the audit log; `-` is standard input.
    #[must_use]
    pub fn with_name(mut self, name: &str) -> Self {
        // Every database can store ASCII.
        let shown = |c: char| if c.is_ascii() && !c.is_ascii_control() { c } else { '?' };
        let file = || format!("file {}", name.chars().map(shown).collect::<String>());
        self.name = Some(if name == "-" { "standard input".to_owned() } else { file() });
        self
    }

    /// Returns the name of the source in the audit log.
    pub(crate) fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Returns true if the file has this column.
    #[must_use]
    pub fn has_column(&self, name: &str) -> bool {
        self.columns.contains(&name)
    }

    fn open_csv(source: Source, nulls: NullWords) -> Result<Self> {
        // The terminator is LF, and trimming removes CR, so that lines are counted
        // correctly. The file may lack its last line end.
        let source: Source = Box::new(source.chain(END));
        let (source, allowance) = Bounded::new(source);
        let mut reader = ReaderBuilder::new().flexible(true).terminator(Terminator::Any(b'\n')).from_reader(source);
        let header = reader.byte_headers().map_err(|error| unreadable(1, error))?.clone();
        if header.iter().all(|name| name.trim_ascii().is_empty() || name == b"\0") {
            return Err(Error::invalid("the file is empty")
                .with_hint(format!("the first line must be a header with the columns: {}", R::COLUMNS.join(","))));
        }
        let mut columns = Vec::new();
        let separator = other_separator(&header);
        for name in &header {
            let name = std::str::from_utf8(name).map_err(|_| not_utf8(1))?;
            let column =
                known_column::<R>(name.trim_start_matches('\u{feff}'), 1).map_err(|error| match separator {
                    Some(separator) => error.with_hint(separated_by(separator)),
                    None => error,
                })?;
            if columns.contains(&column) {
                return Err(Error::invalid(format!("line 1: duplicate column {column}")));
            }
            columns.push(column);
        }
        if let Some(missing) = R::REQUIRED.iter().find(|required| !columns.contains(required)) {
            return Err(Error::invalid(format!("line 1: the column {missing} is missing")).with_hint(format!(
                "columns: {}; required: {}",
                R::COLUMNS.join(", "),
                R::REQUIRED.join(", ")
            )));
        }
        let headers = columns.iter().copied().collect();
        let inner =
            Inner::Csv { reader: Box::new(reader), allowance, headers, record: ByteRecord::new(), ended: false };
        Ok(Records { inner, columns, pending: VecDeque::new(), nulls, name: None, record: PhantomData })
    }

    fn open_json(source: Source, nulls: NullWords) -> Result<Self> {
        let inner = Inner::Json { lines: Box::new(BufReader::new(source)), line: 0 };
        let columns = R::COLUMNS.to_vec();
        let mut records = Records { inner, columns, pending: VecDeque::new(), nulls, name: None, record: PhantomData };
        match records.next() {
            None => Err(Error::invalid("the file is empty").with_hint("write one JSON object per line")),
            Some(first) => {
                records.pending.push_back(first);
                Ok(records)
            }
        }
    }
}

/// Separators of other programs, with their names.
const OTHER_SEPARATORS: [(u8, &str); 3] = [(b';', "semicolons (;)"), (b'\t', "tabs"), (b'|', "vertical bars (|)")];

/// Returns the name of the separator in a row without commas, if it is not the comma.
fn other_separator(row: &ByteRecord) -> Option<&'static str> {
    let value = row.get(0).filter(|_| row.len() == 1)?;
    OTHER_SEPARATORS.iter().find(|(byte, _)| value.contains(byte)).map(|(_, name)| *name)
}

/// Returns the hint for a file with another separator.
fn separated_by(separator: &str) -> String {
    format!("the values are separated by {separator}; separate them by commas")
}

fn known_column<R: Record>(name: &str, line: u64) -> Result<&'static str> {
    let wanted = name.trim().to_ascii_lowercase();
    let aliased = R::ALIASES.iter().find(|(alias, _)| *alias == wanted).map(|(_, column)| *column);
    let known = aliased.or_else(|| R::COLUMNS.iter().copied().find(|column| *column == wanted));
    known.ok_or_else(|| {
        let shown = shortened(name, 40);
        let near = nearest(&wanted, R::COLUMNS).map_or(String::new(), |near| format!("did you mean {near}? "));
        // Ignoring a column could lose codes that users already have.
        Error::invalid(format!("line {line}: unknown column {shown:?}"))
            .with_hint(format!("{near}columns: {}", R::COLUMNS.join(", ")))
    })
}

impl<R: Record> Iterator for Records<R> {
    type Item = (u64, Result<R>);

    fn next(&mut self) -> Option<Self::Item> {
        if let Some(pending) = self.pending.pop_front() {
            return Some(pending);
        }
        match &mut self.inner {
            Inner::Csv { ended: true, .. } => None,
            Inner::Csv { reader, allowance, headers, record, ended } => {
                allowance.renew();
                next_csv(reader, headers, record, ended, &self.nulls)
            }
            Inner::Json { lines, line } => next_json(lines, line, &self.nulls),
        }
    }
}

fn next_csv<R: Record>(
    reader: &mut CsvReader,
    headers: &ByteRecord,
    record: &mut ByteRecord,
    ended: &mut bool,
    nulls: &NullWords,
) -> Option<(u64, Result<R>)> {
    loop {
        let begin = reader.position().line();
        return match reader.read_byte_record(record) {
            Ok(false) => None,
            Ok(true) if record.len() == 1 && record[0].trim_ascii().is_empty() => continue,
            Ok(true) if record.len() == 1 && record[0] == *b"\0" => None,
            Ok(true) => {
                let is_open = record.iter().next_back().is_some_and(|value| value.ends_with(END));
                let line = first_line(reader, record, is_open);
                // Trimming creates a new record, which most rows do not need.
                if record.iter().any(|value| value.len() > value.trim_ascii().len()) {
                    record.trim();
                }
                nulls.clear(record);
                Some((line, if is_open { Err(unterminated(line)) } else { typed(line, record, headers) }))
            }
            Err(error) => {
                // After a read error, the position in the file is unknown.
                *ended = true;
                Some((begin, Err(unreadable(begin, error))))
            }
        };
    }
}

/// Returns the line on which a record begins. The reader is at its end, and quoted values
/// may contain line ends.
fn first_line(reader: &CsvReader, record: &ByteRecord, is_open: bool) -> u64 {
    let has_ends = record.as_slice().contains(&b'\n');
    let inside = if has_ends { record.iter().flatten().filter(|byte| **byte == b'\n').count() as u64 } else { 0 };
    let end = u64::from(!is_open);
    reader.position().line().saturating_sub(end + inside)
}

fn typed<R: Record>(line: u64, record: &ByteRecord, headers: &ByteRecord) -> Result<R> {
    if record.iter().any(|value| str::from_utf8(value).is_err()) {
        return Err(not_utf8(line));
    }
    if record.len() != headers.len() {
        return Err(Error::invalid(format!(
            "line {line}: the row has {} {}, but the header has {}",
            record.len(),
            if record.len() == 1 { "value" } else { "values" },
            headers.len()
        ))
        .with_hint(match other_separator(record) {
            Some(separator) => separated_by(separator),
            None => "put a value that contains a comma in double quotes".to_owned(),
        }));
    }
    record.deserialize(Some(headers)).map_err(|error| unreadable(line, error))
}

fn next_json<R: Record>(lines: &mut BufReader<Source>, line: &mut u64, nulls: &NullWords) -> Option<(u64, Result<R>)> {
    loop {
        *line += 1;
        let bytes = match read_line(lines, MAX_ROW) {
            Ok(Line::End) => return None,
            Ok(Line::TooLong) => return Some((*line, Err(too_long(*line)))),
            Ok(Line::Whole(bytes)) => bytes,
            Err(error) => return Some((*line, Err(unreadable(*line, error)))),
        };
        let Ok(text) = str::from_utf8(&bytes) else { return Some((*line, Err(not_utf8(*line)))) };
        let text = text.trim_start_matches('\u{feff}').trim();
        if !text.is_empty() {
            let parsed = from_json(text, *line, nulls);
            return Some((*line, parsed));
        }
    }
}

/// Parses one object; its keys must be columns, as in a CSV header.
fn from_json<R: Record>(text: &str, line: u64, nulls: &NullWords) -> Result<R> {
    // The message of the parser could contain a value, so it is only the source.
    let fields: Map<String, Value> = serde_json::from_str(text)
        .map_err(|error| Error::invalid(format!("line {line}: not a JSON object")).with_source(error))?;
    let mut known = Map::new();
    for (name, mut value) in fields {
        nulls.clear_json(&mut value);
        let column = known_column::<R>(&name, line)?;
        if known.insert(column.to_owned(), value).is_some() {
            return Err(Error::invalid(format!("line {line}: duplicate field {column}")));
        }
    }
    if let Some(missing) = R::REQUIRED.iter().find(|required| known.get(**required).is_none_or(Value::is_null)) {
        return Err(Error::invalid(format!("line {line}: {missing} is missing")));
    }
    serde_json::from_value(Value::Object(known)).map_err(|_| {
        Error::invalid(format!("line {line}: a value has the wrong type")).with_hint("write every value as a string")
    })
}

fn not_utf8(line: u64) -> Error {
    Error::invalid(format!("line {line}: not valid UTF-8")).with_hint("convert the file: iconv -t UTF-8")
}

fn unterminated(line: u64) -> Error {
    Error::invalid(format!("line {line}: unterminated quoted field"))
        .with_hint("close the quote, or double a quote inside a value")
}

/// The error of a row that exceeds the maximum size.
fn too_long(line: u64) -> Error {
    Error::invalid(format!("line {line}: the row is longer than {MAX_ROW} bytes"))
        .with_hint("a quote in this row may be unterminated; the rows after it are not read")
}

fn unreadable(line: u64, error: impl std::error::Error + Send + Sync + 'static) -> Error {
    if bounded::is_too_long(&error) {
        return too_long(line);
    }
    Error::invalid(format!("line {line}: cannot parse the row")).with_source(error)
}

#[cfg(test)]
mod tests;
