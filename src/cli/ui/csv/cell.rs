//! One value as a cell of CSV.

use std::fmt::Display;

use serde::Serialize;
use serde::ser::{self, Impossible, Serializer};

use crate::cli::ui::csv::{CsvSheet, push_cell};

/// Why a value is no text.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoText {
    #[error("the value is of another kind")]
    IsOther,
    #[error("{0}")]
    Failed(serde_json::Error),
}

impl ser::Error for NoText {
    fn custom<T: Display>(message: T) -> Self {
        NoText::Failed(ser::Error::custom(message))
    }
}

/// The cell that a text or nothing becomes: most values are one of the two.
pub(crate) struct Cell<'a>(pub(crate) &'a mut CsvSheet);

/// Everything else is written by way of its JSON.
macro_rules! no_texts {
    ($($name:ident($($argument:ty),*) -> $answer:ty;)+) => {
        $(fn $name(self, $(_: $argument),*) -> Result<$answer, NoText> {
            Err(NoText::IsOther)
        })+
    };
}

type Never = Impossible<(), NoText>;

impl Serializer for Cell<'_> {
    type Ok = ();
    type Error = NoText;
    type SerializeSeq = Never;
    type SerializeTuple = Never;
    type SerializeTupleStruct = Never;
    type SerializeTupleVariant = Never;
    type SerializeMap = Never;
    type SerializeStruct = Never;
    type SerializeStructVariant = Never;

    fn serialize_str(self, text: &str) -> Result<(), NoText> {
        self.0.text_cell(text);
        Ok(())
    }

    fn serialize_char(self, text: char) -> Result<(), NoText> {
        self.serialize_str(text.encode_utf8(&mut [0; 4]))
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, text: &'static str) -> Result<(), NoText> {
        self.serialize_str(text)
    }

    fn serialize_none(self) -> Result<(), NoText> {
        push_cell(&mut self.0.line, b"");
        Ok(())
    }

    fn serialize_unit(self) -> Result<(), NoText> {
        self.serialize_none()
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<(), NoText> {
        self.serialize_none()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, inner: &T) -> Result<(), NoText> {
        inner.serialize(self)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, inner: &T) -> Result<(), NoText> {
        inner.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        _: &'static str,
        _: &T,
    ) -> Result<(), NoText> {
        Err(NoText::IsOther)
    }

    no_texts! {
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
        serialize_seq(Option<usize>) -> Never;
        serialize_tuple(usize) -> Never;
        serialize_tuple_struct(&'static str, usize) -> Never;
        serialize_tuple_variant(&'static str, u32, &'static str, usize) -> Never;
        serialize_map(Option<usize>) -> Never;
        serialize_struct(&'static str, usize) -> Never;
        serialize_struct_variant(&'static str, u32, &'static str, usize) -> Never;
    }
}
