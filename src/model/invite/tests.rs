use chrono::TimeDelta;
use proptest::prelude::*;

use crate::error::Reason;
use crate::model::invite::*;

fn noon() -> DateTime<Utc> {
    DateTime::from_timestamp(1_790_000_000, 0).unwrap()
}

fn invite() -> Invite {
    Invite {
        id: Uuid::nil(),
        space_id: "abc123".into(),
        space_name: "My Workspace".into(),
        policy: "space".into(),
        role: "member".into(),
        code: Some(Code::new("A1B2C3D4")),
        code_key: CodeKey::new("A1B2C3D4".into()),
        email: None,
        note: None,
        created_by: None,
        created_at: noon() - TimeDelta::days(1),
        starts_at: None,
        expires_at: None,
        max_uses: None,
        uses: 0,
        closed: None,
        sends: 0,
        resends: 0,
        last_sent_at: None,
        last_send_error: None,
        send_after: None,
        created_op: Uuid::nil(),
        closed_op: None,
    }
}

fn reasons(invite: &Invite, candidate: Option<&Candidate>) -> Vec<Reason> {
    invite.denials(noon(), candidate).iter().map(Denial::reason).collect()
}

#[test]
fn invite_is_invalid_from_its_expiry_on() {
    let mut invite = invite();
    invite.expires_at = Some(noon() + TimeDelta::microseconds(1));
    assert_eq!(invite.status(noon()), Status::Active);
    invite.expires_at = Some(noon());
    assert_eq!(invite.status(noon()), Status::Expired);
}

#[test]
fn invite_is_valid_from_its_start_on() {
    let mut invite = invite();
    invite.starts_at = Some(noon());
    assert_eq!(invite.status(noon()), Status::Active);
    invite.starts_at = Some(noon() + TimeDelta::microseconds(1));
    assert_eq!(invite.status(noon()), Status::Scheduled);
}

#[test]
fn last_use_precedes_expiry_as_reason() {
    let mut invite = invite();
    invite.max_uses = Some(2);
    invite.uses = 2;
    invite.expires_at = Some(noon() - TimeDelta::hours(1));
    assert_eq!(invite.status(noon()), Status::UsedUp);
}

#[test]
fn replaced_code_is_valid_until_grace_period_ends() {
    let mut invite = invite();
    invite.closed = Some(Closed { at: noon() + TimeDelta::hours(24), reason: ClosedReason::Replaced });
    assert_eq!(invite.status(noon()), Status::Active);
    assert!(reasons(&invite, None).is_empty());
    assert_eq!(invite.status(noon() + TimeDelta::hours(24)), Status::Replaced);
}

#[test]
fn denials_list_every_failing_condition() {
    let mut invite = invite();
    invite.closed = Some(Closed { at: noon(), reason: ClosedReason::Revoked });
    invite.max_uses = Some(1);
    invite.uses = 1;
    invite.expires_at = Some(noon());
    invite.starts_at = Some(noon() + TimeDelta::days(1));
    invite.email = Some("a@example.org".into());
    let candidate = Candidate { email: Some("b@example.org".into()), member_as: Some("member".into()) };
    assert_eq!(
        reasons(&invite, Some(&candidate)),
        [
            Reason::Revoked,
            Reason::UsedUp,
            Reason::Expired,
            Reason::NotStarted,
            Reason::EmailMismatch,
            Reason::AlreadyMember
        ]
    );
}

#[test]
fn address_is_checked_only_for_a_candidate() {
    let mut invite = invite();
    invite.email = Some("a@example.org".into());
    assert!(reasons(&invite, None).is_empty());
    assert_eq!(reasons(&invite, Some(&Candidate::default())), [Reason::EmailMismatch]);
    let right = Candidate { email: Some("a@example.org".into()), member_as: None };
    assert!(reasons(&invite, Some(&right)).is_empty());
}

#[test]
fn slot_is_shared_by_invites_that_exclude_each_other() {
    assert_eq!(slot(true, "s", None).as_deref(), Some("standing:s"));
    assert_eq!(slot(false, "s", Some("a@b.c")).as_deref(), Some("email:s:a@b.c"));
    assert_eq!(slot(false, "s", None), None);
}

/// Generates invites in every state that the columns allow, around noon.
fn invites() -> impl Strategy<Value = Invite> {
    let at = || (-3..=3_i64).prop_map(|hours| noon() + TimeDelta::hours(hours));
    let reason = prop::sample::select(vec![
        ClosedReason::Revoked,
        ClosedReason::Expired,
        ClosedReason::UsedUp,
        ClosedReason::Replaced,
    ]);
    let closed = prop::option::of((at(), reason).prop_map(|(at, reason)| Closed { at, reason }));
    let limit = prop::option::of(1..4_i64);
    (closed, prop::option::of(at()), prop::option::of(at()), limit, 0..4_i64).prop_map(
        |(closed, starts_at, expires_at, max_uses, uses)| {
            let uses = max_uses.map_or(uses, |max| uses.min(max));
            Invite { starts_at, expires_at, max_uses, uses, closed, ..invite() }
        },
    )
}

fn status_of(reason: Reason) -> Status {
    match reason {
        Reason::Revoked => Status::Revoked,
        Reason::Replaced => Status::Replaced,
        Reason::UsedUp => Status::UsedUp,
        Reason::Expired => Status::Expired,
        Reason::NotStarted => Status::Scheduled,
        other => panic!("{other:?} is no state of an invite"),
    }
}

proptest! {
    #[test]
    fn status_is_the_first_denial_in_every_state(invite in invites()) {
        let reasons = reasons(&invite, None);
        prop_assert_eq!(invite.status(noon()), reasons.first().copied().map_or(Status::Active, status_of));
        let distinct: std::collections::HashSet<Reason> = reasons.iter().copied().collect();
        prop_assert_eq!(distinct.len(), reasons.len(), "a reason is given twice: {:?}", reasons);
    }

    #[test]
    fn closed_invite_is_invalid_at_any_time(invite in invites()) {
        let is_closed = invite.closed.is_some_and(|closed| closed.reason != ClosedReason::Replaced);
        prop_assume!(is_closed);
        for hours in [-48, 0, 48] {
            let denials = invite.denials(noon() + TimeDelta::hours(hours), None);
            let closed = invite.closed.map(|closed| closed.reason.as_str());
            prop_assert_eq!(denials.first().map(|denial| denial.reason().as_str()), closed);
        }
    }
}
