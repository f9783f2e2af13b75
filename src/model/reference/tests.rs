use proptest::prelude::*;

use crate::model::reference::*;

fn code(text: &str) -> Reference {
    Reference::Code(Code::new(text))
}

/// Forms in which `A1B2C3D4` is pasted.
const PASTED: [&str; 92] = [
    // Plain, in lower case, and with spaces.
    "A1B2C3D4",
    "  A1B2C3D4\n",
    "A1B2 C3D4",
    "A1B2\u{a0}C3D4",
    "\u{3000}A1B2C3D4\u{2003}",
    // Invisible characters.
    "A1B2\u{200c}C3D4",
    "A1B2\u{200d}C3D4",
    "\u{200e}A1B2C3D4",
    "\u{202b}A1B2C3D4\u{202c}",
    "\u{2067}A1B2C3D4\u{2069}",
    "A1B2\u{2060}C3D4",
    "A1B2\u{ad}C3D4",
    "\u{feff}A1B2C3D4",
    "A1B2\u{200b}C3D4",
    "A1B2C3D4\u{fe0f}",
    "A1B2C3D4\u{e0041}",
    // Punctuation and quotes around it.
    "A1B2C3D4.",
    "A1B2C3D4,",
    "A1B2C3D4!",
    "A1B2C3D4?",
    "A1B2C3D4…",
    "A1B2C3D4。",
    "(A1B2C3D4)",
    "[A1B2C3D4]",
    "{A1B2C3D4}",
    "<A1B2C3D4>",
    "\"A1B2C3D4\"",
    "'A1B2C3D4'",
    "“A1B2C3D4”",
    "„A1B2C3D4“",
    "«A1B2C3D4»",
    "‹A1B2C3D4›",
    "‘A1B2C3D4’",
    "「A1B2C3D4」",
    "`A1B2C3D4`",
    "**A1B2C3D4**",
    "(\"A1B2C3D4\").",
    "• A1B2C3D4",
    "- A1B2C3D4",
    "> A1B2C3D4",
    "Your code: A1B2C3D4",
    "Code : A1B2 C3D4.",
    // Full-width letters and percent signs.
    "Ａ１Ｂ２Ｃ３Ｄ４",
    "%20A1B2C3D4",
    "A1B2C3D4%0A",
    "%2520A1B2C3D4",
    // Paths and queries.
    "/join/A1B2C3D4",
    "/join/A1B2C3D4/",
    "/join//A1B2C3D4",
    "/join/%20A1B2C3D4",
    "/join/ A1B2C3D4",
    "/join/A1B2C3D4?code=x",
    "/join/A1B2C3D4?code=",
    "/invites/A1B2C3D4/accept",
    "/invites/join?code=A1B2C3D4",
    "?code=A1B2C3D4",
    "code=A1B2C3D4",
    "?ref=mail&CODE=A1B2C3D4",
    // Whole links.
    "https://example.org/join/A1B2C3D4",
    "http://example.org/join/A1B2C3D4",
    "HTTPS://EXAMPLE.ORG/join/A1B2C3D4",
    "https:example.org/join/A1B2C3D4",
    "https://example.org:8443/join/A1B2C3D4",
    "https://xn--bcher-kva.example/join/A1B2C3D4",
    "https://bücher.example/join/A1B2C3D4",
    "https://[2001:db8::1]/join/A1B2C3D4",
    "https://example.org/join/A1B2C3D4#top",
    "https://example.org/join/A1B2C3D4?utm_source=mail&utm_medium=x",
    "https://example.org/join/A1B2C3D4&utm_source=mail",
    "https://example.org/invites/join?utm_source=mail&code=A1B2C3D4",
    "https://example.org/invites/join?from=mail&amp;code=A1B2C3D4",
    "https://example.org/app/invites/accept?code=A1B2C3D4",
    "https://example.org/#/join/A1B2C3D4",
    "https://example.org/app#code=A1B2C3D4",
    "https://example.org/join/A1B2C3D4.",
    "https://example.org/join/\u{200b}A1B2C3D4",
    "https://example.org/join/A1B2%E2%80%8BC3D4",
    "https%3A%2F%2Fexample.org%2Fjoin%2FA1B2C3D4",
    "<https://example.org/join/A1B2C3D4>",
    "(https://example.org/join/A1B2C3D4)",
    "“https://example.org/join/A1B2C3D4”",
    "[Join us](https://example.org/join/A1B2C3D4)",
    "[https://example.org/join/A1B2C3D4](https://example.org/join/A1B2C3D4 \"Join\")",
    "<a href=\"https://example.org/join/A1B2C3D4\">Join</a>",
    "Join here: https://example.org/join/A1B2C3D4, see you!",
    "https://eur01.safelinks.protection.example/?url=https%3A%2F%2Fexample.org%2Fjoin%2FA1B2C3D4&data=x",
    "https://www.search.example/url?q=https://example.org/invites/join?code%3DA1B2C3D4",
    "myapp://join/A1B2C3D4",
    // Without a scheme.
    "example.org/join/A1B2C3D4",
    "www.example.org:8000/invites/join?code=A1B2C3D4",
    "//example.org/join/A1B2C3D4",
    "join at example.org/join/A1B2C3D4 today",
];

#[test]
fn code_is_found_in_pasted_text() {
    for text in PASTED {
        assert_eq!(Reference::parse(text).unwrap(), code("A1B2C3D4"), "{text:?}");
        assert_eq!(Reference::code(text).unwrap(), code("A1B2C3D4"), "{text:?}");
        assert_eq!(PublicCode::read(text).reference(), Some(code("A1B2C3D4")), "{text:?}");
    }
}

#[test]
fn pasted_token_keeps_letter_case() {
    let token = "tree_aB-cD_eF0123456789-_xY";
    for text in [
        "tree_aB-cD_eF01234\u{200b}56789-_xY",
        "tree_aB\u{2010}cD_eF0123456789\u{2013}_xY",
        "(tree_aB-cD_eF0123456789-_xY).",
        "ｔｒｅｅ＿aB－cD_eF0123456789-_xY",
        "https://example.org/invites/tree_aB-cD_eF0123456789-_xY",
        "https://example.org/invites/tree%5FaB%2DcD_eF0123456789-_xY?utm_campaign=A1B2C3D4",
        "example.org/invites/tree_aB-cD_eF0123456789-_xY/",
    ] {
        assert_eq!(Reference::parse(text).unwrap(), code(token), "{text:?}");
    }
    assert_eq!(Reference::parse("_aB-cD_").unwrap(), code("_aB-cD_"));
    assert_eq!(Reference::parse("Joh–456").unwrap(), code("Joh-456"));
}

#[test]
fn public_code_is_never_an_id_or_fingerprint() {
    let id = "01890000-0000-7000-8000-000000000001";
    for text in [id, "\u{200b}01890000-0000-7000-8000-000000000001.", "(01890000-0000-7000-8000-000000000001)"] {
        assert!(matches!(Reference::parse(text).unwrap(), Reference::Id(_)), "{text}");
    }
    for text in ["#3FA29C81", "`#3FA29C81`", "#3FA29C81,"] {
        assert_eq!(Reference::parse(text).unwrap(), Reference::Fingerprint("3fa29c81".into()), "{text}");
    }
    assert_eq!(Reference::code(id).unwrap(), code(id));
    assert_eq!(Reference::code("#3fa29c81").unwrap(), code("#3fa29c81"));
    for text in [id, "#3fa29c81", " /join/A1B2C3D4 ", "", "AB\u{7}CD"] {
        let reference = PublicCode::read(text).reference();
        assert!(matches!(reference, None | Some(Reference::Code(_))), "{text:?}");
    }
}

#[test]
fn invalid_code_is_refused_without_repeating_it() {
    for (text, why) in [
        (String::new(), "empty"),
        ("   ".into(), "empty"),
        ("\u{200b}\u{feff}".into(), "empty"),
        ("...".into(), "empty"),
        ("x".repeat(10_000), "too long: 10000 characters"),
        ("AB\u{7}CD".into(), "U+0007, character 3"),
        ("AB\u{9b}CD".into(), "U+009B, character 3"),
        ("#12".into(), "6 to 64"),
        ("#nothexad".into(), "hexadecimal"),
        ("https://example.org/".into(), "contains no code"),
        ("https://example.org/join/".into(), "contains no code"),
        ("/join?code=".into(), "contains no code"),
        ("NULL".into(), "missing value"),
        ("undefined".into(), "missing value"),
        ("\\N".into(), "missing value"),
        ("N/A".into(), "missing value"),
        ("https://example.org/join/null".into(), "missing value"),
        ("/invites/join?code=undefined".into(), "missing value"),
    ] {
        let error = Reference::parse(&text).unwrap_err();
        assert!(error.to_string().contains(why), "{text:?}: {error}");
        let repeats = !why.contains("missing") && error.to_string().contains(text.trim());
        assert!(text.trim().is_empty() || text == "..." || !repeats, "{text:?}: {error}");
    }
}

#[test]
fn foreign_character_of_a_code_is_found() {
    assert_eq!(Reference::parse("ABCD日本").unwrap().invalid_character(), Some('日'));
    assert_eq!(Reference::parse("A1B2-C3_D4").unwrap().invalid_character(), None);
}

/// Generates texts from parts of pasted codes and links.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("A1B2C3D4"),
        Just("https://"),
        Just("https:"),
        Just("example.org"),
        Just("/join/"),
        Just("?code="),
        Just("&url="),
        Just("%20"),
        Just("%25"),
        Just("%2F"),
        Just("%E2%80"),
        Just("#"),
        Just("]("),
        Just(")"),
        Just("\u{200b}"),
        Just("“"),
        Just(" "),
        Just("Ａ"),
        Just("x="),
        Just(":"),
        Just("日"),
        Just("//"),
        Just("["),
        Just("é"),
    ];
    proptest::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

#[test]
fn encoded_control_character_is_refused() {
    for text in ["%0e", "A1B2%00C3D4", "https://example.org/join/A1B2%1BC3D4"] {
        let error = Reference::code(text).unwrap_err();
        assert!(error.to_string().contains("control character"), "{text}: {error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_text_is_parsed_without_panic(text in any::<String>()) {
        let _ = Reference::parse(&text);
        let _ = Reference::code(&text);
    }

    #[test]
    fn found_code_is_parsed_as_itself(text in prop_oneof![pieces(), any::<String>()]) {
        if let Ok(Reference::Code(found)) = Reference::code(&text) {
            prop_assert_eq!(Reference::code(found.reveal()).unwrap(), Reference::Code(found));
        }
    }
}
