use chrono::TimeDelta;

use crate::limits::mails::*;
use crate::policy::Policies;

fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn mail<'m>(policy: &'m Policy, user: Option<&'m str>) -> Mail<'m> {
    Mail { policy, user, space: "oak", address: "kim@example.org" }
}

#[test]
fn mail_of_a_user_has_three_limits_and_of_an_operator_two() {
    let policies = Policies::built_in().unwrap();
    let tree = policies.get("tree").unwrap();
    let limits =
        |user| mail(tree, user).limits().into_iter().map(|limit| (limit.bucket, limit.limit)).collect::<Vec<_>>();
    let address = format!("mails_address::{}", fingerprint("kim@example.org"));
    assert_eq!(
        limits(Some("u1")),
        [("mails:tree:u1".to_owned(), 50), ("mails_space:tree:oak".to_owned(), 500), (address.clone(), 4)]
    );
    assert_eq!(limits(None), [("mails_space:tree:oak".to_owned(), 500), (address, 4)]);
}

#[test]
fn fingerprint_is_no_hash_of_the_address_alone() {
    let seen = fingerprint("kim@example.org");
    assert_eq!((seen.len(), seen == fingerprint("kin@example.org")), (FINGERPRINT, false));
    assert!(!hash("kim@example.org").starts_with(&seen));
}

#[test]
fn refusal_names_the_end_of_the_window() {
    let policies = Policies::built_in().unwrap();
    let mail = mail(policies.get("tree").unwrap(), Some("u1"));
    let until = |kind, now| {
        let reached = Applied { kind, bucket: String::new(), limit: 1 };
        mail.denial(&reached, now).at().unwrap()
    };
    let (hour, midnight) = (at("2026-02-28T23:00:00Z"), at("2026-03-01T00:00:00Z"));
    for now in [hour, midnight - TimeDelta::microseconds(1)] {
        for kind in [Limited::Mails, Limited::MailsSpace, Limited::MailsAddress] {
            assert_eq!(until(kind, now), midnight, "{kind:?} at {now}");
        }
    }
    assert_eq!(until(Limited::Mails, hour - TimeDelta::microseconds(1)), hour);
    assert_eq!(until(Limited::MailsAddress, midnight), at("2026-03-02T00:00:00Z"));
}

#[test]
fn refund_depends_on_what_the_server_was_asked() {
    let all = [Limited::Mails, Limited::MailsSpace, Limited::MailsAddress];
    let given_back = |fault, perhaps| {
        let refund = Refund::after(fault, perhaps);
        all.into_iter().filter(|kind| refund.covers(*kind)).collect::<Vec<_>>()
    };
    assert_eq!(given_back(Fault::Server, false), all);
    assert_eq!(given_back(Fault::Sender, false), all);
    assert_eq!(given_back(Fault::Recipient, false), [Limited::MailsAddress]);
    for fault in [Fault::Server, Fault::Sender, Fault::Recipient] {
        assert_eq!(given_back(fault, true), []);
    }
}

#[test]
fn rehearsed_mails_count_for_their_counters_alone() {
    let policies = Policies::built_in().unwrap();
    let tree = policies.get("tree").unwrap();
    let mut rehearsed = Rehearsed::default();
    assert_eq!(rehearsed.hits("mails:tree:u1"), 0);
    rehearsed.note(&mail(tree, Some("u1")));
    rehearsed.note(&Mail { space: "elm", ..mail(tree, Some("u1")) });
    let hits = ["mails:tree:u1", "mails:tree:u2", "mails_space:tree:oak"].map(|bucket| rehearsed.hits(bucket));
    assert_eq!(hits, [2, 0, 1]);
    assert_eq!(rehearsed.hits(&bucket_of_address("kim@example.org")), 2);
}
