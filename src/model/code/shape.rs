//! Matches a text against code formats: which policies an unknown code may belong to.

use crate::model::code::format::CodeFormat;
use crate::model::code::key::normalize;
use crate::model::code::odds::Group;

/// Returns true if a format can generate a text, or one with the same normal form.
#[must_use]
pub(crate) fn matches_format(format: &CodeFormat, text: &str) -> bool {
    match format {
        CodeFormat::Random { alphabet, length } => {
            let letters: Vec<char> = normalize(text).chars().collect();
            letters.len() == *length && letters.iter().all(|letter| alphabet.contains(letter))
        }
        CodeFormat::Token { bytes, prefix } => {
            // Base64 without padding: four letters for every three bytes.
            let length = (bytes * 4).div_ceil(3);
            let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
            text.strip_prefix(prefix.as_str())
                .is_some_and(|secret| secret.len() == length && secret.bytes().all(is_letter))
        }
        CodeFormat::Name { letters, digits, max_digits } => {
            Group::of_text(text, *letters).is_some_and(|group| (*digits..=*max_digits).contains(&group.digits()))
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand::SeedableRng;
    use rand::rngs::StdRng;

    use super::*;
    use crate::model::code::generate;
    use crate::model::code::prefix::NamePrefix;
    use crate::policy::{Policies, Policy};

    fn matching_policies(text: &str) -> Vec<String> {
        Policies::built_in().unwrap().names_where(|policy: &Policy| matches_format(&policy.code, text))
    }

    #[test]
    fn text_matches_the_policies_with_its_format() {
        let token = format!("tree_{}", "aB-_".repeat(11));
        for (text, policies) in [
            ("Joh-456", &["director"][..]),
            ("joh 456", &["director"]),
            ("JOH\u{2013}456", &["director"]),
            ("Jo-456", &[]),
            ("Joh-4567", &["director"]),
            ("Joh-45", &[]),
            ("Joh-4567890123", &[]),
            ("Jöh-456", &[]),
            ("山-456", &[]),
            ("ABCD-2345", &["container", "space"]),
            ("ABCD0123", &["space"]),
            ("ABCD!234", &[]),
            (&token[..48], &["tree"]),
            (&token[..47], &[]),
            (&token.to_uppercase()[..48], &[]),
            ("", &[]),
        ] {
            assert_eq!(matching_policies(text), policies, "{text:?}");
        }
    }

    fn formats() -> impl Strategy<Value = CodeFormat> {
        let alphabet: Vec<char> = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789".chars().collect();
        prop_oneof![
            (4_usize..=64).prop_map(move |length| CodeFormat::Random { alphabet: alphabet.clone(), length }),
            (16_usize..=64, "[A-Za-z0-9_]{0,16}").prop_map(|(bytes, prefix)| CodeFormat::Token { bytes, prefix }),
            (1_usize..=16, 1_u32..=9).prop_map(|(letters, digits)| CodeFormat::Name { letters, digits, max_digits: 9 }),
        ]
    }

    proptest! {
        #[test]
        fn generated_code_matches_its_format(format in formats(), name in any::<String>(), seed in any::<u64>()) {
            let prefix = match &format {
                CodeFormat::Name { letters, .. } => Some(NamePrefix::of(&name, *letters)),
                _ => None,
            };
            let code = generate(&format, prefix.as_ref(), &mut StdRng::seed_from_u64(seed));
            prop_assert!(matches_format(&format, code.reveal()), "{}", code.reveal());
        }

        #[test]
        fn any_text_is_matched_without_panic(format in formats(), text in any::<String>()) {
            let _ = matches_format(&format, &text);
        }
    }
}
