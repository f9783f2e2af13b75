//! Every action, once, over the rows of `data.rs`: their numbers end in 0 to 6
//! for spaces with standing codes, 7 for trees, 8 for directors, 9 for
//! containers; the two digits before tell how an invite lives.

mod change;
mod look;
mod make;
mod rare;
mod upkeep;

use std::io::Cursor;

use chrono::{DateTime, Utc};

use crate::batch::{Failure, Observer};
use crate::model::reference::Reference;
use crate::plans::data;
use crate::records::{FileFormat, Record, Records};
use crate::service::{Actor, Service};
use crate::store::explain;

pub(crate) async fn everything(service: &Service) {
    Box::pin(look::every_list(service)).await;
    Box::pin(look::every_single(service)).await;
    Box::pin(make::invites(service)).await;
    Box::pin(make::spaces_and_members(service)).await;
    Box::pin(change::uses(service)).await;
    Box::pin(change::lives(service)).await;
    Box::pin(change::bulk(service)).await;
    Box::pin(rare::statements(service)).await.unwrap();
    Box::pin(upkeep::all(service)).await;
}

/// What follows belongs to a step of this name.
fn step(name: &'static str) {
    explain::begin_step(name);
}

fn operator() -> Actor {
    Actor::operator("tester")
}

/// For the one member of the space of this number, who may do all there.
fn member_of(number: i64) -> Actor {
    Actor { user: Some(user(number)), ..operator() }
}

fn space(number: i64) -> String {
    format!("s{number:06}")
}

fn user(number: i64) -> String {
    format!("u{number:06}")
}

fn by_id(number: i64) -> Reference {
    Reference::Id(data::invite(number))
}

fn by_code(number: i64) -> Reference {
    Reference::parse(&data::code(number)).unwrap()
}

/// Who watches a batch that has to go well.
#[derive(Default)]
struct Watcher {
    done: usize,
}

impl<T> Observer<T> for Watcher {
    fn done(&mut self, _item: &T) {
        self.done += 1;
    }
    fn failed(&mut self, failure: &Failure) {
        panic!("{failure:?}");
    }
}

fn rows<R: Record>(text: String) -> Records<R> {
    Records::open(Cursor::new(text.into_bytes()), FileFormat::Csv).unwrap()
}

/// The instant of the service, so many hours later.
fn hours_later(service: &Service, hours: i64) -> DateTime<Utc> {
    service.now() + chrono::TimeDelta::hours(hours)
}
