//! Words of a file that stand for an empty value.

use csv::ByteRecord;
use serde_json::Value;

use crate::error::{Error, Result};

/// The words that stand for an empty value in a file, such as `NULL` or `\N`.
///
/// Without them such a word is a value like any other, and refused where an id
/// or a code stands.
#[derive(Debug, Clone, Default)]
pub struct NullWords(Vec<String>);

impl NullWords {
    /// Takes the words; letter case counts.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty word, which means an empty value anyway,
    /// and for one with white space at its ends, which no value has.
    pub fn new(words: Vec<String>) -> Result<Self> {
        for word in &words {
            if word.trim().is_empty() {
                return Err(Error::invalid("the word for an empty value is empty")
                    .hint("leave out --null, or add a word: --null NULL"));
            }
            if word.trim() != word {
                return Err(Error::invalid("the word for an empty value begins or ends with white space")
                    .hint(format!("leave out the white space: --null {}", crate::shell::word(word.trim()))));
            }
        }
        Ok(NullWords(words))
    }

    fn is_null(&self, value: &[u8]) -> bool {
        self.0.iter().any(|word| word.as_bytes() == value)
    }

    /// Empties the values of a row that are such a word.
    pub(crate) fn clear(&self, record: &mut ByteRecord) {
        if !self.0.is_empty() && record.iter().any(|value| self.is_null(value)) {
            let values = record.iter().map(|value| if self.is_null(value) { b"" } else { value });
            *record = values.collect();
        }
    }

    /// Makes a value null that is such a word.
    pub(crate) fn clear_json(&self, value: &mut Value) {
        if value.as_str().is_some_and(|text| self.is_null(text.trim().as_bytes())) {
            *value = Value::Null;
        }
    }
}
