//! Actors, spaces and invites by number, which the steps share.

use std::io::Cursor;

use chrono::{DateTime, Utc};

use crate::batch::{Failure, Observer};
use crate::model::reference::Reference;
use crate::plans::data;
use crate::records::{FileFormat, Record, Records};
use crate::service::{Actor, Service};
use crate::store::explain;

/// Starts a step with this name.
pub(crate) fn step(name: &'static str) {
    explain::begin_step(name);
}

pub(crate) fn operator() -> Actor {
    Actor::operator("tester")
}

/// Returns an actor for the only member of a space, who has every permission there.
pub(crate) fn member_of(number: i64) -> Actor {
    Actor { user: Some(user(number)), ..operator() }
}

pub(crate) fn space(number: i64) -> String {
    format!("s{number:06}")
}

pub(crate) fn user(number: i64) -> String {
    format!("u{number:06}")
}

pub(crate) fn by_id(number: i64) -> Reference {
    Reference::Id(data::invite(number))
}

pub(crate) fn by_code(number: i64) -> Reference {
    Reference::parse(&data::code(number)).unwrap()
}

/// An observer of a batch that must not fail.
#[derive(Default)]
pub(crate) struct Watcher {
    pub(crate) done: usize,
}

impl<T> Observer<T> for Watcher {
    fn done(&mut self, _item: &T) {
        self.done += 1;
    }
    fn failed(&mut self, failure: &Failure) {
        panic!("{failure:?}");
    }
}

pub(crate) fn rows<R: Record>(text: String) -> Records<R> {
    Records::open(Cursor::new(text.into_bytes()), FileFormat::Csv).unwrap()
}

/// Returns an instant some hours after the fixed one.
pub(crate) fn hours_later(service: &Service, hours: i64) -> DateTime<Utc> {
    service.now() + chrono::TimeDelta::hours(hours)
}
