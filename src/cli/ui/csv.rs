//! CSV: records as lines of cells, made from their serialized fields.

mod cell;
mod formula;
mod line;

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible, SerializeMap, SerializeStruct, Serializer};

use crate::cli::ui::csv::line::Line;

/// Writer of lines of CSV. Each line is valid until the next call.
#[derive(Default)]
pub(crate) struct CsvWriter {
    line: Line,
    /// Buffer of one value that is written as JSON.
    value: Vec<u8>,
}

impl CsvWriter {
    /// Returns the names of the fields as a line.
    pub(crate) fn header<T: AsRef<str>>(&mut self, names: impl Iterator<Item = T>) -> &[u8] {
        self.line.clear();
        names.for_each(|name| self.line.push(name.as_ref().as_bytes()));
        self.line.end()
    }

    /// Returns the values of the fields of a record, in their order, as a line.
    ///
    /// # Errors
    /// The error of serialization, and an error if the record has no named fields.
    pub(crate) fn row(&mut self, record: &impl Serialize) -> serde_json::Result<&[u8]> {
        self.line.clear();
        record.serialize(RecordSerializer(self)).map_err(|RowError(error)| error)?;
        Ok(self.line.end())
    }

    fn push<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowError> {
        cell::push(&mut self.line, &mut self.value, value).map_err(RowError)
    }
}

/// Error of the serialization of a record.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct RowError(serde_json::Error);

impl ser::Error for RowError {
    fn custom<T: Display>(message: T) -> Self {
        RowError(ser::Error::custom(message))
    }
}

/// Serializer that appends each field of a record as a cell.
struct RecordSerializer<'a>(&'a mut CsvWriter);

/// Refuses values without named fields.
macro_rules! without_fields {
    ($($name:ident($($argument:ty),*) -> $answer:ty;)+) => {
        $(fn $name(self, $(_: $argument),*) -> Result<$answer, RowError> {
            Err(ser::Error::custom("a row of CSV is made of named fields"))
        })+
    };
}

type Unsupported = Impossible<(), RowError>;

impl Serializer for RecordSerializer<'_> {
    type Ok = ();
    type Error = RowError;
    type SerializeSeq = Unsupported;
    type SerializeTuple = Unsupported;
    type SerializeTupleStruct = Unsupported;
    type SerializeTupleVariant = Unsupported;
    type SerializeMap = Self;
    type SerializeStruct = Self;
    type SerializeStructVariant = Unsupported;

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Self, RowError> {
        Ok(self)
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self, RowError> {
        Ok(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, inner: &T) -> Result<(), RowError> {
        inner.serialize(self)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, inner: &T) -> Result<(), RowError> {
        inner.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), RowError> {
        self.serialize_unit_struct(name)
    }

    without_fields! {
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

impl SerializeStruct for RecordSerializer<'_> {
    type Ok = ();
    type Error = RowError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<(), RowError> {
        self.0.push(value)
    }

    fn end(self) -> Result<(), RowError> {
        Ok(())
    }
}

impl SerializeMap for RecordSerializer<'_> {
    type Ok = ();
    type Error = RowError;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, _: &T) -> Result<(), RowError> {
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), RowError> {
        self.0.push(value)
    }

    fn end(self) -> Result<(), RowError> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn written(record: &impl Serialize) -> String {
        String::from_utf8(CsvWriter::default().row(record).unwrap().to_vec()).unwrap()
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
    fn cell_is_text_or_json_of_other_values() {
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
        assert!(CsvWriter::default().row(&["a list"]).is_err());
    }
}
