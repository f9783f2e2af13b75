//! Steps of the tests about hourly limits.

use std::ops::ControlFlow;

use invite::client::Client;
use invite::error::Denial;
use invite::error::{Error, Reason, Result};
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms, generate};
use invite::invites::redeem::{RedeemRequest, Redemption, redeem};
use invite::invites::validate::{ValidateRequest, Validation, validate};
use invite::limits::{LimitFilter, LimitSubject, LimitUsage, list_limits, reset_limits};
use invite::model::reference::Reference;
use invite::service::Service;

use crate::fixture::{Fixture, operator};
use crate::recorder::Recorder;
use crate::steps::{code, code_of, member, named_space, one};
use crate::steps_a::acting_for;
use crate::steps_b::look;

/// The client of most tests.
pub const GUESSER: &str = "203.0.113.9";

pub fn client(text: &str) -> Client {
    Client::parse(text).unwrap()
}

/// A director's space with one code, which no guess of these tests meets.
pub async fn director(fixture: &Fixture) -> Issued {
    named_space(&fixture.service, "director", "john", "John Smith").await;
    member(&fixture.service, "john", "u3", "director", None).await;
    one(&fixture.service, "john", Terms::default()).await
}

/// Numbers behind the director's prefix that no invite has.
pub fn guesses(issued: &Issued, count: usize) -> Vec<Reference> {
    let all = (0..1_000).map(|number| format!("Joh-{number:03}"));
    all.filter(|text| text != issued.code.reveal()).take(count).map(|text| code(&text)).collect()
}

pub async fn look_from(service: &Service, reference: &Reference, from: &str) -> Result<Validation> {
    validate(service, &operator(), &ValidateRequest { client: Some(client(from)), ..look(reference) }).await
}

pub async fn use_from(service: &Service, reference: &Reference, user: &str, from: &str) -> Result<Redemption> {
    let client = Some(client(from));
    let request = RedeemRequest { reference: reference.clone(), user_id: user.into(), email: None, name: None, client };
    redeem(service, &operator(), &request).await
}

/// Validates an existing code, which must be possible and valid.
pub async fn sees(service: &Service, issued: &Issued, from: &str) {
    let seen = look_from(service, &code_of(issued), from).await.unwrap();
    assert_eq!(seen.denials, []);
}

/// Guesses wrong so often; each must be answered.
pub async fn guess_wrong(service: &Service, issued: &Issued, from: &str, count: usize) {
    for guess in guesses(issued, count) {
        let error = look_from(service, &guess, from).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound, "{error}");
    }
}

/// What a request that the limits refused was told.
pub fn limited<T: std::fmt::Debug>(outcome: Result<T>) -> Denial {
    match outcome {
        Err(Error::Refused(denial)) if denial.reason() == Reason::RateLimited => denial,
        other => panic!("not limited: {other:?}"),
    }
}

/// Makes invites in the director's space for the user `u3`.
pub async fn make_as(service: &Service, count: u32) -> Result<Vec<Issued>> {
    let request = GenerateRequest { space_id: "john".into(), count, terms: Terms::default() };
    let mut recorder = Recorder::new();
    generate(service, &acting_for("u3"), &request, &mut recorder).await?;
    Ok(recorder.done)
}

/// The counters of the present hour: what, for whom, how many.
pub async fn counters(service: &Service, filter: &LimitFilter) -> Vec<(String, i64)> {
    let mut seen = Vec::new();
    let each = |counted: LimitUsage| {
        let who = counted.who.unwrap_or_default();
        let policy = counted.policy.as_deref().unwrap_or("-");
        seen.push((format!("{} {policy} {who}", counted.what.as_str()), counted.hits));
        ControlFlow::Continue(())
    };
    list_limits(service, filter, None, each).await.unwrap();
    seen
}

/// All of them, as texts.
pub async fn all_counters(service: &Service) -> Vec<String> {
    let counted = counters(service, &LimitFilter::default()).await;
    counted.into_iter().map(|(what, hits)| format!("{what}: {hits}")).collect()
}

pub fn of_client(from: &str) -> LimitFilter {
    LimitFilter { policy: None, subject: Some(LimitSubject::Client(client(from))) }
}

pub fn of_user(user: &str) -> LimitFilter {
    LimitFilter { policy: None, subject: Some(LimitSubject::User(user.into())) }
}

pub async fn reset(service: &Service, filter: &LimitFilter) -> u64 {
    reset_limits(service, &operator(), filter).await.unwrap()
}
