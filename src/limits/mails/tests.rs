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
fn mail_of_user_has_three_limits_and_of_operator_two() {
    let policies = Policies::built_in().unwrap();
    let tree = policies.get("tree").unwrap();
    let limits =
        |user| mail(tree, user).limits().into_iter().map(|limit| (limit.bucket, limit.limit)).collect::<Vec<_>>();
    let address = address_bucket("kim@example.org");
    assert_eq!(
        limits(Some("u1")),
        [("mails:tree:u1".to_owned(), 50), ("mails_space:tree:oak".to_owned(), 500), (address.clone(), 4)]
    );
    assert_eq!(limits(None), [("mails_space:tree:oak".to_owned(), 500), (address, 4)]);
}

#[test]
fn denial_names_end_of_window() {
    let policies = Policies::built_in().unwrap();
    let mail = mail(policies.get("tree").unwrap(), Some("u1"));
    let until = |kind, now| {
        let reached = Applied { kind, bucket: String::new(), limit: 1 };
        mail.denial(&reached, now).at().unwrap()
    };
    let (hour, midnight) = (at("2026-02-28T23:00:00Z"), at("2026-03-01T00:00:00Z"));
    for now in [hour, midnight - TimeDelta::microseconds(1)] {
        for kind in [LimitKind::Mails, LimitKind::MailsSpace, LimitKind::MailsAddress] {
            assert_eq!(until(kind, now), midnight, "{kind:?} at {now}");
        }
    }
    assert_eq!(until(LimitKind::Mails, hour - TimeDelta::microseconds(1)), hour);
    assert_eq!(until(LimitKind::MailsAddress, midnight), at("2026-03-02T00:00:00Z"));
}

#[test]
fn refund_depends_on_fault() {
    let all = [LimitKind::Mails, LimitKind::MailsSpace, LimitKind::MailsAddress];
    let refunded = |fault, perhaps| {
        let refund = Refund::after(fault, perhaps);
        all.into_iter().filter(|kind| refund.covers(*kind)).collect::<Vec<_>>()
    };
    assert_eq!(refunded(Fault::Server, false), all);
    assert_eq!(refunded(Fault::Sender, false), all);
    assert_eq!(refunded(Fault::Recipient, false), [LimitKind::MailsAddress]);
    for fault in [Fault::Server, Fault::Sender, Fault::Recipient] {
        assert_eq!(refunded(fault, true), []);
    }
}

#[test]
fn dry_run_mails_count_only_for_their_counters() {
    let policies = Policies::built_in().unwrap();
    let tree = policies.get("tree").unwrap();
    let mut dry_run_mails = DryRunMails::default();
    assert_eq!(dry_run_mails.hits("mails:tree:u1"), 0);
    dry_run_mails.add(&mail(tree, Some("u1")));
    dry_run_mails.add(&Mail { space: "elm", ..mail(tree, Some("u1")) });
    let hits = ["mails:tree:u1", "mails:tree:u2", "mails_space:tree:oak"].map(|bucket| dry_run_mails.hits(bucket));
    assert_eq!(hits, [2, 0, 1]);
    assert_eq!(dry_run_mails.hits(&address_bucket("kim@example.org")), 2);
}
