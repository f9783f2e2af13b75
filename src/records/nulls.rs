//! Words of a file that represent an empty value.

use csv::ByteRecord;
use serde_json::Value;

use crate::error::{Error, Result};

/// The words that represent an empty value in a file, such as `NULL` or `\N`.
///
/// By default there are none: then such a word is a normal value, which is refused as an ID
/// or a code.
#[derive(Debug, Clone, Default)]
pub struct NullWords(Vec<String>);

impl NullWords {
    /// Creates the list; the words are case-sensitive.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty word, and for one with white space at the start or the
    /// end, which values do not have.
    pub fn new(words: Vec<String>) -> Result<Self> {
        for word in &words {
            if word.trim().is_empty() {
                return Err(Error::invalid("the word for an empty value is empty")
                    .with_hint("leave out --null, or add a word: --null NULL"));
            }
            if word.trim() != word {
                return Err(Error::invalid("the word for an empty value begins or ends with white space")
                    .with_hint(format!("leave out the white space: --null {}", crate::shell::word(word.trim()))));
            }
        }
        Ok(NullWords(words))
    }

    fn is_null(&self, value: &[u8]) -> bool {
        self.0.iter().any(|word| word.as_bytes() == value)
    }

    /// Replaces null words in a row by empty values.
    pub(crate) fn clear(&self, record: &mut ByteRecord) {
        if !self.0.is_empty() && record.iter().any(|value| self.is_null(value)) {
            let values = record.iter().map(|value| if self.is_null(value) { b"" } else { value });
            *record = values.collect();
        }
    }

    /// Replaces a null word by a JSON null.
    pub(crate) fn clear_json(&self, value: &mut Value) {
        if value.as_str().is_some_and(|text| self.is_null(text.trim().as_bytes())) {
            *value = Value::Null;
        }
    }
}
