//! CSV: records as rows of cells, straight from their fields.

pub(crate) mod cell;
pub(crate) mod formula;

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeMap, SerializeStruct, Serializer};

use crate::cli::ui::csv::cell::{Cell, NoText};
use crate::cli::ui::csv::formula::defused;

/// Makes the lines of CSV; each is kept until the next.
#[derive(Default)]
pub(crate) struct CsvSheet {
    line: Vec<u8>,
    /// What one value becomes on the way into its cell.
    value: Vec<u8>,
}

impl CsvSheet {
    /// The names of the fields, as a line.
    pub(crate) fn header<T: AsRef<str>>(&mut self, names: impl Iterator<Item = T>) -> &[u8] {
        self.line.clear();
        names.for_each(|name| push_cell(&mut self.line, name.as_ref().as_bytes()));
        self.end_line()
    }

    /// The values of a record's fields in their order, as a line.
    pub(crate) fn row(&mut self, record: &impl Serialize) -> serde_json::Result<&[u8]> {
        self.line.clear();
        record.serialize(Record(self)).map_err(|Failure(error)| error)?;
        Ok(self.end_line())
    }

    /// Every cell wrote its comma.
    fn end_line(&mut self) -> &[u8] {
        if let Some(last) = self.line.last_mut() {
            *last = b'\n';
        }
        // A line with nothing at all would be none.
        if self.line == b"\n" {
            self.line.splice(..0, *b"\"\"");
        }
        &self.line
    }

    /// Writes a value as a cell: nothing for null, a text as it is, everything
    /// else as JSON. What a spreadsheet would run as a formula gets an apostrophe
    /// in front: see [`formula::defused`].
    fn cell<T: Serialize + ?Sized>(&mut self, value: &T) -> serde_json::Result<()> {
        match value.serialize(Cell(self)) {
            Err(NoText::IsOther) => self.json_cell(value),
            Err(NoText::Failed(error)) => Err(error),
            Ok(()) => Ok(()),
        }
    }

    fn json_cell<T: Serialize + ?Sized>(&mut self, value: &T) -> serde_json::Result<()> {
        self.value.clear();
        serde_json::to_writer(&mut self.value, value)?;
        push_cell(&mut self.line, if self.value == b"null" { b"" } else { &self.value });
        Ok(())
    }

    fn text_cell(&mut self, text: &str) {
        push_cell(&mut self.line, defused(text).as_bytes());
    }
}

/// Adds a cell and a comma; in quotes where it must be.
fn push_cell(line: &mut Vec<u8>, cell: &[u8]) {
    // Each byte is looked at, which is faster than to stop at the first.
    let is_plain = cell.iter().fold(true, |plain, byte| plain & !matches!(byte, b'"' | b',' | b'\n' | b'\r'));
    if is_plain {
        line.extend_from_slice(cell);
    } else {
        line.push(b'"');
        for part in cell.split_inclusive(|byte| *byte == b'"') {
            line.extend_from_slice(part);
            if part.ends_with(b"\"") {
                line.push(b'"');
            }
        }
        line.push(b'"');
    }
    line.push(b',');
}

/// What went wrong with a row.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Failure(serde_json::Error);

impl ser::Error for Failure {
    fn custom<T: Display>(message: T) -> Self {
        Failure(ser::Error::custom(message))
    }
}

/// The row that a record becomes.
struct Record<'a>(&'a mut CsvSheet);

/// A record has named fields: nothing else is a row.
macro_rules! no_rows {
    ($($name:ident($($argument:ty),*) -> $answer:ty;)+) => {
        $(fn $name(self, $(_: $argument),*) -> Result<$answer, Failure> {
            Err(ser::Error::custom("a row of CSV is made of named fields"))
        })+
    };
}

type No<T> = Impossible<T, Failure>;

impl Serializer for Record<'_> {
    type Ok = ();
    type Error = Failure;
    type SerializeSeq = No<()>;
    type SerializeTuple = No<()>;
    type SerializeTupleStruct = No<()>;
    type SerializeTupleVariant = No<()>;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = No<()>;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, Failure> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, Failure> {
        Ok(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, inner: &T) -> Result<(), Failure> {
        inner.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, inner: &T) -> Result<(), Failure> {
        inner.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), Failure> {
        self.serialize_unit_struct(name)
    }

    no_rows! {
        serialize_bool(bool) -> ();
        serialize_i8(i8) -> ();
        serialize_i16(i16) -> ();
        serialize_i32(i32) -> ();
        serialize_i64(i64) -> ();
        serialize_u8(u8) -> ();
        serialize_u16(u16) -> ();
        serialize_u32(u32) -> ();
        serialize_u64(u64) -> ();
        serialize_f32(f32) -> ();
        serialize_f64(f64) -> ();
        serialize_char(char) -> ();
        serialize_str(&str) -> ();
        serialize_bytes(&[u8]) -> ();
        serialize_none() -> ();
        serialize_unit() -> ();
        serialize_unit_struct(&'static str) -> ();
        serialize_unit_variant(&'static str, u32, &'static str) -> ();
        serialize_seq(Option<usize>) -> Self::SerializeSeq;
        serialize_tuple(usize) -> Self::SerializeTuple;
        serialize_tuple_struct(&'static str, usize) -> Self::SerializeTupleStruct;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Self::SerializeTupleVariant;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Self::SerializeStructVariant;
    }
}

impl SerializeStruct for Record<'_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), Failure> {
        self.0.cell(value).map_err(Failure)
    }

    fn end(self) -> Result<(), Failure> {
        Ok(())
    }
}

impl SerializeMap for Record<'_> {
    type Ok = ();
    type Error = Failure;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), Failure> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Failure> {
        self.0.cell(value).map_err(Failure)
    }

    fn end(self) -> Result<(), Failure> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn written(record: &impl Serialize) -> String {
        String::from_utf8(CsvSheet::default().row(record).unwrap().to_vec()).unwrap()
    }

    proptest! {
        #[test]
        fn cells_are_quoted_as_the_reader_of_csv_wants_it(cells in vec(vec("[a,;\"\r\n =é]{0,4}", 1..4), 1..3)) {
            let mut theirs = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            let mut ours = Vec::new();
            for cells in &cells {
                theirs.write_record(cells).unwrap();
                ours.extend_from_slice(CsvSheet::default().header(cells.iter()));
            }
            prop_assert_eq!(ours, theirs.into_inner().unwrap());
        }
    }

    #[test]
    fn formulas_are_defused() {
        for (value, cell) in [
            (json!("=1+1"), "'=1+1"),
            (json!("+1"), "'+1"),
            (json!("@x"), "'@x"),
            (json!("-2"), "'-2"),
            (json!("\ta"), "'\ta"),
            (json!("\r"), "\"'\r\""),
            (json!(-2), "-2"),
            (json!("plain"), "plain"),
            (json!("= \"1\""), "\"'= \"\"1\"\"\""),
        ] {
            assert_eq!(written(&json!({ "a": value, "b": 0 })), format!("{cell},0\n"));
        }
    }

    #[test]
    fn a_cell_is_a_text_as_it_is_or_the_json_of_anything_else() {
        for (value, cell) in [
            (json!(null), ""),
            (json!('x'), "x"),
            (json!(""), ""),
            (json!("null"), "null"),
            (json!(true), "true"),
            (json!(1.5), "1.5"),
            (json!("山田 – ü"), "山田 – ü"),
            (json!("a\\b"), "a\\b"),
            (json!("a,b"), "\"a,b\""),
            (json!("a\nb\u{1}"), "\"a\nb\u{1}\""),
            (json!("say \"a\""), "\"say \"\"a\"\"\""),
            (json!([]), "[]"),
            (json!(["a"]), "\"[\"\"a\"\"]\""),
            (json!({ "a": null }), "\"{\"\"a\"\":null}\""),
        ] {
            assert_eq!(written(&json!({ "a": value, "b": 0 })), format!("{cell},0\n"));
        }
        assert!(CsvSheet::default().row(&["a list"]).is_err());
    }
}
