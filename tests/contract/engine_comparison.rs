//! Stored values are equal on every engine, to the byte and the microsecond.

use chrono::{DateTime, Utc};
use invite::Service;
use invite::invites::extend::ExtendRequest;
use invite::invites::generate::{Expiry, Terms, UsageLimit};
use invite::invites::list::Filter;
use invite::members::import::ImportMembersRequest;

use crate::fixture::{Fixture, days, fixtures, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::*;
use crate::helpers::maintenance::*;
use crate::helpers::validation::*;

every_engine! {
    unusual_texts_are_stored_and_found_unchanged,
    longest_texts_are_stored_completely,
    longest_imported_codes_are_stored_completely,
    timestamps_keep_microseconds_up_to_year_9999,
}

/// Runs all kinds of actions in a fixed order.
async fn run_all_actions(fixture: &Fixture) {
    let service = &fixture.service;
    many_spaces(service, "space", 30).await;
    for policy in ["container", "tree", "director"] {
        named_space(service, policy, policy, "Zo\u{eb} O'Hara").await;
    }
    member(service, "tree", "boss", "custodian", Some("boss@example.org")).await;
    let used = create_one(service, "container", terms_with_limit(2)).await;
    try_redeem_with(service, &code_of(&used), "ann", Some("Ann@Example.org"), Some("Ann \u{1F600}")).await;
    try_redeem(&fixture.later(hours(1)), &code_of(&used), "bob").await;
    let extended = create_one(service, "container", terms_expiring_in(3)).await;
    extend_invite(&fixture.later(hours(1)), extended.invite.id, Expiry::After(days(9)), UsageLimit::Times(7))
        .await
        .unwrap();
    create_as(service, "boss", "tree", 1, terms_to("carl@example.org")).await;
    create(service, "director", 20, Terms::new()).await.unwrap();
    let (filled, _) = run_backfill(&fixture.later(hours(2)), &backfill_all()).await;
    assert_eq!(filled.added, 30);
    regenerate_code(&fixture.later(hours(3)), "s00003", Some(hours(5))).await.unwrap();
    regenerate_code(&fixture.later(hours(4)), "s00004", None).await.unwrap();
    let filter = Filter::new().spaces(["s00007", "director"]);
    revoke_selection(&fixture.later(hours(5)), invite::invites::revoke::Selection::Matching(Box::new(filter))).await;
    let people =
        "email,role,note\ndora@example.org,viewer,\"a \"\"quote\"\"\"\nboss@example.org,,\nemil@example.org,,\n";
    invite_rows(&fixture.later(hours(6)), Some("tree"), people).await.unwrap();
    let members = "space_id,user_id,role,name,email\ntree,u1,viewer,U,u1@example.org\ntree,boss,viewer,Boss,\n";
    let request = ImportMembersRequest::new().update(true);
    import_member_rows(&fixture.later(hours(7)), request, members).await;
    let closing = default_cleanup().purge_after(days(3)).include_used(true);
    assert!(run_cleanup(&fixture.later(days(4)), &closing).await.purged > 0);
    run_cleanup(&fixture.later(days(100)), &crate::helpers::actions::default_cleanup()).await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL, MariaDB and MySQL: sh tests/run.sh"]
async fn same_actions_store_equal_rows_on_every_engine() {
    let mut first: Option<Vec<String>> = None;
    for fixture in fixtures().await {
        Box::pin(run_all_actions(&fixture)).await;
        let mut raw = fixture.raw().await;
        raw.check_integrity().await;
        let mut dump = raw.dump().await;
        // Servers lock one of these rows per prefix; SQLite has a single writer.
        dump.retain(|row| !row.starts_with("invite_limits: [Text(\"guesses:"));
        let Some(first) = &first else {
            assert!(dump.len() > 80, "{}", dump.len());
            first = Some(dump);
            continue;
        };
        for (row, expected) in dump.iter().zip(first) {
            assert_eq!(row, expected);
        }
        assert_eq!(dump.get(first.len()..), Some(&[][..]), "rows that only this engine has");
    }
}

/// Texts that an engine, a format or a statement could misinterpret.
const ODD: [&str; 34] = [
    "nulls",
    "NULLS",
    "truest",
    "0",
    "1",
    "01",
    "1e0",
    "-0",
    "0x41",
    "[]",
    "[1]",
    "{}",
    "\"",
    "\"x\"",
    "'",
    "''",
    "\\",
    "\\'",
    "\\u0041",
    "\\nn",
    "%",
    "_",
    "%s",
    ":now",
    "{ids:list}",
    "$1",
    "?",
    "--x",
    "/*",
    ";",
    "caf\u{e9}",
    "cafe\u{301}",
    "\u{1F600}",
    "\u{5d0}-\u{5d1}",
];

/// Texts that differ only in case or in similar letters.
const ALIKE: [&str; 8] = ["a", "A", "\u{e4}", "\u{c4}", "ss", "\u{df}", "i", "\u{131}"];

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('"', "\"\""))
}

async fn unusual_texts_are_stored_and_found_unchanged(fixture: Fixture) {
    let service = &fixture.service;
    let texts: Vec<&str> = ODD.into_iter().chain(ALIKE).collect();
    let spaces = rows(texts.len(), |at| format!("{0},{0}\n", quoted(texts[at])));
    let (summary, recorder) = import_space_rows(service, &default_import(), format!("id,name\n{spaces}")).await;
    assert_eq!((summary.added, summary.failed), (texts.len() as u64, 0), "{:?}", failures_by_line(&recorder));
    let (filled, recorder) = run_backfill(service, &backfill_all()).await;
    assert_eq!(filled.added, texts.len() as u64);
    let mut given: Vec<&String> = recorder.done.iter().map(|(space, _)| space).collect();
    given.sort();
    let mut expected = texts.clone();
    expected.sort_unstable();
    assert_eq!(given, expected);
    for (space, text) in &recorder.done {
        let invite = service.show_invite(&operator(), &code(text.as_ref().unwrap())).await.unwrap().invite;
        assert_eq!((&invite.space_id, &invite.space_name), (space, space));
        let of_it = Filter::new().spaces([space.clone()]);
        assert_eq!(matching_ids(service, of_it).await, [invite.id]);
        join(service, &code(text.as_ref().unwrap()), space).await;
    }
    let members = rows(texts.len(), |at| format!("\u{1F600},{0},member,{0}\n", quoted(texts[at])));
    let request = ImportMembersRequest::new().update(true);
    let (summary, _) = import_member_rows(service, request, format!("space_id,user_id,role,name\n{members}")).await;
    assert_eq!((summary.added, summary.updated, summary.failed), (texts.len() as u64 - 1, 1, 0));
    let mut raw = fixture.raw().await;
    let ids = raw.texts("SELECT id FROM invite_users WHERE name = id ORDER BY id").await;
    assert_eq!(ids, expected);
    raw.check_integrity().await;
}

/// The longest ID, name and note in four-byte characters, the longest address, and the longest code
/// in letters that grow when case is folded.
async fn longest_texts_are_stored_completely(fixture: Fixture) {
    let wide = |count: usize| "\u{1F600}".repeat(count);
    let email = format!("{}@{}.{}.{}.org", "l".repeat(64), "d".repeat(63), "e".repeat(63), "f".repeat(57));
    assert_eq!(email.len(), 254);
    let service = &fixture.service;
    for policy in ["space", "tree"] {
        let id = format!("{}{policy}", wide(64 - policy.len()));
        named_space(service, policy, &id, &wide(200)).await;
    }
    let tree = format!("{}tree", wide(60));
    let terms = terms_to(&email).note(wide(500));
    let issued = create_as(service, &wide(64), &tree, 1, terms).await.remove(0);
    let again = create(service, &tree, 1, terms_to(&email.to_uppercase())).await.unwrap_err();
    assert_eq!(again.reason(), invite::Reason::Duplicate);
    // The creator is already a member.
    let user = format!("{}u", wide(63));
    try_redeem_with(service, &code_of(&issued), &user, Some(&email), Some(&wide(200))).await;
    let shown = service.show_invite(&operator(), &code_of(&issued)).await.unwrap();
    assert_eq!((shown.invite.note, shown.invite.email), (Some(wide(500)), Some(email.clone())));
    assert_eq!((shown.invite.created_by, shown.invite.uses), (Some(wide(64)), 1));
    assert_eq!((shown.invite.space_id, shown.invite.space_name), (tree, wide(200)));
    create_one(service, &format!("{}space", wide(59)), Terms::new()).await;
    fixture.raw().await.check_integrity().await;
}

async fn longest_imported_codes_are_stored_completely(fixture: Fixture) {
    let service = &fixture.service;
    // Codes that are too long are refused on every engine.
    for length in [16, 32, 63, 64, 65, 127, 128, 129, 255, 256] {
        let long = "\u{1F4A}x9".chars().cycle().take(length).collect::<String>();
        let rows = format!("id,name,code\ns{length},S,{long}\n");
        let (summary, recorder) = import_space_rows(service, &default_import().update(true), rows).await;
        if summary.added == 1 {
            assert_eq!(
                service.show_invite(&operator(), &code(&long)).await.unwrap().invite.space_id,
                format!("s{length}")
            );
        } else {
            assert_eq!(failures_by_line(&recorder), [(2, invite::Reason::InvalidInput)], "{length}");
        }
    }
    fixture.raw().await.check_integrity().await;
}

fn instant(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

/// Asserts that an expiry is stored exactly, whatever the time zone of the server.
async fn end_at(service: &Service, end: DateTime<Utc>) {
    let issued = create_one(service, "c", Terms::new().expiry(Expiry::At(end))).await;
    let read = reload(service, issued.invite.id).await;
    assert_eq!(read.expires_at, Some(end));
    let uses = UsageLimit::Times(3);
    let request = ExtendRequest::new(by_id(issued.invite.id)).expiry(Expiry::At(just_before(end))).usage_limit(uses);
    service.extend(&crate::fixture::operator(), &request).await.unwrap_or_else(|error| panic!("{end}: {error}"));
    assert_eq!(reload(service, issued.invite.id).await.expires_at, Some(just_before(end)));
}

async fn timestamps_keep_microseconds_up_to_year_9999(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    for end in [
        "2027-01-01T00:00:00.000001Z",
        "2027-03-28T01:30:00.999999Z",
        "2027-10-31T00:59:59.5Z",
        "2028-02-29T12:00:00Z",
        "2038-01-19T03:14:08Z",
        "2106-02-07T06:28:16.123456Z",
        "2262-04-11T23:47:16.854776Z",
        "9999-12-31T23:59:59.999999Z",
    ] {
        end_at(&fixture.service, instant(end)).await;
    }
    fixture.raw().await.check_integrity().await;
}
