//! A row that the database refuses fails alone, whatever refuses it, and is reported with
//! the message of the database.

use invite::Reason;
use invite::batch::Failure;
use invite::invites::generate::{GenerateRequest, Terms};
use invite::invites::list::Filter;
use invite::invites::revoke::Selection;
use invite::members::import::ImportMembersRequest;
use invite::model::invite::Invite;
use invite::spaces::import::ImportSpacesRequest;

use crate::fixture::{Engine, Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::imports::invite_rows;
use crate::helpers::raw::Raw;
use crate::helpers::recorder::Recorder;

every_server! {
    backfill_isolates_foreign_keys_and_row_level_security,
}

every_engine! {
    backfill_isolates_every_kind_of_refusal,
    generate_replaces_refused_codes,
    generate_reports_refused_invites_and_keeps_others,
    generate_fails_if_every_invite_is_refused,
    revoke_isolates_every_kind_of_refusal,
    imports_isolate_every_kind_of_refusal,
    invitations_isolate_every_kind_of_refusal,
}

/// A way in which an engine refuses rows of a table.
pub struct Refusal {
    pub name: &'static str,
    pub set: Vec<String>,
    pub unset: Vec<String>,
    /// Text that the report must contain.
    pub words: &'static str,
}

fn trigger(name: &'static str, event: &str, table: &str, condition: &str, body: &str, words: &'static str) -> Refusal {
    Refusal {
        name,
        set: vec![format!(
            "CREATE TRIGGER unwanted BEFORE {event} ON {table} {}",
            body.replace("CONDITION", condition)
        )],
        unset: vec!["DROP TRIGGER unwanted".to_owned()],
        words,
    }
}

/// A trigger in `PL/pgSQL` that raises an error.
pub fn raising(
    name: &'static str,
    timing: &str,
    table: &str,
    condition: &str,
    raise: &str,
    words: &'static str,
) -> Refusal {
    let kind = if timing.contains("DEFERRED") { "CONSTRAINT TRIGGER" } else { "TRIGGER" };
    let (when, how) = timing.split_once('/').unwrap_or((timing, ""));
    Refusal {
        name,
        set: vec![
            format!(
                "CREATE OR REPLACE FUNCTION unwanted() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {raise}; END $$"
            ),
            format!(
                "CREATE {kind} unwanted {when} ON {table} {how} FOR EACH ROW WHEN ({condition}) \
                 EXECUTE FUNCTION unwanted()"
            ),
        ],
        unset: vec![format!("DROP TRIGGER unwanted ON {table}")],
        words,
    }
}

/// A message with escape sequences and several lines.
const ODD: &str = "closed\n \u{1b}[31mfor all";

/// Returns the ways in which a database can refuse the rows of a table that meet a condition.
pub fn refusals(engine: Engine, event: &str, table: &str, condition: &str) -> Vec<Refusal> {
    let check = |words| Refusal {
        name: "CHECK",
        set: vec![format!(
            "ALTER TABLE {table} ADD CONSTRAINT unwanted CHECK (NOT ({}))",
            condition.replace("NEW.", "")
        )],
        unset: vec![format!("ALTER TABLE {table} DROP CONSTRAINT unwanted")],
        words,
    };
    match engine {
        Engine::Sqlite => ["ABORT", "FAIL", "ROLLBACK"]
            .map(|how| {
                let body = format!("WHEN CONDITION BEGIN SELECT RAISE({how}, '{ODD}'); END");
                trigger("RAISE", event, table, condition, &body, "31mfor all")
            })
            .into(),
        Engine::Postgres => {
            let before = format!("BEFORE {event}");
            let deferred = format!("AFTER {event}/DEFERRABLE INITIALLY DEFERRED");
            let custom = format!("RAISE '{ODD}' USING ERRCODE = 'MY001'");
            vec![
                raising("P0001", &before, table, condition, "RAISE 'closed for all'", "closed for all"),
                raising("custom SQLSTATE", &before, table, condition, &custom, "31mfor all"),
                raising("42501", &before, table, condition, "RAISE insufficient_privilege", "insufficient_privilege"),
                raising("assertion", &before, table, condition, "ASSERT false, 'never'", "never"),
                raising("deferred", &deferred, table, condition, "RAISE 'closed at last'", "closed at last"),
                check("violates check constraint \"unwanted\""),
            ]
        }
        Engine::Mariadb | Engine::Mysql => {
            let signal = |state: &str, text: &str| {
                format!("FOR EACH ROW IF CONDITION THEN SIGNAL SQLSTATE '{state}' SET MESSAGE_TEXT = '{text}'; END IF")
            };
            let all = "closed for all";
            let mut all = vec![
                trigger("45000", event, table, condition, &signal("45000", all), all),
                trigger("custom SQLSTATE", event, table, condition, &signal("MY001", ODD), "31mfor all"),
            ];
            all.push(check("unwanted"));
            all
        }
    }
}

pub async fn set(raw: &mut Raw, statements: &[String]) {
    for statement in statements {
        raw.run(statement.clone()).await;
    }
}

pub fn assert_words(fixture: &Fixture, refusal: &Refusal, failures: &[Failure], count: usize) {
    let what = format!("{} on {:?}: {failures:?}", refusal.name, fixture.engine());
    assert_eq!(failures.len(), count, "{what}");
    for failure in failures {
        assert_eq!(failure.reason(), Reason::DatabaseFailed, "{what}");
        assert!(failure.message().contains(refusal.words), "{what}");
        assert!(!failure.message().contains(char::is_control), "{what}");
    }
}

async fn backfill_isolates_every_kind_of_refusal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 20).await;
    for refusal in refusals(fixture.engine(), "INSERT", "invites", "NEW.space_id IN ('s00003', 's00012')") {
        set(&mut raw, &refusal.set).await;
        let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
        assert_eq!((summary.missing, summary.added, summary.failed), (20, 18, 2), "{}", refusal.name);
        assert_words(&fixture, &refusal, &recorder.failures, 2);
        set(&mut raw, &refusal.unset).await;
        assert_eq!(run_backfill(&fixture.service, &backfill_all()).await.0.added, 2);
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}

/// A refused code is replaced by another random one, like a code that exists.
async fn generate_replaces_refused_codes(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "d").await;
    // About one code in sixteen is refused.
    for refusal in refusals(fixture.engine(), "INSERT", "invites", "NEW.code LIKE 'A%' OR NEW.code LIKE 'B%'") {
        set(&mut raw, &refusal.set).await;
        create(&fixture.service, "d", 100, Terms::new()).await.unwrap();
        assert_eq!(raw.count("invites WHERE code LIKE 'A%' OR code LIKE 'B%'").await, 0);
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}

/// Refuses rows beyond the first `most`.
pub fn quota(engine: Engine, most: u32) -> Refusal {
    let is_full = format!("(SELECT count(*) FROM invites) > {most}");
    match engine {
        Engine::Sqlite => {
            let body = format!("WHEN {is_full} BEGIN SELECT RAISE(ABORT, 'over quota'); END");
            Refusal {
                set: vec![format!("CREATE TRIGGER unwanted AFTER INSERT ON invites {body}")],
                ..trigger("", "", "", "", "", "over quota")
            }
        }
        Engine::Postgres => {
            let raise = format!("IF {is_full} THEN RAISE 'over quota'; END IF; RETURN NULL");
            raising("quota", "AFTER INSERT", "invites", "true", &raise, "over quota")
        }
        Engine::Mariadb | Engine::Mysql => {
            let body = format!("IF {is_full} THEN SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'over quota'; END IF");
            Refusal {
                set: vec![format!("CREATE TRIGGER unwanted AFTER INSERT ON invites FOR EACH ROW {body}")],
                ..trigger("", "", "", "", "", "over quota")
            }
        }
    }
}

async fn generate_reports_refused_invites_and_keeps_others(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "d").await;
    for (most, count, failed) in [(10, 13, 3), (25, 400, 21)] {
        let refusal = quota(fixture.engine(), most);
        set(&mut raw, &refusal.set).await;
        let request = GenerateRequest::new("d", count);
        let mut recorder = Recorder::new();
        let summary = fixture.service.generate(&operator(), &request, &mut recorder).await.unwrap();
        assert_eq!((summary.created, summary.failed), (most.into(), (count - most).into()), "{:?}", fixture.engine());
        assert_words(&fixture, &refusal, &recorder.failures, failed);
        assert_eq!(recorder.failures[0].subject, format!("invite {} of {count}", most + 1));
        let all: u64 = recorder.failures.iter().map(|failure| failure.count).sum();
        assert_eq!(all, summary.failed);
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}

async fn generate_fails_if_every_invite_is_refused(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    raw.refuse("INSERT", "invites", "1 = 1").await;
    let request = GenerateRequest::new("c", 5_000);
    let mut recorder = Recorder::new();
    let error = fixture.service.generate(&operator(), &request, &mut recorder).await.unwrap_err();
    assert_eq!(error.reason(), Reason::DatabaseFailed);
    assert_eq!((recorder.done.len(), recorder.failures.len()), (0, 21));
}

async fn revoke_isolates_every_kind_of_refusal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c").await;
    for refusal in refusals(fixture.engine(), "UPDATE", "invites", "NEW.note = 'keep' AND NEW.closed_at IS NOT NULL") {
        create(&fixture.service, "c", 12, Terms::new()).await.unwrap();
        let kept = create_one(&fixture.service, "c", Terms::new().note("keep")).await;
        create(&fixture.service, "c", 12, Terms::new()).await.unwrap();
        set(&mut raw, &refusal.set).await;
        let filter = Filter::new().spaces(["c"]);
        let plan = fixture.service.plan_revoke(&operator(), Selection::Matching(Box::new(filter))).await.unwrap();
        let mut recorder = Recorder::<Invite>::new();
        let summary = fixture.service.revoke(&operator(), plan, &mut recorder).await.unwrap();
        assert_eq!((summary.revoked, summary.failed), (24, 1), "{}", refusal.name);
        assert_words(&fixture, &refusal, &recorder.failures, 1);
        assert_eq!(recorder.failures[0].subject, format!("invite {}", kept.invite.id));
        let named = vec![code_of(&kept)];
        let (summary, recorder) = revoke_references(&fixture.service, named).await;
        assert_eq!((summary.revoked, summary.failed, recorder.failures[0].line), (0, 1, Some(1)));
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}

async fn imports_isolate_every_kind_of_refusal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let rows: String = ["a", "b", "c", "d", "e"].map(|id| format!("{id},space,S\n")).concat();
    for refusal in refusals(fixture.engine(), "INSERT", "invite_spaces", "NEW.id = 'c'") {
        set(&mut raw, &refusal.set).await;
        let mut recorder = Recorder::new();
        let (request, file) = (ImportSpacesRequest::new(), csv(format!("id,policy,name\n{rows}")));
        let summary = fixture.service.import_spaces(&operator(), &request, file, &mut recorder).await.unwrap();
        assert_eq!((summary.added, summary.failed), (4, 1), "{}", refusal.name);
        assert_words(&fixture, &refusal, &recorder.failures, 1);
        assert_eq!(recorder.failures[0].line, Some(4));
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invite_spaces").await;
    }
    space(&fixture.service, "space", "s").await;
    for refusal in refusals(fixture.engine(), "INSERT", "invite_members", "NEW.user_id = 'u2'") {
        set(&mut raw, &refusal.set).await;
        let mut recorder = Recorder::new();
        let (request, file) = (ImportMembersRequest::new(), csv("space_id,user_id\ns,u1\ns,u2\ns,u3\n"));
        let summary = fixture.service.import_members(&operator(), request, file, &mut recorder).await.unwrap();
        assert_eq!((summary.added, summary.failed), (2, 1), "{}", refusal.name);
        assert_words(&fixture, &refusal, &recorder.failures, 1);
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invite_members").await;
    }
    raw.check_integrity().await;
}

async fn invitations_isolate_every_kind_of_refusal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t").await;
    for refusal in refusals(fixture.engine(), "INSERT", "invites", "NEW.email = 'b@example.org'") {
        set(&mut raw, &refusal.set).await;
        let rows = "email\na@example.org\nb@example.org\nc@example.org\n".to_owned();
        let (summary, recorder) = invite_rows(&fixture.service, Some("t"), rows).await.unwrap();
        assert_eq!((summary.created, summary.failed), (2, 1), "{}", refusal.name);
        assert_words(&fixture, &refusal, &recorder.failures, 1);
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}

/// Foreign keys and policies of the application refuse rows that they do not allow.
async fn backfill_isolates_foreign_keys_and_row_level_security(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    many_spaces(&fixture.service, "space", 12).await;
    let unknown = ["s00004", "s00009"];
    match fixture.engine() {
        Engine::Sqlite => unreachable!("SQLite cannot add constraints to a table"),
        Engine::Postgres => {
            raw.run("CREATE TABLE app_spaces AS SELECT id FROM invite_spaces").await;
            raw.run("ALTER TABLE app_spaces ADD PRIMARY KEY (id)").await;
        }
        Engine::Mariadb | Engine::Mysql => {
            raw.run("CREATE TABLE app_spaces LIKE invite_spaces").await;
            raw.run("INSERT INTO app_spaces SELECT * FROM invite_spaces").await;
        }
    }
    for id in unknown {
        raw.run(format!("DELETE FROM app_spaces WHERE id = '{id}'")).await;
    }
    raw.run("ALTER TABLE invites ADD CONSTRAINT of_app FOREIGN KEY (space_id) REFERENCES app_spaces (id)").await;
    let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((summary.added, summary.failed), (10, 2), "{:?}", fixture.engine());
    for (failure, id) in recorder.failures.iter().zip(unknown) {
        assert!(failure.subject.contains(id) && failure.message().contains("of_app"), "{failure:?}");
    }
    if fixture.engine() == Engine::Postgres {
        raw.run("ALTER TABLE invites DROP CONSTRAINT of_app").await;
        raw.run("ALTER TABLE invites ENABLE ROW LEVEL SECURITY").await;
        raw.run("ALTER TABLE invites FORCE ROW LEVEL SECURITY").await;
        raw.run("CREATE POLICY app ON invites USING (true) WITH CHECK (space_id <> 's00009')").await;
        let (summary, recorder) = run_backfill(&fixture.service, &backfill_all()).await;
        assert_eq!((summary.added, summary.failed), (1, 1));
        assert!(recorder.failures[0].message().contains("row-level security"), "{:?}", recorder.failures);
    }
}
