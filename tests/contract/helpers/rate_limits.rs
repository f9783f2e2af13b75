//! Helpers of tests about rate limits.

use std::ops::ControlFlow;

use invite::Service;
use invite::client::Client;
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms};
use invite::invites::redeem::{RedeemRequest, Redemption};
use invite::invites::validate::Validation;
use invite::limits::{LimitFilter, LimitSubject, LimitUsage};
use invite::model::reference::Reference;
use invite::{Denial, Error, Reason, Result};

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::{code, code_of, create_one, member, named_space};
use crate::helpers::imports::acting_for;
use crate::helpers::recorder::Recorder;
use crate::helpers::validation::validation_request;

/// Address of the client in most tests.
pub const GUESSER: &str = "203.0.113.9";

pub fn client(text: &str) -> Client {
    Client::parse(text).unwrap()
}

/// Creates a director's space with one code, which [`guesses`] avoids.
pub async fn director(fixture: &Fixture) -> Issued {
    named_space(&fixture.service, "director", "john", "John Smith").await;
    member(&fixture.service, "john", "u3", "director", None).await;
    create_one(&fixture.service, "john", Terms::new()).await
}

/// Returns unused codes with the director's prefix.
pub fn guesses(issued: &Issued, count: usize) -> Vec<Reference> {
    let all = (0..1_000).map(|number| format!("Joh-{number:03}"));
    all.filter(|text| text != issued.code.reveal()).take(count).map(|text| code(&text)).collect()
}

pub async fn validate_from(service: &Service, reference: &Reference, from: &str) -> Result<Validation> {
    service.validate(&operator(), &validation_request(reference).client(client(from))).await
}

pub async fn redeem_from(service: &Service, reference: &Reference, user: &str, from: &str) -> Result<Redemption> {
    let client = Some(client(from));
    let request = RedeemRequest::new(reference.clone(), user).client(client);
    service.redeem(&operator(), &request).await
}

/// Asserts that a code is valid and that the client is not limited.
pub async fn assert_valid_from(service: &Service, issued: &Issued, from: &str) {
    let seen = validate_from(service, &code_of(issued), from).await.unwrap();
    assert_eq!(seen.denials, []);
}

/// Makes failed attempts; panics if one of them is rate limited.
pub async fn guess_wrongly(service: &Service, issued: &Issued, from: &str, count: usize) {
    for guess in guesses(issued, count) {
        let error = validate_from(service, &guess, from).await.unwrap_err();
        assert_eq!(error.reason(), Reason::NotFound, "{error}");
    }
}

/// Returns the denial of a rate limited request; panics if it was not limited.
pub fn limited<T: std::fmt::Debug>(outcome: Result<T>) -> Denial {
    match outcome {
        Err(Error::Refused(denial)) if denial.reason() == Reason::RateLimited => denial,
        other => panic!("not limited: {other:?}"),
    }
}

/// Creates invites in the director's space as the user `u3`.
pub async fn create_as(service: &Service, count: u32) -> Result<Vec<Issued>> {
    let request = GenerateRequest::new("john", count);
    let mut recorder = Recorder::new();
    service.generate(&acting_for("u3"), &request, &mut recorder).await?;
    Ok(recorder.done)
}

/// Returns the counters of the current window: the kind and subject, and the hits.
pub async fn counters(service: &Service, filter: &LimitFilter) -> Vec<(String, i64)> {
    let mut seen = Vec::new();
    let each = |counted: LimitUsage| {
        let who = counted.who.unwrap_or_default();
        let policy = counted.policy.as_deref().unwrap_or("-");
        seen.push((format!("{} {policy} {who}", counted.what.as_str()), counted.hits));
        ControlFlow::Continue(())
    };
    service.list_limits(filter, None, each).await.unwrap();
    seen
}

/// Returns all counters as text.
pub async fn all_counters(service: &Service) -> Vec<String> {
    let counted = counters(service, &LimitFilter::new()).await;
    counted.into_iter().map(|(what, hits)| format!("{what}: {hits}")).collect()
}

pub fn of_client(from: &str) -> LimitFilter {
    LimitFilter::new().subject(LimitSubject::Client(client(from)))
}

pub fn of_user(user: &str) -> LimitFilter {
    LimitFilter::new().subject(LimitSubject::User(user.into()))
}

pub async fn reset(service: &Service, filter: &LimitFilter) -> u64 {
    service.reset_limits(&operator(), filter).await.unwrap()
}
