//! Formats with few codes: every one of them is found, and then it says so.

use std::collections::HashSet;

use invite::error::{Error, Reason};
use invite::invites::cleanup::CleanupRequest;
use invite::invites::generate::{GenerateRequest, Terms, generate};

use crate::recorder::Recorder;
use crate::steps::{clean, closing, code_of, make, named_space, one, revoke_these};
use crate::steps_a::{invite_people, make_in_vain};
use crate::world::{days, operator, worlds, worlds_with};

/// For applications that accept exactly three digits.
pub const THREE_DIGITS: &str = "[policy.director]\ndigits_max = 3\n";

#[tokio::test]
async fn all_thousand_codes_of_a_director_can_be_made_and_not_one_more() {
    for world in worlds_with(THREE_DIGITS).await {
        named_space(&world.service, "director", "d", "John Smith").await;
        let made = make(&world.service, "d", 1_000, Terms::default()).await.unwrap();
        let codes: HashSet<String> = made.iter().map(|issued| issued.code.reveal().to_owned()).collect();
        let all: HashSet<String> = (0..1_000).map(|number| format!("Joh-{number:03}")).collect();
        assert_eq!(codes, all);
        let error = make_in_vain(&world, "d", 1, Terms::default()).await;
        assert!(matches!(error, Error::NoFreeCode(_)), "{error:?}");
        assert_eq!(error.to_string(), "no free code with the prefix Joh-: all 1000 numbers of 3 digits are taken");
        assert!(error.help().unwrap().contains("30 days after"));
    }
}

#[tokio::test]
async fn the_last_free_code_is_found_for_certain() {
    for world in worlds_with(THREE_DIGITS).await {
        named_space(&world.service, "director", "d", "John Smith").await;
        make(&world.service, "d", 999, Terms::default()).await.unwrap();
        // Asking for two finds one, and so makes none.
        let error = make_in_vain(&world, "d", 2, Terms::default()).await;
        assert_eq!(error.reason(), Reason::NoFreeCode);
        one(&world.service, "d", Terms::default()).await;
        let mut raw = world.raw().await;
        assert_eq!(raw.number("SELECT count(DISTINCT code_key) FROM invites").await, 1_000);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_thousand_and_one_at_once_make_none() {
    for world in worlds_with(THREE_DIGITS).await {
        named_space(&world.service, "director", "d", "John Smith").await;
        for count in [1_001, 10_000] {
            let error = make_in_vain(&world, "d", count, Terms::default()).await;
            assert_eq!(error.reason(), Reason::NoFreeCode);
        }
        assert_eq!(world.raw().await.count("invites").await, 0);
    }
}

/// A request of several transactions that the format cannot hold: the first of
/// them must not be made and kept while the request fails.
#[tokio::test]
async fn more_than_one_batch_of_a_small_format_makes_none() {
    for world in worlds_with(THREE_DIGITS).await {
        named_space(&world.service, "director", "d", "John Smith").await;
        let request = GenerateRequest { space_id: "d".into(), count: 20_000, terms: Terms::default() };
        let mut recorder = Recorder::new();
        let error = generate(&world.service, &operator(), &request, &mut recorder).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NoFreeCode);
        assert_eq!((recorder.done.len(), world.raw().await.count("invites").await), (0, 0));
    }
}

#[tokio::test]
async fn directors_whose_names_begin_alike_share_the_numbers() {
    for world in worlds_with(THREE_DIGITS).await {
        named_space(&world.service, "director", "d1", "John Smith").await;
        named_space(&world.service, "director", "d2", "Johanna Weiß").await;
        make(&world.service, "d1", 600, Terms::default()).await.unwrap();
        make(&world.service, "d2", 400, Terms::default()).await.unwrap();
        for director in ["d1", "d2"] {
            let error = make_in_vain(&world, director, 1, Terms::default()).await;
            assert_eq!(error.reason(), Reason::NoFreeCode);
        }
        // Another name is not touched by it.
        named_space(&world.service, "director", "d3", "Mary").await;
        assert!(one(&world.service, "d3", Terms::default()).await.code.reveal().starts_with("Mar-"));
    }
}

#[tokio::test]
async fn rows_of_a_file_get_the_last_codes_and_the_others_are_told() {
    for world in worlds_with(THREE_DIGITS).await {
        named_space(&world.service, "director", "d", "John Smith").await;
        make(&world.service, "d", 998, Terms::default()).await.unwrap();
        let rows = "note\nfirst\nsecond\nthird\nfourth\n";
        let (summary, recorder) = invite_people(&world.service, Some("d"), rows).await.unwrap();
        assert_eq!((summary.made, summary.failed), (2, 2));
        assert!(recorder.failures.iter().all(|failure| failure.reason == Reason::NoFreeCode));
        let mut raw = world.raw().await;
        assert_eq!(raw.count("invites").await, 1_000);
        raw.check_integrity().await;
    }
}

#[tokio::test]
async fn a_purge_of_closed_codes_frees_their_numbers() {
    for world in worlds_with(THREE_DIGITS).await {
        named_space(&world.service, "director", "d", "John Smith").await;
        let made = make(&world.service, "d", 1_000, Terms::default()).await.unwrap();
        let gone: HashSet<String> = made[..3].iter().map(|issued| issued.code.reveal().to_owned()).collect();
        revoke_these(&world.service, made[..3].iter().map(code_of).collect()).await;
        // Closing alone frees nothing: an old code must not let into a new place.
        let error = make_in_vain(&world, "d", 1, Terms::default()).await;
        assert_eq!(error.reason(), Reason::NoFreeCode);
        // A day later the others expire; only what was revoked is old enough.
        let request = CleanupRequest { purge_after: Some(days(1)), ..closing() };
        let later = world.later(days(1));
        let summary = clean(&later, &request).await;
        assert_eq!((summary.expired, summary.purged), (997, 3));
        let again = make(&later, "d", 3, Terms::default()).await.unwrap();
        let again: HashSet<String> = again.iter().map(|issued| issued.code.reveal().to_owned()).collect();
        assert_eq!(again, gone);
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn names_with_few_letters_make_codes() {
    let names = [
        ("Jo", "Jox-"),
        ("J", "Jxx-"),
        ("山田太郎", "Sha-"),
        ("Ελένη", "Ele-"),
        ("42", "Xxx-"),
        ("!!!", "Xxx-"),
        ("🎭", "Xxx-"),
        ("o'Neil", "One-"),
        ("ÿ", "Yxx-"),
    ];
    for world in worlds().await {
        for (number, (name, prefix)) in names.into_iter().enumerate() {
            let id = format!("d{number}");
            named_space(&world.service, "director", &id, name).await;
            let issued = one(&world.service, &id, Terms::default()).await;
            let digits = issued.code.reveal().strip_prefix(prefix);
            assert!(digits.is_some_and(|digits| digits.len() >= 3), "{name}: {}", issued.code.reveal());
        }
        world.raw().await.check_integrity().await;
    }
}
