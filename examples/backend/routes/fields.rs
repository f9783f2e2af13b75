//! Fields of the documents that are numbers there and texts in the library, or
//! that their own clients send as either.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// An id or a number, as a client sends it: `7` or `"7"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Number(i64),
    Text(String),
}

/// The id of a space or a user, which is text in the library.
pub fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Sent::deserialize(deserializer)? {
        Sent::Number(number) => number.to_string(),
        Sent::Text(text) => text,
    })
}

/// A number that may be missing: `null` and an empty text are none. The form of
/// seed 004 sends what its input field holds, which is text.
pub fn optional_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Option::<Sent>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Sent::Number(number)) => Ok(Some(number)),
        Some(Sent::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Sent::Text(text)) => text.trim().parse().map(Some).map_err(|_| de::Error::custom("not a whole number")),
    }
}

/// An id as the documents have it: a number where it is written as one.
pub fn shown(id: &str) -> Value {
    match id.parse::<u64>() {
        Ok(number) if number.to_string() == id => Value::from(number),
        _ => Value::from(id),
    }
}
