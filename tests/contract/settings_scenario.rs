//! The scenario of the settings tests: under any global setting, each step must give the usual
//! result.

use std::error::Error as _;

use invite::Db;
use invite::Error;
use invite::MissingFile;
use invite::Service;
use invite::invites::generate::Expiry;
use invite::invites::list::{Filter, ListRequest};
use invite::invites::stats::StatsRequest;
use invite::model::invite::Status;
use invite::spaces::Space;
use tokio::task::LocalSet;

use crate::databases::Database;
use crate::fixture::{Fixture, days, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::*;
use crate::helpers::validation::{reasons, validation_request};

/// Expected result under a setting.
#[derive(Clone, Copy)]
pub enum Expected {
    /// The usual results.
    Same,
    /// An error whose message, cause or hint contains this text.
    Refused(&'static str),
}

/// The result of each step, and the final rows.
pub struct ScenarioRun {
    pub answers: Vec<String>,
    fixture: Fixture,
}

impl ScenarioRun {
    /// Runs the scenario in an empty database.
    pub async fn run(database: Database) -> Self {
        let (db, applied) = Db::migrate(database.location().clone()).await.unwrap();
        db.close().await;
        let fixture = Fixture::on(database, "").await;
        let mut answers = vec![format!("{applied} migrations")];
        begin(&fixture.service, &mut answers).await;
        use_up(&fixture, &mut answers).await;
        list_and_show(&fixture.service, &mut answers).await;
        end(&fixture, &mut answers).await;
        fixture.service.db().close().await;
        ScenarioRun { answers, fixture }
    }

    /// Returns the results and the rows, after the settings were reset.
    pub async fn results(self) -> Vec<String> {
        let ScenarioRun { mut answers, fixture } = self;
        let mut raw = fixture.raw().await;
        raw.check_integrity().await;
        // The number of transactions may differ, because a batch can be split.
        raw.run("UPDATE invite_operations SET last_step = 0").await;
        answers.extend(raw.dump().await);
        answers
    }
}

/// Returns the first error of migrating and adding a space.
async fn refusal(database: &Database) -> String {
    let first = async {
        Db::migrate(database.location().clone()).await?.0.close().await;
        let db = Db::open(database.location().clone(), MissingFile::Refuse, 1).await?;
        let service = crate::fixture::plain_service(db);
        service.add_space(&operator(), &Space::new("s", "space", "S")).await
    };
    let error: Error = match first.await {
        Ok(()) => return "no refusal".to_owned(),
        Err(error) => error,
    };
    let cause = error.source().map(ToString::to_string).unwrap_or_default();
    format!("{error} [{cause}] ({})", error.hint().unwrap_or_default())
}

/// Outcome of the scenario under a setting.
pub enum Outcome {
    Completed(Box<ScenarioRun>),
    /// Refused or failed, with a complaint if that is unexpected.
    Refused(Option<String>),
}

/// Runs the scenario or checks the expected refusal. A failed step is reported and does not stop
/// the other settings.
pub async fn outcome(database: Database, expected: Expected) -> Outcome {
    match expected {
        Expected::Same => {
            let steps = LocalSet::new();
            let scenario = steps.spawn_local(ScenarioRun::run(database));
            let life = steps.run_until(scenario).await;
            life.map_or_else(
                |failed| Outcome::Refused(Some(failed.to_string())),
                |life| Outcome::Completed(Box::new(life)),
            )
        }
        Expected::Refused(words) => {
            let said = refusal(&database).await;
            Outcome::Refused((!said.contains(words)).then(|| format!("no {words:?} in: {said}")))
        }
    }
}

/// Returns the first difference from the usual results.
pub fn first_difference(results: &[String], usual: &[String]) -> Option<String> {
    let differs = results.iter().zip(usual).find(|(answer, expected)| answer != expected);
    let differs = differs.map(|(answer, expected)| format!("{answer}\n  instead of {expected}"));
    differs.or_else(|| (results.len() != usual.len()).then(|| format!("{} lines, not {}", results.len(), usual.len())))
}

async fn begin(service: &Service, answers: &mut Vec<String>) {
    named_space(service, "container", "c", "Zo\u{eb} O'Hara \\ \u{1F600}").await;
    let spaces = rows(12, |number| format!("s{number:02},Space {number}\n"));
    for _ in 0..2 {
        let (summary, recorder) = import_space_rows(service, &default_import(), format!("id,name\n{spaces}")).await;
        answers.push(format!("imported: {} {} {}", summary.added, summary.unchanged, recorder.failures.len()));
    }
    let people = "space_id,user_id,role,name,email\nc,boss,admin,Boss,boss@example.org\nc,boss,admin,Boss,\n";
    let request = invite::members::import::ImportMembersRequest::new();
    let (summary, _) = import_member_rows(service, request, people).await;
    answers.push(format!("members: {} {} {}", summary.added, summary.unchanged, summary.failed));
}

async fn use_up(fixture: &Fixture, answers: &mut Vec<String>) {
    let service = &fixture.service;
    let terms = terms_with_limit(2).note("Spring, 50 %").expiry(Expiry::After(hours(3)));
    let issued = create(service, "c", 3, terms).await.unwrap();
    let code = code_of(&issued[0]);
    answers.push(format!("valid: {:?}", reasons(service, &validation_request(&code)).await));
    for user in ["ann", "bob"] {
        let joined = join(service, &code, user).await;
        answers.push(format!("joined: {} {}", joined.user_id, joined.repeated));
    }
    answers.push(format!("again: {}", join(service, &code, "ann").await.repeated));
    answers.push(format!("full: {:?}", refused(try_redeem(service, &code, "carl").await)));
    answers.push(format!("late: {:?}", refused(try_redeem(&fixture.later(hours(3)), &code_of(&issued[1]), "d").await)));
    let (summary, _) = revoke_references(service, vec![code_of(&issued[2])]).await;
    answers.push(format!("revoked: {} {}", summary.revoked, summary.failed));
}

async fn list_and_show(service: &Service, answers: &mut Vec<String>) {
    for _ in 0..2 {
        let (summary, _) = run_backfill(service, &backfill_all()).await;
        answers.push(format!("filled: {} {}", summary.added, summary.failed));
    }
    let all = Filter::new();
    let total = service.count_invites(&operator(), &all, service.now()).await.unwrap();
    let list = list_invites(service, &ListRequest::new()).await;
    let ids: Vec<String> = list.iter().map(|invite| format!("{} {}", invite.space_id, invite.uses)).collect();
    answers.push(format!("listed: {total} {ids:?}"));
    let active = Filter::new().statuses([Status::Active]);
    answers.push(format!("active: {}", matching_ids(service, active).await.len()));
    let found = Filter::new().search("spring");
    answers.push(format!("found: {:?}", matching_ids(service, found).await));
    let shown = service.show_invite(&operator(), &code(&list[0].id.to_string())).await.unwrap();
    answers.push(format!("shown: {:?}", shown.invite));
    let stats = service.stats(&StatsRequest::new().days(3)).await.unwrap();
    answers.push(format!("counted: {stats:?}"));
    let operations = all_operations(service).await;
    let operations: Vec<String> = operations.iter().map(|made| format!("{} {}", made.command, made.changed)).collect();
    answers.push(format!("operations: {operations:?}"));
}

async fn end(fixture: &Fixture, answers: &mut Vec<String>) {
    let closed = run_cleanup(&fixture.later(hours(4)), &default_cleanup()).await;
    answers.push(format!("closed: {} {}", closed.expired, closed.used_up));
    let purging = default_cleanup().purge_after(days(1)).include_used(true);
    let purged = run_cleanup(&fixture.later(days(3)), &purging).await;
    answers.push(format!("purged: {}", purged.purged));
}
