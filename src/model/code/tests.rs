use std::collections::BTreeMap;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::model::code::*;
use crate::policy::Policies;

fn rng() -> StdRng {
    StdRng::seed_from_u64(7)
}

fn format_of(policy: &str) -> CodeFormat {
    Policies::built_in().unwrap().get(policy).unwrap().code.clone()
}

#[test]
fn codes_have_the_format_of_their_policy() {
    let mut rng = rng();
    for _ in 0..500 {
        let space = generate(&format_of("space"), None, &mut rng);
        assert_eq!(space.reveal().len(), 8);
        assert!(space.reveal().bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()));

        let container = generate(&format_of("container"), None, &mut rng);
        assert_eq!(container.reveal().len(), 8);
        assert!(!container.reveal().contains(['0', 'O', 'I', '1']), "{}", container.reveal());

        let prefix = NamePrefix::of("John Smith", 3);
        let director = generate(&format_of("director"), Some(&prefix), &mut rng);
        let (head, digits) = director.reveal().split_once('-').unwrap();
        assert_eq!((head, digits.len()), ("Joh", 3));
        assert!(digits.bytes().all(|b| b.is_ascii_digit()));

        let token = generate(&format_of("tree"), None, &mut rng);
        let secret = token.reveal().strip_prefix("tree_").unwrap();
        assert_eq!(URL_SAFE_NO_PAD.decode(secret).unwrap().len(), 32);
    }
}

/// Pearson's chi-squared test over the 36 letters; the 99.99 % quantile for 35 degrees of
/// freedom is 76. A generator that takes bytes modulo 36 would exceed it by far.
#[test]
fn letters_are_chosen_without_bias() {
    let mut rng = rng();
    let format = format_of("space");
    let mut counts: BTreeMap<char, f64> = BTreeMap::new();
    let codes = 20_000;
    for _ in 0..codes {
        for letter in generate(&format, None, &mut rng).reveal().chars() {
            *counts.entry(letter).or_default() += 1.0;
        }
    }
    let expected = f64::from(codes * 8) / 36.0;
    let chi_squared: f64 = counts.values().map(|count| (count - expected).powi(2) / expected).sum();
    assert_eq!(counts.len(), 36);
    assert!(chi_squared < 76.0, "chi squared is {chi_squared}");
}

#[test]
fn blocklist_matches_digits_as_letters() {
    for text in ["XSHITX12", "X5H1TX12", "fuck0000", "A4N4LAAA"] {
        assert!(contains_blocked_word(text), "{text}");
    }
    for text in ["A1B2C3D4", "X9Y8Z7W6", "ABC123XY"] {
        assert!(!contains_blocked_word(text), "{text}");
    }
}

#[test]
fn no_generated_code_contains_a_blocked_word() {
    let mut rng = rng();
    let narrow = CodeFormat::Random { alphabet: "SHITFUCKAN".chars().collect(), length: 8 };
    for _ in 0..2_000 {
        assert!(!contains_blocked_word(generate(&narrow, None, &mut rng).reveal()));
    }
}

#[test]
fn prefix_is_built_from_name() {
    for (name, prefix) in [
        ("John Smith", "Joh"),
        ("sarah", "Sar"),
        ("O'Brien", "Obr"),
        ("Jo", "Jox"),
        ("X", "Xxx"),
        ("", "Xxx"),
        ("42", "Xxx"),
        ("Élodie", "Elo"),
        ("Ελένη", "Ele"),
        ("Иван", "Iva"),
        ("Þór", "Tho"),
        ("😀 Ana", "Ana"),
        ("Assunta", "Asu"),
        ("Cumming", "Cui"),
        ("Sex", "Sez"),
    ] {
        assert_eq!(NamePrefix::of(name, 3).as_str(), prefix, "{name}");
    }
}

#[test]
fn prefix_of_every_script_has_three_letters() {
    for name in ["山田太郎", "김철수", "محمد", "שלום", "ธงชัย", "\u{202e}evil", "🎭"] {
        let made = NamePrefix::of(name, 3);
        assert_eq!(made.as_str().len(), 3, "{name} gave {made:?}");
        assert!(made.as_str().bytes().all(|b| b.is_ascii_alphabetic()), "{name} gave {made:?}");
    }
}

#[test]
fn normal_form_ignores_case_spaces_and_dashes() {
    for typed in ["joh-456", "JOH 456", " Joh\u{2013}456\n", "j o h 4-5-6", "Joh\u{2212}456"] {
        assert_eq!(normalize(typed), "JOH456", "{typed:?}");
    }
    assert_ne!(normalize("O0I1"), normalize("00II"));
}

#[test]
fn hash_is_sha_256_of_the_exact_text() {
    assert_eq!(hash("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_ne!(hash("abc"), hash("ABC"));
}

#[test]
fn debug_output_hides_code() {
    let code = Code::new("A1B2C3D4");
    assert!(!format!("{code:?} {:?}", code.key(Storage::Text)).contains("A1B2"));
}

#[test]
fn token_secret_keeps_its_entropy() {
    for bytes in 16..=64 {
        let bits = token_entropy_bits(bytes);
        #[expect(clippy::cast_precision_loss, reason = "64 at most")]
        let full = 8.0 * bytes as f64;
        assert!(bits < full && full - bits < 0.1, "{bytes} bytes: {bits}");
    }
}

proptest! {
    #[test]
    fn token_begins_and_ends_with_letter_or_digit(bytes in 16_usize..=64, prefix in "([A-Za-z0-9][A-Za-z0-9_]{0,15})?", seed in any::<u64>()) {
        let mut rng = StdRng::seed_from_u64(seed);
        let token = generate(&CodeFormat::Token { bytes, prefix: prefix.clone() }, None, &mut rng);
        let secret = token.reveal().strip_prefix(prefix.as_str()).unwrap();
        for text in [token.reveal(), secret] {
            prop_assert!(text.starts_with(|c: char| c.is_ascii_alphanumeric()), "{}", text);
            prop_assert!(text.ends_with(|c: char| c.is_ascii_alphanumeric()), "{}", text);
        }
        prop_assert_eq!(URL_SAFE_NO_PAD.decode(secret).unwrap().len(), bytes);
    }

    #[test]
    fn normal_form_of_normal_form_is_itself(text in any::<String>()) {
        let once = normalize(&text);
        prop_assert_eq!(normalize(&once), once);
    }

    #[test]
    fn prefix_of_every_name_is_valid(name in any::<String>()) {
        let made = NamePrefix::of(&name, 3);
        prop_assert_eq!(made.as_str().len(), 3);
        prop_assert!(made.as_str().bytes().all(|b| b.is_ascii_alphabetic()));
    }
}
