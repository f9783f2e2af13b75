//! How people name an invite: by its code, a link, its full id, or the
//! fingerprint of a code that is kept as a hash.

pub(crate) mod pasted;

use std::fmt;

use uuid::Uuid;

use crate::error::{Error, Result};
use crate::model::code::{Code, CodeKey, hash, normalise};
use crate::text::{is_invisible, is_null_word};

/// Longer than any code or link that this tool makes.
const LONGEST: usize = 2_048;

/// What an operator wrote to name an invite.
#[derive(Clone, PartialEq, Eq)]
pub enum Reference {
    /// A code, perhaps taken out of a link.
    Code(Code),
    /// A full id.
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
    /// Reads what an operator wrote: a code, a link, an id or `#fingerprint`.
    ///
    /// Codes and links may come as they were pasted: in quotes or brackets, with
    /// punctuation behind them, with invisible characters, percent-encoded, in
    /// full-width letters, without the scheme or within another link.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty text, one over 2,048 characters, one with
    /// control characters, a word for a missing value such as `NULL`, and a link
    /// without a code. The text itself is never repeated.
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

    /// Reads what the public may hand in: a code or a link, and nothing that
    /// names an invite without proving it. For backends.
    ///
    /// # Errors
    /// As [`Reference::parse`].
    pub fn code(text: &str) -> Result<Self> {
        code_of(&checked(text)?).map(Reference::Code)
    }

    /// Returns the first character that no code has; `None` for text that can be
    /// a code, and for ids and fingerprints.
    pub(crate) fn foreign_character(&self) -> Option<char> {
        let is_foreign = |c: &char| !c.is_ascii_alphanumeric() && !matches!(c, '-' | '_');
        match self {
            Reference::Code(code) => code.reveal().chars().find(is_foreign),
            Reference::Id(_) | Reference::Fingerprint(_) => None,
        }
    }

    /// What was written, for messages about one of many: an ID or a fingerprint
    /// whole, of a code the first two characters.
    #[must_use]
    pub fn typed(&self) -> String {
        match self {
            Reference::Code(code) => format!("code {}…", code.reveal().chars().take(2).collect::<String>()),
            Reference::Id(id) => format!("ID {id}"),
            Reference::Fingerprint(digits) => format!("fingerprint #{digits}"),
        }
    }

    /// For error messages: what kind of thing was looked for, never which code.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Reference::Code(_) => "this code".to_owned(),
            Reference::Id(id) => format!("the ID {id}"),
            Reference::Fingerprint(digits) => format!("the fingerprint #{digits}"),
        }
    }
}

/// What somebody handed in from outside: a code or a link, never an id or a
/// fingerprint, which name an invite without proving it. A text that can be
/// neither is the code of no invite.
#[derive(Clone, PartialEq, Eq)]
pub struct PublicCode(Option<Code>);

impl PublicCode {
    /// Takes what was handed in; trims it, and takes a code out of a link.
    #[must_use]
    pub fn read(text: &str) -> Self {
        match Reference::code(text) {
            Ok(Reference::Code(code)) => PublicCode(Some(code)),
            _ => PublicCode(None),
        }
    }

    /// True if the text can be a code at all.
    #[must_use]
    pub fn is_readable(&self) -> bool {
        self.0.is_some()
    }

    /// The reference; none for a text that can be no code.
    pub(crate) fn reference(&self) -> Option<Reference> {
        self.0.clone().map(Reference::Code)
    }
}

impl fmt::Debug for PublicCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublicCode(..)")
    }
}

/// The keys under which a code can be stored: normalised for codes kept as
/// text, the hash of the exact text for the others.
///
/// The normalised form of the exact text is the same for every way of writing
/// it, so an imported mixed-case code is found by its exact text, too.
pub(crate) fn candidate_keys(code: &Code) -> [CodeKey; 2] {
    [CodeKey::new(normalise(code.reveal())), CodeKey::new(hash(code.reveal()))]
}

/// Checks what can be said of any reference; invisible characters are dropped.
fn checked(text: &str) -> Result<String> {
    let text: String = text.chars().filter(|c| !is_invisible(*c)).collect();
    let text = text.trim();
    if text.is_empty() {
        return Err(
            Error::invalid("the code is empty").hint("write a code, a link, an ID, or - to read standard input")
        );
    }
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Error::invalid(format!("the code is too long: {length} characters (maximum {LONGEST})")));
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
        return Err(Error::invalid("the link contains no code").hint("copy the whole link, or only the code"));
    };
    if code.is_empty() {
        return Err(Error::invalid("the code is empty: the text has only punctuation marks")
            .hint("write a code, a link, an ID, or - to read standard input"));
    }
    if is_null_word(text) || is_null_word(&code) {
        return Err(Error::invalid("the code is a word for a missing value, such as NULL")
            .hint("copy the code again: the program that wrote it had no code"));
    }
    Ok(Code::new(code))
}

#[cfg(test)]
pub(crate) mod tests;
