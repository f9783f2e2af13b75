//! Quotes text for commands in hints, which operators paste into a shell: an ID that a user
//! chose may contain shell syntax.

use std::borrow::Cow;

use shlex::Quoter;

/// Returns a text as one word of a POSIX shell, in quotes if necessary.
pub(crate) fn word(text: &str) -> Cow<'_, str> {
    // `text::check_text` refuses NUL, which no command line can contain.
    Quoter::new().allow_nul(true).quote(text).unwrap_or(Cow::Borrowed("''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_word_is_not_quoted() {
        for plain in ["abc123", "u-7", "ann@example.org", "/var/lib/invite.db", "sqlite:/tmp/x.db"] {
            assert_eq!(word(plain), plain);
        }
    }

    #[test]
    fn special_text_is_quoted_as_one_word() {
        for odd in ["", "a b", "$(id)", "a b; $(id)", "`id`", "it's", "\"", "#x", "~", "a\\b", "é ü", "!!", "*"] {
            let line = format!("invite show {} --as x", word(odd));
            assert_eq!(shlex::split(&line).unwrap(), ["invite", "show", odd, "--as", "x"]);
        }
    }
}
