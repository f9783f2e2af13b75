//! Serialized value as the text of a cell of CSV; `line.rs` quotes it.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible, Serializer};

use crate::cli::ui::csv::formula::defused;
use crate::cli::ui::csv::line::Line;

/// Appends a value as a cell: null as an empty cell, text as it is, other values as JSON.
/// Text that a spreadsheet would run as a formula gets an apostrophe; see [`defused`].
///
/// `buffer` holds the JSON of the value.
pub(crate) fn push<T: Serialize + ?Sized>(line: &mut Line, buffer: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    match value.serialize(TextCell(line)) {
        Err(NotText::OtherKind) => push_json(line, buffer, value),
        Err(NotText::Failed(error)) => Err(error),
        Ok(()) => Ok(()),
    }
}

fn push_json<T: Serialize + ?Sized>(line: &mut Line, buffer: &mut Vec<u8>, value: &T) -> serde_json::Result<()> {
    buffer.clear();
    serde_json::to_writer(&mut *buffer, value)?;
    line.push(if buffer == b"null" { b"" } else { buffer });
    Ok(())
}

/// Reason why a value was not written as text.
#[derive(Debug, thiserror::Error)]
enum NotText {
    #[error("the value is not a text")]
    OtherKind,
    #[error("{0}")]
    Failed(serde_json::Error),
}

impl ser::Error for NotText {
    fn custom<T: Display>(message: T) -> Self {
        NotText::Failed(ser::Error::custom(message))
    }
}

/// Serializer of texts and nulls, which most values are; it avoids their way through
/// JSON.
struct TextCell<'l>(&'l mut Line);

/// Refuses the other kinds of values, which are written as JSON.
macro_rules! other_kinds {
    ($($name:ident($($argument:ty),*) -> $answer:ty;)+) => {
        $(fn $name(self, $(_: $argument),*) -> Result<$answer, NotText> {
            Err(NotText::OtherKind)
        })+
    };
}

type Unsupported = Impossible<(), NotText>;

impl Serializer for TextCell<'_> {
    type Ok = ();
    type Error = NotText;
    type SerializeSeq = Unsupported;
    type SerializeTuple = Unsupported;
    type SerializeTupleStruct = Unsupported;
    type SerializeTupleVariant = Unsupported;
    type SerializeMap = Unsupported;
    type SerializeStruct = Unsupported;
    type SerializeStructVariant = Unsupported;

    fn serialize_str(self, text: &str) -> Result<(), NotText> {
        self.0.push(defused(text).as_bytes());
        Ok(())
    }

    fn serialize_char(self, text: char) -> Result<(), NotText> {
        self.serialize_str(text.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, text: &'static str) -> Result<(), NotText> {
        self.serialize_str(text)
    }

    fn serialize_none(self) -> Result<(), NotText> {
        self.0.push(b"");
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), NotText> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NotText> {
        self.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, inner: &T) -> Result<(), NotText> {
        inner.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, inner: &T) -> Result<(), NotText> {
        inner.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NotText> {
        Err(NotText::OtherKind)
    }

    other_kinds! {
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
        serialize_bytes(&[u8]) -> ();
        serialize_seq(Option<usize>) -> Unsupported;
        serialize_tuple(usize) -> Unsupported;
        serialize_tuple_struct(&'static str, usize) -> Unsupported;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Unsupported;
        serialize_map(Option<usize>) -> Unsupported;
        serialize_struct(&'static str, usize) -> Unsupported;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Unsupported;
    }
}
