//! Addresses: one canonical form, in which every path compares them.

use invite::Db;
use invite::invites::Issued;
use invite::invites::generate::Terms;
use invite::invites::list::Filter;
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::invites::validate::ValidateRequest;
use invite::members::import::ImportMembersRequest;
use invite::members::{AddMember, User};
use invite::{Reason, Result};

use crate::fixture::{Engine, Fixture, days, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::{failures_by_line, import_member_rows, invite_rows};
use crate::helpers::maintenance::{by_id, slot_of};
use crate::helpers::recorder::Recorder;

every_engine! {
    equivalent_address_spellings_match_on_every_path,
    invite_refuses_address_of_another_mailbox,
    invalid_address_is_refused_on_every_path,
    upgrade_makes_stored_addresses_canonical,
    upgrade_converts_every_address_of_large_database,
}

/// Spellings of one mailbox, the canonical one first.
const SAME: [&[&str]; 7] = [
    &[
        "kim@example.org",
        "KIM@example.org",
        "kim@EXAMPLE.ORG",
        " Kim@Example.Org\n",
        "kim@example.org.",
        "kim@ｅｘａｍｐｌｅ.org",
        "kim@example。org",
        "kim@exam\u{ad}ple.org",
    ],
    &[
        "jo@xn--bcher-kva.example",
        "jo@bücher.example",
        "JO@BÜCHER.example",
        "jo@XN--BCHER-KVA.example",
        "jo@bu\u{308}cher.example.",
    ],
    &["jo@xn--fa-hia.example", "jo@faß.example", "Jo@FAẞ.example"],
    &["ann+news@example.org", "Ann+News@example.org"],
    &["j\u{f6}rg@example.org", "J\u{f6}RG@Example.org"],
    &["山田@xn--wgv71a119e.example", "山田@日本語.example"],
    &["o'neil_x.y-z@sub.example.org", "O'Neil_X.Y-Z@SUB.example.org"],
];

/// Addresses that look similar or fold to the same text, but belong to other mailboxes.
const OTHER: [(&str, &str); 11] = [
    ("kim@example.org", "\u{212a}im@example.org"),
    ("kim@example.org", "k\u{131}m@example.org"),
    ("kim@example.org", "k\u{130}m@example.org"),
    ("kim@example.org", "ｋim@example.org"),
    ("kim@example.org", "kím@example.org"),
    ("kim@example.org", "кim@example.org"),
    ("sam@example.org", "\u{17f}am@example.org"),
    ("jörg@example.org", "jÖrg@example.org"),
    ("ann@example.org", "ann+news@example.org"),
    ("jo@fass.example", "jo@faß.example"),
    ("a.nn@example.org", "ann@example.org"),
];

/// Texts that every path refuses as an address.
const REFUSED: [&str; 26] = [
    "=?utf-8?q?=0abcc?=@example.org",
    "jo\u{308}rg@example.org",
    "kim",
    "kim@",
    "@example.org",
    "kim@example@org",
    "kim@@example.org",
    "k im@example.org",
    "kim@exam ple.org",
    "\"kim\"@example.org",
    "kim(x)@example.org",
    "Kim <kim@example.org>",
    "<kim@example.org>",
    "mailto:kim@example.org",
    "kim@example.org,ann@example.org",
    "kim@example..org",
    "kim@example.org..",
    ".kim@example.org",
    "kim@-example.org",
    "kim@[127.0.0.1]",
    "kim@xn--a.example",
    "kim\u{200b}@example.org",
    "\u{202e}kim@example.org",
    "kim\u{a0}@example.org",
    "kim＠example.org",
    "kim@example.org\u{7}",
];

/// Redeems an invite with an address.
async fn use_with(fixture: &Fixture, issued: &Issued, user: &str, email: &str) -> Result<Redemption> {
    let request = RedeemRequest::new(code_of(issued), user).email(email);
    fixture.service.redeem(&operator(), &request).await
}

/// Returns the reasons why an invite is invalid for a user with this address.
async fn denials_for(fixture: &Fixture, issued: &Issued, email: &str) -> Result<Vec<Reason>> {
    let request = ValidateRequest::new(code_of(issued)).email(email);
    let seen = fixture.service.validate(&operator(), &request).await?;
    Ok(seen.denials.iter().map(invite::Denial::reason).collect())
}

async fn add(fixture: &Fixture, space: &str, user: &str, email: &str) -> Result<()> {
    let user = User::new(user).email(email);
    let request = AddMember::new(space, user);
    fixture.service.add_member(&operator(), &request).await.map(|_| ())
}

async fn email_of(fixture: &Fixture, user: &str) -> Option<String> {
    let sql = format!("SELECT email FROM invite_users WHERE id = '{user}'");
    fixture.raw().await.texts(sql).await.pop()
}

fn for_address(email: &str) -> Filter {
    Filter::new().email(email)
}

/// Asserts that every path treats a spelling like its canonical form.
async fn assert_equivalent_on_every_path(
    fixture: &Fixture,
    space_id: &str,
    canonical: &str,
    spelling: &str,
    number: usize,
) {
    let names = format!("{spelling:?} for {canonical} on {:?}", fixture.engine());
    space(&fixture.service, "tree", space_id).await;
    let issued = create_one(&fixture.service, space_id, terms_to(spelling)).await;
    assert_eq!(issued.invite.email.as_deref(), Some(canonical), "{names}");
    let again = create(&fixture.service, space_id, 1, terms_to(canonical)).await.unwrap_err();
    assert_eq!(again.reason(), Reason::Duplicate, "{names}");
    let file = format!("space_id,email\n{space_id},\"{}\"\n", spelling.trim());
    let (_, recorder) = invite_rows(&fixture.service, None, &file).await.unwrap();
    assert_eq!(failures_by_line(&recorder), [(2, Reason::Duplicate)], "{names}");
    assert!(matching_ids(&fixture.service, for_address(spelling)).await.contains(&issued.invite.id), "{names}");
    assert_eq!(denials_for(fixture, &issued, spelling).await.unwrap(), [], "{names}");
    let request = ResendRequest::new();
    let selection = ResendSelection::Named(vec![by_id(issued.invite.id)]);
    let plan = fixture.service.plan_resend(&operator(), selection, request).await.unwrap();
    let mut recorder = Recorder::new();
    fixture.service.resend(&operator(), plan, request, &mut recorder).await.unwrap();
    let issued = recorder.done.remove(0);
    assert_eq!(issued.invite.email.as_deref(), Some(canonical), "{names}");
    let user = format!("u{number}");
    accepted(use_with(fixture, &issued, &user, spelling).await.unwrap());
    let (added, imported) = (format!("a{number}"), format!("i{number}"));
    add(fixture, space_id, &added, spelling).await.unwrap();
    let file = format!("space_id,user_id,email\n{space_id},{imported},\"{}\"\n", spelling.trim());
    assert_eq!(import_member_rows(&fixture.service, ImportMembersRequest::new(), &file).await.0.added, 1, "{names}");
    for user in [&user, &added, &imported] {
        assert_eq!(email_of(fixture, user).await.as_deref(), Some(canonical), "{names}");
    }
}

async fn equivalent_address_spellings_match_on_every_path(fixture: Fixture) {
    let mut number = 0;
    for spellings in SAME {
        for spelling in spellings {
            number += 1;
            assert_equivalent_on_every_path(&fixture, &format!("t{number}"), spellings[0], spelling, number).await;
        }
    }
    fixture.raw().await.check_integrity().await;
}

async fn invite_refuses_address_of_another_mailbox(fixture: Fixture) {
    for (place, (invited, other)) in OTHER.iter().enumerate() {
        let id = format!("t{place}");
        space(&fixture.service, "tree", &id).await;
        let issued = create_one(&fixture.service, &id, terms_to(invited)).await;
        let names = format!("{other} for {invited} on {:?}", fixture.engine());
        assert_eq!(denials_for(&fixture, &issued, other).await.unwrap(), [Reason::EmailMismatch], "{names}");
        let redemption = use_with(&fixture, &issued, &format!("u{place}"), other).await.unwrap();
        assert_eq!(refused(redemption), [Reason::EmailMismatch], "{names}");
        // A user whose known address is of another mailbox is refused, too.
        let user = format!("m{place}");
        space(&fixture.service, "container", &format!("c{place}")).await;
        add(&fixture, &format!("c{place}"), &user, other).await.unwrap();
        let redemption = try_redeem(&fixture.service, &code_of(&issued), &user).await;
        assert_eq!(refused(redemption), [Reason::EmailMismatch], "{names}");
        assert!(!matching_ids(&fixture.service, for_address(other)).await.contains(&issued.invite.id), "{names}");
        create_one(&fixture.service, &id, terms_to(other)).await;
    }
}

async fn invalid_address_is_refused_on_every_path(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    let issued = create_one(&fixture.service, "t", terms_to("someone@example.org")).await;
    let before = fixture.raw().await.dump().await;
    for text in REFUSED {
        let names = format!("{text:?} on {:?}", fixture.engine());
        let terms = Terms::new().email(text);
        let errors = [
            create(&fixture.service, "t", 1, terms).await.err(),
            use_with(&fixture, &issued, "u", text).await.err(),
            denials_for(&fixture, &issued, text).await.err(),
            add(&fixture, "t", "u", text).await.err(),
            fixture.service.count_invites(&operator(), &for_address(text), fixture.now).await.err(),
        ];
        for error in errors {
            assert_eq!(error.map(|error| error.reason()), Some(Reason::InvalidInput), "{names}");
        }
        let row = format!("\"{}\"", text.replace('"', "\"\""));
        let (_, members) = import_member_rows(
            &fixture.service,
            ImportMembersRequest::new(),
            &format!("space_id,user_id,email\nt,u,{row}\n"),
        )
        .await;
        assert_eq!(failures_by_line(&members), [(2, Reason::InvalidInput)], "{names}");
        let people = format!("space_id,email\nt,{row}\n");
        let (_, people) = invite_rows(&fixture.service, None, &people).await.unwrap();
        assert_eq!(failures_by_line(&people), [(2, Reason::InvalidInput)], "{names}");
    }
    assert_eq!(fixture.raw().await.dump().await, before);
}

/// Stores addresses as schema 11 did, and reverts the migration.
async fn as_in_schema_11(fixture: &Fixture, users: &[(&str, &str)], invites: &[(&Issued, &str)]) {
    let mut raw = fixture.raw().await;
    for (user, email) in users {
        raw.run(format!("UPDATE invite_users SET email = '{email}' WHERE id = '{user}'")).await;
    }
    for (issued, email) in invites {
        let (id, space) = (issued.invite.id, &issued.invite.space_id);
        raw.run(format!(
            "UPDATE invites SET email = '{email}', \
             slot = CASE WHEN slot IS NULL THEN NULL ELSE 'email:{space}:{email}' END WHERE id = '{id}'"
        ))
        .await;
    }
    raw.run("DELETE FROM invite_migrations WHERE description = 'canonical addresses'").await;
}

async fn upgrade_makes_stored_addresses_canonical(fixture: Fixture) {
    space(&fixture.service, "tree", "t").await;
    member(&fixture.service, "t", "owner", "custodian", Some("owner@example.org")).await;
    member(&fixture.service, "t", "plain", "viewer", Some("plain@example.org")).await;
    let idn = create_one(&fixture.service, "t", terms_to("a@example.org")).await;
    let twin = create_one(&fixture.service, "t", terms_to("b@example.org")).await;
    let plain = create_one(&fixture.service, "t", terms_to("c@example.org")).await;
    let revoked = create_one(&fixture.service, "t", terms_to("d@example.org")).await;
    revoke_references(&fixture.service, vec![by_id(revoked.invite.id)]).await;
    let stored = [
        (&idn, "jo@bücher.example"),
        (&twin, "jo@xn--bcher-kva.example"),
        (&plain, "kim@example.org"),
        (&revoked, "jo@日本語.example"),
    ];
    let kelvin = [("owner", "own\u{131}er@bücher.example"), ("plain", "plain@example.org")];
    as_in_schema_11(&fixture, &kelvin, &stored).await;
    for _ in 0..2 {
        // The second migration changes nothing.
        let (db, _) = Db::migrate(fixture.location().clone()).await.unwrap();
        db.close().await;
    }
    assert_eq!(email_of(&fixture, "owner").await.as_deref(), Some("own\u{131}er@xn--bcher-kva.example"));
    assert_eq!(email_of(&fixture, "plain").await.as_deref(), Some("plain@example.org"));
    let mut raw = fixture.raw().await;
    // Both invites stay valid, but only one of them has the slot of the canonical address.
    assert_eq!(slot_of(&mut raw, twin.invite.id).await.as_deref(), Some("email:t:jo@xn--bcher-kva.example"));
    assert_eq!(slot_of(&mut raw, idn.invite.id).await.as_deref(), Some("email:t:jo@bücher.example"));
    assert_eq!(slot_of(&mut raw, plain.invite.id).await.as_deref(), Some("email:t:kim@example.org"));
    assert_eq!(slot_of(&mut raw, revoked.invite.id).await, None);
    assert_eq!(matching_ids(&fixture.service, for_address("Jo@Bücher.example")).await.len(), 2);
    assert_eq!(matching_ids(&fixture.service, for_address("jo@日本語.example")).await, [revoked.invite.id]);
    let again = create(&fixture.service, "t", 1, terms_to("jo@BÜCHER.example")).await.unwrap_err();
    assert_eq!(again.reason(), Reason::Duplicate);
    accepted(use_with(&fixture, &idn, "jo", "jo@bücher.example").await.unwrap());
    raw.check_integrity().await;
}

async fn upgrade_converts_every_address_of_large_database(engine: Engine) {
    let fixture = Fixture::new(engine).await;
    space(&fixture.service, "tree", "t").await;
    let rows: Vec<String> = (0..2_500).map(|number| format!("t,u{number},u{number}@example.org\n")).collect();
    let file = format!("space_id,user_id,email\n{}", rows.concat());
    assert_eq!(import_member_rows(&fixture.service, ImportMembersRequest::new(), &file).await.0.added, 2_500);
    let people: Vec<String> = (0..2_500).map(|number| format!("t,p{number}@example.org\n")).collect();
    let people = format!("space_id,email\n{}", people.concat());
    assert_eq!(invite_rows(&fixture.later(days(0)), None, &people).await.unwrap().0.created, 2_500);
    let mut raw = fixture.raw().await;
    raw.run("UPDATE invite_users SET email = replace(email, 'example.org', 'bücher.example')").await;
    raw.run("UPDATE invites SET email = replace(email, 'example.org', 'bücher.example'), slot = replace(slot, 'example.org', 'bücher.example')").await;
    raw.run("DELETE FROM invite_migrations WHERE description = 'canonical addresses'").await;
    Db::migrate(fixture.location().clone()).await.unwrap().0.close().await;
    for table in ["invite_users", "invites"] {
        let left = format!("SELECT count(*) FROM {table} WHERE email NOT LIKE '%@xn--bcher-kva.example'");
        assert_eq!(raw.number(left).await, 0, "{table} on {engine:?}");
    }
    assert_eq!(raw.number("SELECT count(*) FROM invites WHERE slot LIKE '%xn--bcher-kva.example'").await, 2_500);
}
