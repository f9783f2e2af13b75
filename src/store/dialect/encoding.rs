//! Texts that the encoding of a `PostgreSQL` database cannot hold.
//!
//! A database in `LATIN1` has no Japanese characters, so a text with one is in none of
//! its rows. The server refuses such a value instead of finding nothing. The refusal
//! names one character; from then on, statements that only read are given a control
//! character in its place, which no stored text has.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{PoisonError, RwLock};

use sqlx::Error as SqlxError;

use crate::store::dialect::value::Value;

/// The SQLSTATE of a character without an equivalent.
const UNTRANSLATABLE: &str = "22P05";

/// What stands for such a character.
const NOWHERE: char = '\u{1}';

/// The characters that the server refused so far.
#[derive(Default)]
pub(crate) struct Unknown {
    has_any: AtomicBool,
    characters: RwLock<BTreeSet<char>>,
}

impl Unknown {
    /// Records the character that an error names; returns true if it is a new one, so
    /// that running the statement again can help.
    pub(crate) fn learn(&self, error: &SqlxError) -> bool {
        let Some(character) = untranslatable(error) else { return false };
        self.has_any.store(true, Ordering::Release);
        self.characters.write().unwrap_or_else(PoisonError::into_inner).insert(character)
    }

    /// Replaces these characters in values.
    pub(crate) fn replace_in(&self, values: &mut [Value]) {
        if !self.has_any.load(Ordering::Acquire) {
            return;
        }
        let unknown = self.characters.read().unwrap_or_else(PoisonError::into_inner);
        let replace = |text: &mut String| {
            if text.contains(|c| unknown.contains(&c)) {
                *text = text.replace(|c| unknown.contains(&c), &NOWHERE.to_string());
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

/// The character that the server could not convert, if that was the error. The
/// message names its bytes, whatever language the server speaks.
pub(crate) fn untranslatable(error: &SqlxError) -> Option<char> {
    let inner = error.as_database_error().filter(|inner| inner.code().as_deref() == Some(UNTRANSLATABLE))?;
    character(inner.message())
}

/// The one character whose bytes a message names.
pub(crate) fn character(message: &str) -> Option<char> {
    let byte = |word: &str| u8::from_str_radix(word.strip_prefix("0x")?, 16).ok();
    let bytes: Vec<u8> = message.split_whitespace().filter_map(byte).collect();
    let mut characters = std::str::from_utf8(&bytes).ok()?.chars();
    characters.next().filter(|_| characters.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn character_is_read_out_of_the_message_of_the_server() {
        for (message, found) in [
            (
                "character with byte sequence 0xe6 0x97 0xa5 in encoding \"UTF8\" has no equivalent in encoding \"LATIN1\"",
                Some('日'),
            ),
            (
                "Zeichen mit Byte-Folge 0xf0 0x9f 0x98 0x80 in Kodierung »UTF8« hat keine Entsprechung in Kodierung »LATIN1«",
                Some('😀'),
            ),
            ("character with byte sequence 0xe6 0x97", None),
            ("something else", None),
        ] {
            assert_eq!(character(message), found, "{message}");
        }
    }

    #[test]
    fn unknown_characters_are_replaced_one_by_one() {
        let unknown = Unknown::default();
        let mut values = [Value::Text(Some("a日b".to_owned())), Value::Texts(vec![None, Some("日".to_owned())])];
        unknown.replace_in(&mut values);
        assert!(matches!(&values[0], Value::Text(Some(text)) if text == "a日b"));
        unknown.characters.write().unwrap().insert('日');
        unknown.has_any.store(true, Ordering::Release);
        unknown.replace_in(&mut values);
        assert!(matches!(&values[0], Value::Text(Some(text)) if text == "a\u{1}b"));
        assert!(matches!(&values[1], Value::Texts(texts) if texts[1].as_deref() == Some("\u{1}")));
    }
}
