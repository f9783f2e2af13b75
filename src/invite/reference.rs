//! How people name an invite: by its code, a link, its full id, or the
//! fingerprint of a code that is kept as a hash.

use std::fmt;

use url::Url;
use uuid::Uuid;

use super::CodeKey;
use super::code::{Code, hash, normalise};
use crate::error::{Error, Result};

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
    /// # Errors
    /// [`Error::Invalid`] for an empty text, one over 2,048 characters, and
    /// one with control characters. The text itself is never repeated.
    pub fn parse(text: &str) -> Result<Self> {
        let text = checked(text)?;
        if let Ok(id) = Uuid::try_parse(text)
            && text.len() == 36
        {
            return Ok(Reference::Id(id));
        }
        if let Some(digits) = text.strip_prefix('#') {
            let hexadecimal = digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !hexadecimal || !(6..=64).contains(&digits.len()) {
                return Err(Error::invalid("a fingerprint is # and 6 to 64 hexadecimal digits"));
            }
            return Ok(Reference::Fingerprint(digits.to_ascii_lowercase()));
        }
        code_of(text).map(Reference::Code)
    }

    /// Reads what the public may hand in: a code or a link, and nothing that
    /// names an invite without proving it. For backends.
    ///
    /// # Errors
    /// As [`Reference::parse`].
    pub fn code(text: &str) -> Result<Self> {
        code_of(checked(text)?).map(Reference::Code)
    }

    /// For error messages: what kind of thing was looked for, never which code.
    #[must_use]
    pub fn described(&self) -> String {
        match self {
            Reference::Code(_) => "this code".to_owned(),
            Reference::Id(id) => format!("the id {id}"),
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

fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::invalid("the code is empty")
            .hint("write a code, a link, an id, or - to read it from standard input"));
    }
    let length = text.chars().count();
    if length > LONGEST {
        return Err(Error::invalid(format!(
            "the code has {length} characters, and no code or link has more than {LONGEST}"
        )));
    }
    if let Some((index, control)) = text.chars().enumerate().find(|(_, c)| c.is_control()) {
        return Err(Error::invalid(format!(
            "the code holds a control character (U+{:04X}, character {})",
            u32::from(control),
            index + 1
        )));
    }
    Ok(text)
}

fn code_of(text: &str) -> Result<Code> {
    let link = if text.starts_with('/') {
        Url::parse("http://localhost").and_then(|base| base.join(text)).ok()
    } else if text.contains("://") {
        Url::parse(text).ok()
    } else {
        None
    };
    let Some(link) = link else { return Ok(Code::new(text)) };
    let from_query = link.query_pairs().find(|(key, _)| key == "code").map(|(_, value)| value.into_owned());
    let from_path = || link.path_segments()?.rfind(|segment| !segment.is_empty()).map(str::to_owned);
    from_query
        .or_else(from_path)
        .filter(|code| !code.is_empty())
        .map(Code::new)
        .ok_or_else(|| Error::invalid("the link holds no code").hint("copy the whole link, to its last character"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Reference {
        Reference::Code(Code::new(text))
    }

    #[test]
    fn links_of_all_systems_give_their_code() {
        for link in [
            "/join/A1B2C3D4",
            "https://example.org/join/A1B2C3D4",
            "https://example.org/join/A1B2C3D4/",
            "http://localhost:8000/invites/join?code=A1B2C3D4",
            "https://example.org/app/invites/join?from=mail&code=A1B2C3D4#top",
            "  A1B2C3D4\n",
        ] {
            assert_eq!(Reference::parse(link).unwrap(), code("A1B2C3D4"), "{link}");
        }
    }

    #[test]
    fn ids_and_fingerprints_are_taken_by_operators_only() {
        let id = "01890000-0000-7000-8000-000000000001";
        assert!(matches!(Reference::parse(id).unwrap(), Reference::Id(_)));
        assert_eq!(Reference::parse("#3FA29C81").unwrap(), Reference::Fingerprint("3fa29c81".into()));
        assert_eq!(Reference::code(id).unwrap(), code(id));
        assert_eq!(Reference::code("#3fa29c81").unwrap(), code("#3fa29c81"));
        for text in [id, "#3fa29c81", " /join/A1B2C3D4 ", "", "AB\u{7}CD"] {
            let reference = PublicCode::read(text).reference();
            assert!(matches!(reference, None | Some(Reference::Code(_))), "{text:?}");
        }
    }

    #[test]
    fn what_cannot_be_a_code_is_refused_without_repeating_it() {
        for (text, why) in [
            (String::new(), "empty"),
            ("   ".into(), "empty"),
            ("x".repeat(10_000), "has 10000 characters"),
            ("AB\u{7}CD".into(), "U+0007, character 3"),
            ("#12".into(), "6 to 64"),
            ("#nothexad".into(), "hexadecimal"),
            ("https://example.org/".into(), "holds no code"),
        ] {
            let error = Reference::parse(&text).unwrap_err().to_string();
            assert!(error.contains(why), "{error}");
            assert!(text.is_empty() || text.trim().is_empty() || !error.contains(text.as_str()));
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics(text in any::<String>()) {
            let _ = Reference::parse(&text);
            let _ = Reference::code(&text);
        }
    }
}
