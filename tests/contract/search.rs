//! Searching lists ignores case in every script, equally on every engine.

use invite::Reason;
use invite::invites::generate::Terms;
use invite::invites::list::Filter;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::{create_one, matching_ids, named_space, space, terms_to};

every_engine! {
    search_ignores_case_in_every_script,
    search_covers_ids_notes_and_addresses,
    invalid_search_text_is_refused,
}

fn search(text: &str) -> Filter {
    Filter::new().search(text)
}

/// Names, and searches that find them.
const NAMES: [(&str, &[&str]); 10] = [
    ("Élan Vital", &["élan", "ÉLAN", "Élan v", "LAN VIT"]),
    ("ПРИВЕТ мир", &["привет", "ПриВет", "МИР"]),
    ("Οδυσσεύς", &["ΟΔΥΣΣΕΎΣ", "οδυσσεύσ"]),
    ("Straße 7", &["STRAẞE", "straße"]),
    ("İzmir", &["izmir", "IZMIR", "İZMİR", "ızmır"]),
    ("Ærø", &["ærø", "ÆRØ"]),
    ("Ĳssel ǅ", &["ĳssel", "ǆ", "Ǆ"]),
    ("50% [off] a_b*c?", &["50% [OFF]", "A_B*C?", "%", "_B*", "[o", "C?"]),
    ("back\\slash (x|y) ^$.+", &["BACK\\SLASH", "(X|Y)", "^$.+", "\\"]),
    ("山田 🎉", &["山田", "🎉"]),
];

async fn search_ignores_case_in_every_script(fixture: Fixture) {
    let mut made = Vec::new();
    for (place, (name, _)) in NAMES.iter().enumerate() {
        let id = format!("s{place}");
        named_space(&fixture.service, "container", &id, name).await;
        made.push(create_one(&fixture.service, &id, Terms::new()).await.invite.id);
    }
    for (place, (name, texts)) in NAMES.iter().enumerate() {
        for text in *texts {
            let found = matching_ids(&fixture.service, search(text)).await;
            assert_eq!(found, [made[place]], "{text:?} for {name} on {:?}", fixture.engine());
            let total = fixture.service.count_invites(&operator(), &search(text), fixture.now).await.unwrap();
            assert_eq!(total, 1, "{text:?} for {name} on {:?}", fixture.engine());
        }
    }
    for text in ["elan", "strasse", "привёт", "é*", "l?n", "[a-z]", "izmit", "S%0", "a.b", "x"] {
        let expected = usize::from(text == "x");
        assert_eq!(
            matching_ids(&fixture.service, search(text)).await.len(),
            expected,
            "{text:?} on {:?}",
            fixture.engine()
        );
    }
}

async fn search_covers_ids_notes_and_addresses(fixture: Fixture) {
    space(&fixture.service, "container", "Größe-1").await;
    space(&fixture.service, "tree", "t").await;
    let by_id = create_one(&fixture.service, "Größe-1", Terms::new()).await.invite.id;
    let note = terms_to("jörg@bücher.example").note("Für Ömer, БЫСТРО");
    let noted = create_one(&fixture.service, "t", note).await.invite.id;
    for (text, id) in [
        ("GRÖSSE", None),
        ("GRÖẞE", Some(by_id)),
        ("für öMER", Some(noted)),
        ("быстро", Some(noted)),
        ("JÖRG@", Some(noted)),
        ("jörg@BÜCHER.example", Some(noted)),
        ("bücher.example", Some(noted)),
        ("xn--BCHER", Some(noted)),
    ] {
        let found = matching_ids(&fixture.service, search(text)).await;
        assert_eq!(found, Vec::from_iter(id), "{text:?} on {:?}", fixture.engine());
    }
}

async fn invalid_search_text_is_refused(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    create_one(&fixture.service, "c", Terms::new()).await;
    for text in ["x".repeat(60_000), "é".repeat(201), String::new(), "  ".into(), "a\u{0}b".into(), "a\u{7}".into()] {
        let error = fixture.service.count_invites(&operator(), &search(&text), fixture.now).await.unwrap_err();
        assert_eq!(error.reason(), Reason::InvalidInput, "{error}");
        assert!(error.to_string().len() < 200, "{error}");
    }
    assert!(matching_ids(&fixture.service, search(&"é".repeat(200))).await.is_empty());
}
