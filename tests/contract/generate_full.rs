//! Formats with few codes: all of them are used, then requests are refused.

use std::collections::HashSet;

use invite::invites::generate::{GenerateRequest, Terms};
use invite::{Error, Reason};

use crate::fixture::{Engine, Fixture, days, operator};
use crate::helpers::actions::{
    code_of, create, create_one, default_cleanup, named_space, revoke_references, run_cleanup,
};
use crate::helpers::imports::{create_refused, invite_rows};
use crate::helpers::recorder::Recorder;

every_engine! {
    director_prefix_has_exactly_1000_codes,
    generate_finds_last_free_code,
    request_for_1001_codes_creates_none,
    request_beyond_small_format_creates_none,
    directors_with_same_prefix_share_numbers,
    rows_beyond_last_free_code_are_reported,
    purge_of_closed_codes_frees_numbers,
    names_with_few_letters_give_codes,
}

/// For applications that accept exactly three digits.
pub const THREE_DIGITS: &str = "[policy.director]\nmax_digits = 3\n";

async fn director_prefix_has_exactly_1000_codes(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    let made = create(&fixture.service, "d", 1_000, Terms::new()).await.unwrap();
    let codes: HashSet<String> = made.iter().map(|issued| issued.code.reveal().to_owned()).collect();
    let all: HashSet<String> = (0..1_000).map(|number| format!("Joh-{number:03}")).collect();
    assert_eq!(codes, all);
    let error = create_refused(&fixture, "d", 1, Terms::new()).await;
    assert!(matches!(error, Error::NoFreeCode(_)), "{error:?}");
    assert_eq!(error.to_string(), "no free code with the prefix Joh-: all 1000 numbers of 3 digits are taken");
    assert!(error.hint().unwrap().contains("30 days after"));
}

async fn generate_finds_last_free_code(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    create(&fixture.service, "d", 999, Terms::new()).await.unwrap();
    // A request for two finds one, so none is created.
    let error = create_refused(&fixture, "d", 2, Terms::new()).await;
    assert_eq!(error.reason(), Reason::NoFreeCode);
    create_one(&fixture.service, "d", Terms::new()).await;
    let mut raw = fixture.raw().await;
    assert_eq!(raw.number("SELECT count(DISTINCT code_key) FROM invites").await, 1_000);
    raw.check_integrity().await;
}

async fn request_for_1001_codes_creates_none(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    for count in [1_001, 10_000] {
        let error = create_refused(&fixture, "d", count, Terms::new()).await;
        assert_eq!(error.reason(), Reason::NoFreeCode);
    }
    assert_eq!(fixture.raw().await.count("invites").await, 0);
}

/// A request of several transactions beyond the format must not store its first batch.
async fn request_beyond_small_format_creates_none(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    let request = GenerateRequest::new("d", 20_000);
    let mut recorder = Recorder::new();
    let error = fixture.service.generate(&operator(), &request, &mut recorder).await.unwrap_err();
    assert_eq!(error.reason(), Reason::NoFreeCode);
    assert_eq!((recorder.done.len(), fixture.raw().await.count("invites").await), (0, 0));
}

async fn directors_with_same_prefix_share_numbers(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d1", "John Smith").await;
    named_space(&fixture.service, "director", "d2", "Johanna Weiß").await;
    create(&fixture.service, "d1", 600, Terms::new()).await.unwrap();
    create(&fixture.service, "d2", 400, Terms::new()).await.unwrap();
    for director in ["d1", "d2"] {
        let error = create_refused(&fixture, director, 1, Terms::new()).await;
        assert_eq!(error.reason(), Reason::NoFreeCode);
    }
    // Another prefix is not affected.
    named_space(&fixture.service, "director", "d3", "Mary").await;
    assert!(create_one(&fixture.service, "d3", Terms::new()).await.code.reveal().starts_with("Mar-"));
}

async fn rows_beyond_last_free_code_are_reported(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    create(&fixture.service, "d", 998, Terms::new()).await.unwrap();
    let rows = "note\nfirst\nsecond\nthird\nfourth\n";
    let (summary, recorder) = invite_rows(&fixture.service, Some("d"), rows).await.unwrap();
    assert_eq!((summary.created, summary.failed), (2, 2));
    assert!(recorder.failures.iter().all(|failure| failure.reason() == Reason::NoFreeCode));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.count("invites").await, 1_000);
    raw.check_integrity().await;
}

async fn purge_of_closed_codes_frees_numbers(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    let made = create(&fixture.service, "d", 1_000, Terms::new()).await.unwrap();
    let gone: HashSet<String> = made[..3].iter().map(|issued| issued.code.reveal().to_owned()).collect();
    revoke_references(&fixture.service, made[..3].iter().map(code_of).collect()).await;
    // Closing frees no number: an old code must not be valid for a new invite.
    let error = create_refused(&fixture, "d", 1, Terms::new()).await;
    assert_eq!(error.reason(), Reason::NoFreeCode);
    // A day later the other codes expire; only the revoked ones are old enough to be deleted.
    let request = default_cleanup().purge_after(days(1));
    let later = fixture.later(days(1));
    let summary = run_cleanup(&later, &request).await;
    assert_eq!((summary.expired, summary.purged), (997, 3));
    let again = create(&later, "d", 3, Terms::new()).await.unwrap();
    let again: HashSet<String> = again.iter().map(|issued| issued.code.reveal().to_owned()).collect();
    assert_eq!(again, gone);
    fixture.raw().await.check_integrity().await;
}

async fn names_with_few_letters_give_codes(fixture: Fixture) {
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
    for (number, (name, prefix)) in names.into_iter().enumerate() {
        let id = format!("d{number}");
        named_space(&fixture.service, "director", &id, name).await;
        let issued = create_one(&fixture.service, &id, Terms::new()).await;
        let digits = issued.code.reveal().strip_prefix(prefix);
        assert!(digits.is_some_and(|digits| digits.len() >= 3), "{name}: {}", issued.code.reveal());
    }
    fixture.raw().await.check_integrity().await;
}
