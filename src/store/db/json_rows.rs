//! Rows that arrive as JSON lists, from an engine whose values are texts and integers.

use std::borrow::Cow;
use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, SeqAccess, Visitor};
use uuid::Uuid;

use crate::error::{Error, Result};
use crate::store::db::row::{instant, missing};
use crate::store::db::row_reader::RowReader;

/// A value in a JSON row.
#[derive(Debug, Default, PartialEq)]
pub(crate) enum JsonValue<'a> {
    #[default]
    Null,
    Int(i64),
    Text(Cow<'a, str>),
}

impl<'de> Deserialize<'de> for JsonValue<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(JsonValueVisitor)
    }
}

struct JsonValueVisitor;

impl<'de> Visitor<'de> for JsonValueVisitor {
    type Value = JsonValue<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a whole number or nothing")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(JsonValue::Null)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(JsonValue::Int(number))
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Self::Value, E> {
        i64::try_from(number).map(JsonValue::Int).map_err(|_| E::custom("a number is out of range"))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(JsonValue::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(JsonValue::Text(Cow::Owned(text.to_owned())))
    }
}

/// Reads rows that are JSON lists. They share one buffer of values.
pub(crate) struct JsonRows<'t> {
    values: Vec<JsonValue<'t>>,
    /// The select list of the statement, which names the columns in errors.
    columns: [&'static str; 2],
}

impl<'t> JsonRows<'t> {
    pub(crate) fn new(columns: [&'static str; 2]) -> Self {
        JsonRows { values: Vec::new(), columns }
    }

    /// Returns the reader of the values of a list.
    pub(crate) fn read(&mut self, list: &'t str) -> Result<JsonRowReader<'_, 't>> {
        self.values.clear();
        let into_values = IntoValues(&mut self.values);
        let parsed = into_values.deserialize(&mut serde_json::Deserializer::from_str(list));
        // The parser's error could contain a value.
        parsed.map_err(|_| Error::database("the database returned invalid JSON"))?;
        Ok(JsonRowReader { cells: &mut self.values, columns: self.columns, at: 0 })
    }
}

/// Appends the values of a list to a buffer.
struct IntoValues<'b, 't>(&'b mut Vec<JsonValue<'t>>);

impl<'t> DeserializeSeed<'t> for IntoValues<'_, 't> {
    type Value = ();

    fn deserialize<D: Deserializer<'t>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'t> Visitor<'t> for IntoValues<'_, 't> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of values")
    }

    fn visit_seq<A: SeqAccess<'t>>(self, mut list: A) -> Result<(), A::Error> {
        while let Some(value) = list.next_element()? {
            self.0.push(value);
        }
        Ok(())
    }
}

/// Reads the values of one JSON row in the order of its columns.
pub(crate) struct JsonRowReader<'a, 'n> {
    cells: &'a mut [JsonValue<'n>],
    columns: [&'static str; 2],
    at: usize,
}

impl<'n> JsonRowReader<'_, 'n> {
    fn next(&mut self) -> JsonValue<'n> {
        self.at += 1;
        self.cells.get_mut(self.at - 1).map(std::mem::take).unwrap_or_default()
    }
}

impl RowReader for JsonRowReader<'_, '_> {
    fn name(&self) -> &str {
        let mut names = self.columns.iter().flat_map(|part| part.split(", ")).filter(|name| !name.is_empty());
        names.nth(self.at - 1).unwrap_or("?")
    }

    fn maybe_text(&mut self) -> Result<Option<String>> {
        match self.next() {
            JsonValue::Null => Ok(None),
            JsonValue::Text(text) => Ok(Some(text.into_owned())),
            JsonValue::Int(_) => Err(missing(self.name())),
        }
    }

    fn maybe_int(&mut self) -> Result<Option<i64>> {
        match self.next() {
            JsonValue::Null => Ok(None),
            JsonValue::Int(number) => Ok(Some(number)),
            JsonValue::Text(_) => Err(missing(self.name())),
        }
    }

    fn maybe_time(&mut self) -> Result<Option<DateTime<Utc>>> {
        let Some(micros) = self.maybe_int()? else { return Ok(None) };
        instant(micros).map(Some).ok_or_else(|| missing(self.name()))
    }

    fn maybe_id(&mut self) -> Result<Option<Uuid>> {
        match self.next() {
            JsonValue::Null => Ok(None),
            JsonValue::Text(text) => Uuid::try_parse(&text).map(Some).map_err(|_| missing(self.name())),
            JsonValue::Int(_) => Err(missing(self.name())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 2] = ["i.id, i.code", ", u.used_at"];

    fn take<T>(json: &str, get: impl Fn(&mut JsonRowReader<'_, '_>) -> Result<T>) -> Result<T> {
        let mut rows = JsonRows::new(COLUMNS);
        let mut cells = rows.read(json).unwrap();
        cells.maybe_text()?;
        cells.maybe_text()?;
        get(&mut cells)
    }

    #[test]
    fn json_values_are_read_in_order() {
        let instant = DateTime::from_timestamp_micros(1_700_000_000_000_001);
        assert_eq!(take("[null, null, 1700000000000001]", |cells| cells.maybe_time()).unwrap(), instant);
        assert_eq!(take("[null, null, -7]", |cells| cells.int()).unwrap(), -7);
        assert_eq!(take("[null, \"a\\nb\", \"\\u00fc\\\\\"]", |cells| cells.text()).unwrap(), "ü\\");
        assert_eq!(take("[null, null, null]", |cells| cells.maybe_id()).unwrap(), None);
        assert_eq!(
            take("[null, null, \"00000000-0000-0000-0000-00000000000A\"]", |cells| cells.id()).unwrap().as_u128(),
            10
        );
    }

    #[test]
    fn unreadable_value_error_names_column_and_hides_value() {
        for (json, error) in [
            ("[null, null, \"secret\"]", take("[null, null, \"secret\"]", |cells| cells.maybe_int()).err()),
            ("[null, null, \"secret\"]", take("[null, null, \"secret\"]", |cells| cells.maybe_id()).err()),
            ("[null, null, 77]", take("[null, null, 77]", |cells| cells.text()).err()),
            ("[null, null, 77]", take("[null, null, 77]", |cells| cells.id()).err()),
            (
                "[null, null, 9223372036854775807]",
                take("[null, null, 9223372036854775807]", |cells| cells.time()).err(),
            ),
            ("[null, null, null]", take("[null, null, null]", |cells| cells.time()).err()),
            ("[null, null]", take("[null, null]", |cells| cells.text()).err()),
        ] {
            let text = format!("{:?}", error.expect(json));
            assert!(text.contains("the column u.used_at"), "{text}");
            assert!(!text.contains("secret") && !text.contains("77"), "{text}");
        }
    }
}
