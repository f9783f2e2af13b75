//! Words for commands that people paste: ids are texts of the application, and
//! a user may have chosen their own.

use std::borrow::Cow;

use shlex::Quoter;

/// A text as one word of a shell: as it is where no shell sees more in it than
/// a word, and otherwise in quotes.
pub(crate) fn word(text: &str) -> Cow<'_, str> {
    // No text of ours holds a NUL, which no command line can: `text::check_text`.
    Quoter::new().allow_nul(true).quote(text).unwrap_or(Cow::Borrowed("''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_reads_as_one_word_stays_as_it_is() {
        for plain in ["abc123", "u-7", "ann@example.org", "/var/lib/invite.db", "sqlite:/tmp/x.db"] {
            assert_eq!(word(plain), plain);
        }
    }

    #[test]
    fn what_a_shell_would_run_or_split_comes_back_as_it_was() {
        for odd in ["", "a b", "$(id)", "a b; $(id)", "`id`", "it's", "\"", "#x", "~", "a\\b", "é ü", "!!", "*"] {
            let line = format!("invite show {} --as x", word(odd));
            assert_eq!(shlex::split(&line).unwrap(), ["invite", "show", odd, "--as", "x"]);
        }
    }
}
