//! Searching lists: the same letters are found on every engine, in any case of
//! any script.

use invite::error::Reason;
use invite::invites::generate::Terms;
use invite::invites::list::{Filter, count};

use crate::steps::{named_space, one, picked, space, to};
use crate::world::{operator, worlds};

fn search(text: &str) -> Filter {
    Filter { search: Some(text.into()), ..Filter::default() }
}

/// Names, and what finds each of them.
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

#[tokio::test]
async fn search_finds_names_in_any_letter_case_of_any_script() {
    for world in worlds().await {
        let mut made = Vec::new();
        for (place, (name, _)) in NAMES.iter().enumerate() {
            let id = format!("s{place}");
            named_space(&world.service, "container", &id, name).await;
            made.push(one(&world.service, &id, Terms::default()).await.invite.id);
        }
        for (place, (name, texts)) in NAMES.iter().enumerate() {
            for text in *texts {
                let found = picked(&world.service, search(text)).await;
                assert_eq!(found, [made[place]], "{text:?} for {name} on {:?}", world.engine());
                let total = count(&world.service, &operator(), &search(text), world.now).await.unwrap();
                assert_eq!(total, 1, "{text:?} for {name} on {:?}", world.engine());
            }
        }
        for text in ["elan", "strasse", "привёт", "é*", "l?n", "[a-z]", "izmit", "S%0", "a.b", "x"] {
            let expected = usize::from(text == "x");
            assert_eq!(picked(&world.service, search(text)).await.len(), expected, "{text:?} on {:?}", world.engine());
        }
    }
}

#[tokio::test]
async fn search_looks_at_ids_notes_and_addresses() {
    for world in worlds().await {
        space(&world.service, "container", "Größe-1").await;
        space(&world.service, "tree", "t").await;
        let by_id = one(&world.service, "Größe-1", Terms::default()).await.invite.id;
        let note = Terms { note: Some("Für Ömer, БЫСТРО".into()), ..to("jörg@bücher.example") };
        let noted = one(&world.service, "t", note).await.invite.id;
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
            let found = picked(&world.service, search(text)).await;
            assert_eq!(found, Vec::from_iter(id), "{text:?} on {:?}", world.engine());
        }
    }
}

#[tokio::test]
async fn search_text_that_cannot_be_right_is_invalid_input() {
    for world in worlds().await {
        space(&world.service, "container", "c").await;
        one(&world.service, "c", Terms::default()).await;
        for text in ["x".repeat(60_000), "é".repeat(201), String::new(), "  ".into(), "a\u{0}b".into(), "a\u{7}".into()]
        {
            let error = count(&world.service, &operator(), &search(&text), world.now).await.unwrap_err();
            assert_eq!(error.reason(), Reason::InvalidInput, "{error}");
            assert!(error.to_string().len() < 200, "{error}");
        }
        assert!(picked(&world.service, search(&"é".repeat(200))).await.is_empty());
    }
}
