//! A dry run of `generate` reports what the run reports, and changes nothing.

use chrono::{DateTime, Utc};
use invite::Actor;
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, GenerateSummary, Terms};
use invite::{Reason, Result};

use crate::fixture::{Engine, Fixture, hours, operator};
use crate::generate_full::THREE_DIGITS;
use crate::helpers::actions::*;
use crate::helpers::imports::{acting_for, rows};
use crate::helpers::recorder::Recorder;
use crate::refused_rows::{quota, refusals, set};

every_engine! {
    dry_run_reports_terms_that_the_run_refuses,
    dry_run_reports_full_name_prefix,
    generate_beyond_code_space_fails_before_first_batch,
    dry_run_reports_rate_limit,
    dry_run_reports_invites_refused_by_database,
    dry_run_reports_rows_refused_by_database,
}

/// The report of a run without the random codes.
#[derive(Debug, PartialEq, Eq)]
struct Report {
    outcome: std::result::Result<(u64, u64, bool), (Reason, String)>,
    /// Address, role and expiry of each invite.
    issued: Vec<(Option<String>, String, Option<DateTime<Utc>>)>,
    /// Line, subject, reason, message and number of each failure.
    failures: Vec<(Option<u64>, String, Reason, String, u64)>,
    expected: Option<u64>,
    advanced: u64,
}

impl Report {
    fn of(outcome: Result<GenerateSummary>, recorder: Recorder<Issued>) -> Self {
        let issued = recorder.done.into_iter().map(|issued| issued.invite);
        let failures = recorder.failures.into_iter();
        Report {
            outcome: outcome
                .map(|summary| (summary.created, summary.failed, summary.interrupted))
                .map_err(|error| (error.reason(), error.to_string())),
            issued: issued.map(|invite| (invite.email, invite.role, invite.expires_at)).collect(),
            failures: failures
                .map(|one| (one.line, one.subject.clone(), one.reason(), one.message(), one.count))
                .collect(),
            expected: recorder.expected,
            advanced: recorder.advanced,
        }
    }

    fn reason(&self) -> Option<Reason> {
        self.outcome.as_ref().err().map(|(reason, _)| *reason)
    }

    fn counts(&self) -> (u64, u64) {
        let (made, failed, _) = *self.outcome.as_ref().unwrap();
        (made, failed)
    }
}

/// Asserts that a dry run and the run report the same.
async fn compare(fixture: &Fixture, actor: &Actor, space: &str, count: u32, terms: &Terms) -> Report {
    let request = GenerateRequest::new(space, count).terms(terms.clone());
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let mut recorder = Recorder::new();
    let predicted = Report::of(fixture.service.dry_run_generate(actor, &request, &mut recorder).await, recorder);
    assert!(raw.dump().await == before, "the dry run changed the database: {predicted:?}");
    let mut recorder = Recorder::new();
    let done = Report::of(fixture.service.generate(actor, &request, &mut recorder).await, recorder);
    assert_eq!(predicted, done, "{:?}: {count} of {space}", fixture.engine());
    done
}

async fn compare_rows(fixture: &Fixture, space: &str, file: &str) -> Report {
    let (actor, terms) = (operator(), Terms::new());
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let mut recorder = Recorder::new();
    let predicted = fixture.service.dry_run_generate_from(&actor, Some(space), &terms, csv(file), &mut recorder).await;
    let predicted = Report::of(predicted, recorder);
    assert!(raw.dump().await == before, "the dry run changed the database: {predicted:?}");
    let mut recorder = Recorder::new();
    let done = fixture.service.generate_from(&actor, Some(space), &terms, csv(file), &mut recorder).await;
    let done = Report::of(done, recorder);
    assert_eq!(predicted, done, "{:?}", fixture.engine());
    done
}

async fn dry_run_reports_terms_that_the_run_refuses(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    space(&fixture.service, "space", "s").await;
    space(&fixture.service, "tree", "t").await;
    member(&fixture.service, "t", "m", "viewer", Some("member@example.org")).await;
    member(&fixture.service, "c", "low", "member", None).await;
    create_one(&fixture.service, "t", terms_to("pending@example.org")).await;
    let admin = operator();
    let king = Terms::new().role("king");
    let past = terms_with_expiry(invite::invites::generate::Expiry::At(fixture.now - hours(1)));
    for (space, count, terms, reason) in [
        ("nowhere", 1, Terms::new(), Reason::NotFound),
        ("nowhere", 25_000, Terms::new(), Reason::NotFound),
        ("c", 1, king.clone(), Reason::InvalidInput),
        ("c", 12_000, king, Reason::InvalidInput),
        ("c", 3, past, Reason::InvalidInput),
        ("c", 1, terms_to("ann@example.org"), Reason::InvalidInput),
        ("c", 0, Terms::new(), Reason::InvalidInput),
        ("c", 1_000_001, Terms::new(), Reason::InvalidInput),
        ("s", 2, Terms::new(), Reason::InvalidInput),
        ("t", 1, terms_to("member@example.org"), Reason::AlreadyMember),
        ("t", 1, terms_to("Pending@example.org"), Reason::Duplicate),
    ] {
        let report = compare(&fixture, &admin, space, count, &terms).await;
        assert_eq!((report.reason(), report.issued.len()), (Some(reason), 0), "{space}: {terms:?}");
    }
    let report = compare(&fixture, &acting_for("low"), "c", 2, &Terms::new()).await;
    assert_eq!(report.reason(), Some(Reason::Forbidden));
    let report = compare(&fixture, &admin, "c", 12_000, &lasting_a_day()).await;
    assert_eq!((report.counts(), report.issued.len(), report.advanced), ((12_000, 0), 12_000, 12_000));
    fixture.raw().await.check_integrity().await;
}

fn lasting_a_day() -> Terms {
    terms_with_expiry(invite::invites::generate::Expiry::After(hours(24)))
}

async fn dry_run_reports_full_name_prefix(engine: Engine) {
    let fixture = Fixture::with_policies(engine, THREE_DIGITS).await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    create(&fixture.service, "d", 988, Terms::new()).await.unwrap();
    for (count, is_full) in [(20, true), (13, true), (20_000, true), (7, false), (6, true), (5, false), (1, true)] {
        let report = compare(&fixture, &operator(), "d", count, &Terms::new()).await;
        assert_eq!(report.reason(), is_full.then_some(Reason::NoFreeCode), "{count}");
    }
}

/// Two lengths have 11,000 numbers: more than one batch, less than two.
async fn generate_beyond_code_space_fails_before_first_batch(engine: Engine) {
    let fixture = Fixture::with_policies(engine, "[policy.director]\nmax_digits = 4\n").await;
    named_space(&fixture.service, "director", "d", "John Smith").await;
    let report = compare(&fixture, &operator(), "d", 12_000, &Terms::new()).await;
    assert_eq!((report.reason(), report.issued.len()), (Some(Reason::NoFreeCode), 0));
    assert_eq!(fixture.raw().await.count("invites").await, 0);
}

async fn dry_run_reports_rate_limit(fixture: Fixture) {
    named_space(&fixture.service, "director", "d", "John Smith").await;
    member(&fixture.service, "d", "u3", "director", None).await;
    let user = acting_for("u3");
    for (count, reason) in [
        (8, None),
        (3, Some(Reason::RateLimited)),
        (11, Some(Reason::InvalidInput)),
        (2, None),
        (1, Some(Reason::RateLimited)),
    ] {
        let report = compare(&fixture, &user, "d", count, &Terms::new()).await;
        assert_eq!(report.reason(), reason, "{count}");
    }
}

async fn dry_run_reports_invites_refused_by_database(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    for refusal in refusals(fixture.engine(), "INSERT", "invites", "1 = 1") {
        set(&mut raw, &refusal.set).await;
        for (count, told) in [(1, 0), (2, 2), (40, 21)] {
            let report = compare(&fixture, &operator(), "c", count, &Terms::new()).await;
            assert_eq!(report.reason(), Some(Reason::DatabaseFailed), "{}", refusal.name);
            assert_eq!((report.issued.len(), report.failures.len()), (0, told), "{}", refusal.name);
        }
        set(&mut raw, &refusal.unset).await;
    }
    for (most, count) in [(10, 13), (25, 400), (1, 2), (0, 3)] {
        let refusal = quota(fixture.engine(), most);
        set(&mut raw, &refusal.set).await;
        let report = compare(&fixture, &operator(), "c", count, &Terms::new()).await;
        assert_eq!(report.issued.len(), most as usize, "{:?}: {report:?}", fixture.engine());
        assert!(report.failures.iter().all(|(.., message, _)| message.contains("over quota")), "{report:?}");
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}

async fn dry_run_reports_rows_refused_by_database(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t").await;
    space(&fixture.service, "container", "c").await;
    let condition = "NEW.email IN ('p3@example.org', 'p8@example.org')";
    let file = format!("email\n{}", rows(10, |number| format!("p{number}@example.org\n")));
    for refusal in refusals(fixture.engine(), "INSERT", "invites", condition) {
        set(&mut raw, &refusal.set).await;
        let report = compare_rows(&fixture, "t", &file).await;
        assert_eq!(report.counts(), (8, 2), "{}", refusal.name);
        let lines: Vec<Option<u64>> = report.failures.iter().map(|failure| failure.0).collect();
        assert_eq!(lines, [Some(5), Some(10)], "{}", refusal.name);
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invites").await;
    }
    let refusal = quota(fixture.engine(), 17);
    set(&mut raw, &refusal.set).await;
    let report = compare_rows(&fixture, "c", &format!("note\n{}", rows(40, |number| format!("n{number}\n")))).await;
    assert_eq!(report.counts(), (17, 23));
    set(&mut raw, &refusal.unset).await;
    raw.check_integrity().await;
}
