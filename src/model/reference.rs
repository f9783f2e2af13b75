//! References to an invite: its code, a link, its ID, or the fingerprint of a code that is
//! stored as a hash.

pub(crate) mod pasted;

use std::fmt;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::model::code::{Code, CodeKey, hash, normalize};
use crate::text::{is_invisible, is_null_word};

/// Maximum length of a reference, in characters.
const MAX_LENGTH: usize = 2_048;

/// A reference of an operator to an invite.
#[derive(Clone, PartialEq, Eq)]
pub enum Reference {
    /// A code, possibly from a link.
    Code(Code),
    /// An ID.
    Id(Uuid),
    /// The first digits of a hash, in lower case, without the `#`.
    Fingerprint(String),
}

impl fmt::Debug for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Reference::Code(_) => "Reference::Code(..)",
            Reference::Id(_) => "Reference::Id(..)",
            Reference::Fingerprint(_) => "Reference::Fingerprint(..)",
        })
    }
}

impl Reference {
    /// Parses a code, a link, an ID or `#fingerprint`.
    ///
    /// Codes and links may be pasted text: in quotes or brackets, followed by
    /// punctuation, with invisible characters, percent-encoded, in full-width letters,
    /// without the scheme or within another link.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty text, for more than 2,048 characters, for control
    /// characters, for a word for a missing value such as `NULL`, and for a link
    /// without a code. The error does not repeat the text.
    pub fn parse(text: &str) -> Result<Self> {
        let text = checked(text)?;
        let bare = text.trim_matches(|c: char| c.is_whitespace() || (!c.is_alphanumeric() && c != '#'));
        if bare.len() == 36
            && let Ok(id) = Uuid::try_parse(bare)
        {
            return Ok(Reference::Id(id));
        }
        if let Some(digits) = bare.strip_prefix('#') {
            let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !hexadecimal || !(6..=64).contains(&digits.len()) {
                return Err(Error::invalid("a fingerprint is # and 6 to 64 hexadecimal digits"));
            }
            return Ok(Reference::Fingerprint(digits.to_ascii_lowercase()));
        }
        code_of(&text).map(Reference::Code)
    }

    /// Parses a code or a link of a public request. An ID or a fingerprint is read as a
    /// code: it does not prove possession of the invite.
    ///
    /// # Errors
    /// As [`Reference::parse`].
    pub fn code(text: &str) -> Result<Self> {
        code_of(&checked(text)?).map(Reference::Code)
    }

    /// Returns the first character that no code contains; `None` if there is none, and for
    /// IDs and fingerprints.
    pub(crate) fn invalid_character(&self) -> Option<char> {
        let is_foreign = |c: &char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
        match self {
            Reference::Code(code) => code.reveal().chars().find(is_foreign),
            Reference::Id(_) | Reference::Fingerprint(_) => None,
        }
    }

    /// Describes the reference in a message about one of many: the ID or the fingerprint,
    /// or the first two characters of the code.
    #[must_use]
    pub fn typed(&self) -> String {
        match self {
            Reference::Code(code) => format!("code {}…", code.reveal().chars().take(2).collect::<String>()),
            Reference::Id(id) => format!("ID {id}"),
            Reference::Fingerprint(digits) => format!("fingerprint #{digits}"),
        }
    }

    /// Describes the reference in an error message, without the code.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Reference::Code(_) => "this code".to_owned(),
            Reference::Id(id) => format!("the ID {id}"),
            Reference::Fingerprint(digits) => format!("the fingerprint #{digits}"),
        }
    }
}

/// A code or a link of a public request. A text that cannot be a code matches no invite.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicCode(Option<Code>);

impl PublicCode {
    /// Reads a code, or the code of a link.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match Reference::code(text) {
            Ok(Reference::Code(code)) => PublicCode(Some(code)),
            _ => PublicCode(None),
        }
    }

    /// Returns true if the text can be a code.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.0.is_some()
    }

    /// Returns the reference; `None` for a text that cannot be a code.
    pub(crate) fn reference(&self) -> Option<Reference> {
        self.0.clone().map(Reference::Code)
    }
}

impl fmt::Debug for PublicCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicCode(..)")
    }
}

/// Returns the keys under which a code can be stored: its normal form, and the hash of
/// its exact text.
pub(crate) fn candidate_keys(code: &Code) -> [CodeKey; 2] {
    [CodeKey::new(normalize(code.reveal())), CodeKey::new(hash(code.reveal()))]
}

/// Checks the text of a reference, and removes invisible characters from it.
fn checked(text: &str) -> Result<String> {
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(
            Error::invalid("the code is empty").with_hint("write a code, a link, an ID, or - to read standard input")
        );
    }
    let length = text.chars().count();
    if length > MAX_LENGTH {
        return Err(Error::invalid(format!("the code is too long: {length} characters (maximum {MAX_LENGTH})")));
    }
    if let Some((index, control)) = text.chars().enumerate().find(|(_, c)| c.is_control()) {
        return Err(Error::invalid(format!(
            "the code contains a control character (U+{:04X}, character {})",
            u32::from(control),
            index + 1
        )));
    }
    Ok(text.to_owned())
}

fn code_of(text: &str) -> Result<Code> {
    let Some(code) = pasted::find_code(text) else {
        return Err(Error::invalid("the link contains no code").with_hint("copy the whole link, or only the code"));
    };
    if code.is_empty() {
        return Err(Error::invalid("the code is empty: the text has only punctuation marks")
            .with_hint("write a code, a link, an ID, or - to read standard input"));
    }
    if is_null_word(text) || is_null_word(&code) {
        return Err(Error::invalid("the code is a word for a missing value, such as NULL")
            .with_hint("copy the code again: the program that wrote it had no code"));
    }
    // Decoding can produce what the text itself did not contain, such as control characters.
    Ok(Code::new(checked(&code)?))
}

#[cfg(test)]
pub(crate) mod tests;
