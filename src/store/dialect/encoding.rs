//! Texts that the encoding of a `PostgreSQL` database cannot represent.
//!
//! A database in `LATIN1` has no Japanese characters, so a text with one is in none of its rows.
//! The server refuses such a value instead of finding no rows. Its error names one character; from
//! then on, statements that only read get a control character in its place, which no stored text
//! has.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use sqlx::Error as SqlxError;

use crate::store::dialect::value::Value;
use crate::store::errors::untranslatable;

/// The replacement for a refused character.
const REPLACEMENT: char = '\u{1}';

/// The characters that the server refused so far.
#[derive(Default)]
pub(crate) struct RefusedCharacters {
    has_any: AtomicBool,
    characters: RwLock<BTreeSet<char>>,
}

impl RefusedCharacters {
    /// Records the character that an error names; returns true if it is a new one, so that a retry
    /// can help.
    pub(crate) fn record(&self, error: &SqlxError) -> bool {
        let Some(character) = untranslatable(error) else { return false };
        self.has_any.store(true, Ordering::Release);
        self.characters.write().unwrap_or_else(PoisonError::into_inner).insert(character)
    }

    /// Replaces the refused characters in values.
    pub(crate) fn replace_in(&self, values: &mut [Value]) {
        if !self.has_any.load(Ordering::Acquire) {
            return;
        }
        let refused = self.characters.read().unwrap_or_else(PoisonError::into_inner);
        let replace = |text: &mut String| {
            if text.contains(|c| refused.contains(&c)) {
                *text = text.replace(|c| refused.contains(&c), &REPLACEMENT.to_string());
            }
        };
        for value in values {
            match value {
                Value::Text(Some(text)) => replace(text),
                Value::Texts(texts) => texts.iter_mut().flatten().for_each(replace),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_characters_are_replaced_in_values() {
        let refused = RefusedCharacters::default();
        let mut values = [Value::Text(Some("a日b".to_owned())), Value::Texts(vec![None, Some("日".to_owned())])];
        refused.replace_in(&mut values);
        assert!(matches!(&values[0], Value::Text(Some(text)) if text == "a日b"));
        refused.characters.write().unwrap().insert('日');
        refused.has_any.store(true, Ordering::Release);
        refused.replace_in(&mut values);
        assert!(matches!(&values[0], Value::Text(Some(text)) if text == "a\u{1}b"));
        assert!(matches!(&values[1], Value::Texts(texts) if texts[1].as_deref() == Some("\u{1}")));
    }
}
