//! Removes codes from the replies of a mail server: servers repeat what they received,
//! in parts, across lines, or encoded.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Replacement of a secret.
pub(crate) const REDACTED: &str = "***";

/// Number of consecutive letters and digits of a code that count as a part of it.
const PART: usize = 6;

/// Minimum number of letters and digits of a code that is searched for in parts.
const MIN_CODE: usize = 4;

/// Removes every part of a code from a text: in any letter case, with other characters
/// in between, percent-encoded, quoted-printable, as HTML entities, in hexadecimal or
/// in base64.
pub(crate) fn without_code(words: &str, code: &str) -> String {
    let letters = letters_of(code);
    if letters.len() < MIN_CODE {
        return words.to_owned();
    }
    let chars: Vec<char> = words.chars().collect();
    let mut is_secret = vec![false; chars.len()];
    for text in [plain(&chars), decoded(&chars)] {
        let part = PART.min(letters.len().div_ceil(2).max(MIN_CODE));
        mark(&text, &letters, part, &mut is_secret);
        for encoded in encodings(code) {
            mark(&text, &letters_of(&encoded), PART + 2, &mut is_secret);
        }
    }
    let mut shown = String::with_capacity(words.len());
    for (index, c) in chars.iter().enumerate() {
        if !is_secret[index] {
            shown.push(*c);
        } else if index == 0 || !is_secret[index - 1] {
            shown.push_str(REDACTED);
        }
    }
    shown
}

/// A letter or digit in lower case, and the range of characters that represent it.
type Letter = (char, usize, usize);

fn letters_of(text: &str) -> Vec<char> {
    text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn plain(chars: &[char]) -> Vec<Letter> {
    let all = chars.iter().enumerate().filter(|(_, c)| c.is_ascii_alphanumeric());
    all.map(|(index, c)| (c.to_ascii_lowercase(), index, index + 1)).collect()
}

/// Lists the letters and digits of a text after decoding its escapes.
fn decoded(chars: &[char]) -> Vec<Letter> {
    let (mut letters, mut index) = (Vec::new(), 0);
    while index < chars.len() {
        let (c, length) = escape(&chars[index..]).unwrap_or((chars[index], 1));
        if c.is_ascii_alphanumeric() {
            letters.push((c.to_ascii_lowercase(), index, index + length));
        }
        index += length;
    }
    letters
}

/// Decodes the escape at the start of a text; returns its character and its length.
fn escape(chars: &[char]) -> Option<(char, usize)> {
    let number = |from: usize, to: usize, radix: u32| {
        let digits: String = chars.get(from..to)?.iter().collect();
        u32::from_str_radix(&digits, radix).ok().and_then(char::from_u32)
    };
    match chars.first()? {
        '%' | '=' => Some((number(1, 3, 16)?, 3)),
        '&' if chars.get(1) == Some(&'#') => {
            let end = chars.iter().take(10).position(|c| *c == ';')?;
            let is_hex = matches!(chars.get(2), Some('x' | 'X'));
            let c = if is_hex { number(3, end, 16)? } else { number(2, end, 10)? };
            Some((c, end + 1))
        }
        _ => None,
    }
}

/// Writes every byte of a text with a function.
fn each_byte(text: &str, written: impl Fn(u8) -> String) -> String {
    text.bytes().map(written).collect::<Vec<_>>().concat()
}

/// Encodes a code in hexadecimal, and in base64 at the three possible offsets in a
/// longer text.
fn encodings(code: &str) -> [String; 4] {
    let hex = each_byte(code, |byte| format!("{byte:02x}"));
    let shifted = |before: usize, cut: usize| {
        let encoded = STANDARD.encode(format!("{}{code}", "x".repeat(before)));
        encoded.trim_end_matches('=').get(cut..).unwrap_or_default().to_owned()
    };
    [hex, shifted(0, 0), shifted(1, 2), shifted(2, 3)]
}

/// Marks every sequence of `part` letters that also occurs in the secret.
fn mark(text: &[Letter], secret: &[char], part: usize, is_secret: &mut [bool]) {
    let parts: HashSet<&[char]> = secret.windows(part).collect();
    let letters: Vec<char> = text.iter().map(|(c, ..)| *c).collect();
    for (start, window) in letters.windows(part).enumerate() {
        if parts.contains(window) {
            is_secret[text[start].1..text[start + part - 1].2].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const CODE: &str = "tree_Qm9zc1RoZVJlZC1Gb3hKdW1wc092ZXJMYXp5RG9n";

    fn percent(text: &str) -> String {
        each_byte(text, |byte| format!("%{byte:02X}"))
    }

    #[test]
    fn code_is_removed_in_every_encoding_and_in_parts() {
        let spaced: String = CODE.chars().flat_map(|c| [c, ' ']).collect();
        let entities = each_byte(CODE, |byte| format!("&#{byte};"));
        let hex = each_byte(CODE, |byte| format!("{byte:02x}"));
        for said in [
            CODE.to_owned(),
            CODE.to_uppercase(),
            CODE[3..20].to_owned(),
            CODE[20..].to_owned(),
            format!("{}=\r\n{}", &CODE[..17], &CODE[17..]),
            format!("{} {}", &CODE[..17], &CODE[17..]),
            spaced,
            percent(CODE),
            percent(CODE).replace('%', "="),
            entities,
            hex,
            STANDARD.encode(CODE),
            STANDARD.encode(format!("to {CODE}")),
            STANDARD.encode(format!("a {CODE}")),
        ] {
            let shown = without_code(&format!("550 5.7.1 spam: {said} refused"), CODE);
            assert!(shown.starts_with("550 5.7.1 spam: ") && shown.ends_with(" refused"), "{said}: {shown}");
            assert!(shown.contains(REDACTED), "{said}: {shown}");
            let rest: String =
                letters_of(&shown["550 5.7.1 spam: ".len()..shown.len() - " refused".len()]).iter().collect();
            assert!(rest.len() <= 2 * PART, "{said}: {shown}");
        }
    }

    #[test]
    fn text_without_code_is_unchanged() {
        for said in
            ["no such user here", "queued as 4Xy1Zz0abc", "see https://example.org/invites/help", "", "% = & &#;"]
        {
            assert_eq!(without_code(said, CODE), said);
        }
        assert_eq!(without_code("code AB12CD34, and no more", "AB12CD34"), "code ***, and no more");
        assert_eq!(without_code("anything", ""), "anything");
    }

    proptest! {
        #[test]
        fn no_part_of_a_code_remains(before in ".{0,20}", from in 0..40_usize, length in 6..40_usize, after in ".{0,20}") {
            let end = (from + length).min(CODE.len());
            prop_assume!(letters_of(&CODE[from..end]).len() >= PART);
            let part: String = letters_of(&CODE[from..end]).iter().collect();
            let shown = without_code(&format!("{before} {} {after}", &CODE[from..end]), CODE);
            prop_assert!(!shown.to_lowercase().contains(&part), "{}", shown);
        }
    }
}
