//! Fields that are numbers in the documents and strings in the library, or that clients send
//! as either.

use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// A number that a client sends as `7` or `"7"`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Sent {
    Number(i64),
    Text(String),
}

/// Deserializes the ID of a space or a user.
pub fn id<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Ok(match Sent::deserialize(deserializer)? {
        Sent::Number(number) => number.to_string(),
        Sent::Text(text) => text,
    })
}

/// Deserializes an optional number; `null` and an empty string are `None`. The form of seed
/// 004 sends a string.
pub fn optional_number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<i64>, D::Error> {
    match Option::<Sent>::deserialize(deserializer)? {
        None => Ok(None),
        Some(Sent::Number(number)) => Ok(Some(number)),
        Some(Sent::Text(text)) if text.trim().is_empty() => Ok(None),
        Some(Sent::Text(text)) => text.trim().parse().map(Some).map_err(|_| de::Error::custom("not a whole number")),
    }
}

/// Returns an ID as in the documents: a number if it is one.
pub fn shown(id: &str) -> Value {
    match id.parse::<u64>() {
        Ok(number) if number.to_string() == id => Value::from(number),
        _ => Value::from(id),
    }
}
