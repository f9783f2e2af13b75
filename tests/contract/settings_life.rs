//! The short life of a code, as the matrices of settings run it: whatever an administrator set
//! for the whole server, each step gives the answers that it gives without.

use std::error::Error as _;

use invite::Db;
use invite::MissingFile;
use invite::error::Error;
use invite::invites::cleanup::CleanupRequest;
use invite::invites::generate::{Expiry, Terms};
use invite::invites::list::{Filter, ListRequest, count};
use invite::invites::show::show;
use invite::invites::stats::{StatsRequest, stats};
use invite::model::invite::Status;
use invite::service::Service;
use invite::spaces::{Space, add_space};
use tokio::task::LocalSet;

use crate::databases::Database;
use crate::fixture::{Fixture, days, hours, operator};
use crate::steps::*;
use crate::steps_a::*;
use crate::steps_b::{look, reasons};

/// What is expected under a value.
#[derive(Clone, Copy)]
pub enum Expected {
    /// The answers that the server gives without it.
    Same,
    /// An error that contains these words, in its text, cause or hint.
    Refused(&'static str),
}

/// Answers, one for each step, and in the end the rows.
pub struct Life {
    pub answers: Vec<String>,
    fixture: Fixture,
}

impl Life {
    /// Lives it in an empty database.
    pub async fn lived_in(database: Database) -> Self {
        let (db, applied) = Db::migrate(database.location().clone()).await.unwrap();
        db.close().await;
        let fixture = Fixture::on(database, "").await;
        let mut answers = vec![format!("{applied} migrations")];
        begin(&fixture.service, &mut answers).await;
        use_up(&fixture, &mut answers).await;
        look_around(&fixture.service, &mut answers).await;
        end(&fixture, &mut answers).await;
        fixture.service.db().close().await;
        Life { answers, fixture }
    }

    /// The answers and the rows, once the settings are as usual again.
    pub async fn told(self) -> Vec<String> {
        let Life { mut answers, fixture } = self;
        let mut raw = fixture.raw().await;
        raw.check_integrity().await;
        // How many transactions an operation took may differ: a batch may be split.
        raw.run("UPDATE invite_operations SET last_step = 0").await;
        answers.extend(raw.dump().await);
        answers
    }
}

/// The first error that migrating and adding a space end in.
async fn refusal(database: &Database) -> String {
    let first = async {
        Db::migrate(database.location().clone()).await?.0.close().await;
        let db = Db::open(database.location().clone(), MissingFile::Refuse, 1).await?;
        let service = crate::fixture::plain_service(db);
        add_space(&service, &operator(), &Space { id: "s".into(), policy: "space".into(), name: "S".into() }).await
    };
    let error: Error = match first.await {
        Ok(()) => return "no refusal".to_owned(),
        Err(error) => error,
    };
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error} [{cause}] ({})", error.hint().unwrap_or_default())
}

/// What a database under a setting came to.
pub enum Outcome {
    Lived(Box<Life>),
    /// It was refused, or failed; what is wrong about that, if anything is.
    Refused(Option<String>),
}

/// Runs the life, or looks for the refusal that is expected instead. A step that fails is told,
/// and does not keep the other settings from being tried.
pub async fn outcome(database: Database, expected: Expected) -> Outcome {
    match expected {
        Expected::Same => {
            let steps = LocalSet::new();
            let living = steps.spawn_local(Life::lived_in(database));
            let life = steps.run_until(living).await;
            life.map_or_else(|failed| Outcome::Refused(Some(failed.to_string())), |life| Outcome::Lived(Box::new(life)))
        }
        Expected::Refused(words) => {
            let said = refusal(&database).await;
            Outcome::Refused((!said.contains(words)).then(|| format!("no {words:?} in: {said}")))
        }
    }
}

/// The first difference between what was told and what is told without the setting.
pub fn difference(told: &[String], usual: &[String]) -> Option<String> {
    let differs = told.iter().zip(usual).find(|(answer, expected)| answer != expected);
    let differs = differs.map(|(answer, expected)| format!("{answer}\n  instead of {expected}"));
    differs.or_else(|| (told.len() != usual.len()).then(|| format!("{} lines, not {}", told.len(), usual.len())))
}

async fn begin(service: &Service, answers: &mut Vec<String>) {
    named_space(service, "container", "c", "Zo\u{eb} O'Hara \\ \u{1F600}").await;
    let spaces = rows(12, |number| format!("s{number:02},Space {number}\n"));
    for _ in 0..2 {
        let (summary, recorder) = take_spaces(service, &plainly(), format!("id,name\n{spaces}")).await;
        answers.push(format!("imported: {} {} {}", summary.added, summary.unchanged, recorder.failures.len()));
    }
    let people = "space_id,user_id,role,name,email\nc,boss,admin,Boss,boss@example.org\nc,boss,admin,Boss,\n";
    let request = invite::members::import::ImportMembersRequest { update: false, dry_run: false };
    let (summary, _) = take_members(service, request, people).await;
    answers.push(format!("members: {} {} {}", summary.added, summary.unchanged, summary.failed));
}

async fn use_up(fixture: &Fixture, answers: &mut Vec<String>) {
    let service = &fixture.service;
    let terms = Terms { note: Some("Spring, 50 %".into()), expiry: Expiry::After(hours(3)), ..times(2) };
    let issued = make(service, "c", 3, terms).await.unwrap();
    let code = code_of(&issued[0]);
    answers.push(format!("valid: {:?}", reasons(service, &look(&code)).await));
    for user in ["ann", "bob"] {
        let joined = join(service, &code, user).await;
        answers.push(format!("joined: {} {}", joined.user_id, joined.repeated));
    }
    answers.push(format!("again: {}", join(service, &code, "ann").await.repeated));
    answers.push(format!("full: {:?}", refused(try_redeem(service, &code, "carl").await)));
    answers.push(format!("late: {:?}", refused(try_redeem(&fixture.later(hours(3)), &code_of(&issued[1]), "d").await)));
    let (summary, _) = revoke_these(service, vec![code_of(&issued[2])]).await;
    answers.push(format!("revoked: {} {}", summary.revoked, summary.failed));
}

async fn look_around(service: &Service, answers: &mut Vec<String>) {
    for _ in 0..2 {
        let (summary, _) = fill(service, &everywhere()).await;
        answers.push(format!("filled: {} {}", summary.added, summary.failed));
    }
    let all = Filter::default();
    let total = count(service, &operator(), &all, service.now()).await.unwrap();
    let list = listed(service, &ListRequest::default()).await;
    let ids: Vec<String> = list.iter().map(|invite| format!("{} {}", invite.space_id, invite.uses)).collect();
    answers.push(format!("listed: {total} {ids:?}"));
    let active = Filter { statuses: vec![Status::Active], ..Filter::default() };
    answers.push(format!("active: {}", picked(service, active).await.len()));
    let found = Filter { search: Some("spring".into()), ..Filter::default() };
    answers.push(format!("found: {:?}", picked(service, found).await));
    let shown = show(service, &operator(), &code(&list[0].id.to_string())).await.unwrap();
    answers.push(format!("shown: {:?}", shown.invite));
    let stats = stats(service, &StatsRequest { days: 3, policy: None }).await.unwrap();
    answers.push(format!("counted: {stats:?}"));
    let operations = all_operations(service).await;
    let operations: Vec<String> = operations.iter().map(|made| format!("{} {}", made.command, made.changed)).collect();
    answers.push(format!("operations: {operations:?}"));
}

async fn end(fixture: &Fixture, answers: &mut Vec<String>) {
    let closed = clean(&fixture.later(hours(4)), &closing()).await;
    answers.push(format!("closed: {} {}", closed.expired, closed.used_up));
    let purging = CleanupRequest { purge_after: Some(days(1)), include_used: true, ..closing() };
    let purged = clean(&fixture.later(days(3)), &purging).await;
    answers.push(format!("purged: {}", purged.purged));
}
