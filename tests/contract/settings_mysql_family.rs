//! Tests every variable of `MariaDB` and `MySQL` that an administrator can set for all
//! sessions: sets each one globally, and runs the scenario of `settings_scenario`.

use std::collections::BTreeSet;

use invite::invites::generate::Terms;
use servers::{Kind, Server};

use crate::databases::Database;
use crate::fixture::{Engine, Fixture};
use crate::helpers::actions::{backfill_all, create, run_backfill, space};
use crate::helpers::imports::{default_import, import_space_rows, rows};
use crate::helpers::raw::Raw;
use crate::settings_scenario::{Expected, Outcome, ScenarioRun, first_difference, outcome};

/// A variable, its value as SQL, and the expected result.
pub type TestedValue = (&'static str, &'static str, Expected);

/// The reason why variables are excluded, and their names.
pub type Excluded = (&'static str, &'static [&'static str]);

/// The tested and the excluded variables of one server.
pub struct Matrix {
    pub kind: Kind,
    pub engine: Engine,
    /// The version whose variables are all tested or excluded.
    pub version: &'static str,
    /// Selects the names of all variables that a session has a value of.
    pub names: &'static str,
    pub tested: &'static [TestedValue],
    pub excluded: &'static [Excluded],
}

/// Tests every entry whose index modulo `parts` is `part`.
pub async fn run(matrix: &Matrix, (part, parts): (usize, usize)) {
    // With a binary log, because some of its formats refuse statements.
    let server = Server::with_options(matrix.kind, &["--log-bin=binlog", "--server-id=1"]);
    let mut admin = Raw::of_server(matrix.engine, &server.admin_url("mysql")).await;
    let usual = ScenarioRun::run(Database::empty_on(&server)).await.results().await;
    let mut wrong = Vec::new();
    for (name, value, expected) in matrix.tested.iter().skip(part).step_by(parts) {
        let database = Database::empty_on(&server);
        let set = format!("SET @usual = @@GLOBAL.{name}; SET GLOBAL {name} = {value}");
        if let Err(error) = admin.try_run(set).await {
            wrong.push(format!("{name} = {value}: {error}"));
            continue;
        }
        let outcome = outcome(database, *expected).await;
        admin.run(format!("SET GLOBAL {name} = @usual")).await;
        let complaint = match outcome {
            Outcome::Completed(life) => first_difference(&life.results().await, &usual),
            Outcome::Refused(said) => said,
        };
        wrong.extend(complaint.map(|complaint| format!("{name} = {value}: {complaint}")));
    }
    assert!(wrong.is_empty(), "on {:?}:\n{}", matrix.kind, wrong.join("\n"));
}

/// Asserts that each variable of the server is tested or excluded.
pub async fn is_complete(matrix: &Matrix) {
    let database = Database::empty(matrix.engine).await;
    let mut admin = database.admin().await;
    let version = admin.text("SELECT version()").await.unwrap();
    if !version.starts_with(matrix.version) {
        // Another version has other variables.
        return;
    }
    let names: BTreeSet<String> = admin.texts(matrix.names).await.into_iter().collect();
    let tested = matrix.tested.iter().map(|(name, ..)| *name);
    let excluded = matrix.excluded.iter().flat_map(|(_, names)| names.iter().copied());
    let known: BTreeSet<String> = tested.chain(excluded).map(str::to_owned).collect();
    let unlisted: Vec<&String> = names.difference(&known).collect();
    assert!(unlisted.is_empty(), "neither tested nor excluded: {unlisted:?}");
}

/// Batches beyond the packet size of the server are split; a row that cannot be split is
/// refused with the variable that limits it.
pub async fn splits_large_batches(kind: Kind) {
    let server = Server::with_options(kind, &["--max-allowed-packet=16384"]);
    let fixture = Fixture::on(Database::migrated_on(&server).await, "").await;
    let spaces = rows(700, |number| format!("s{number:03},Space {number}\n"));
    let (summary, _) = import_space_rows(&fixture.service, &default_import(), format!("id,name\n{spaces}")).await;
    assert_eq!((summary.added, summary.failed), (700, 0));
    let (summary, _) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((summary.added, summary.failed), (700, 0));
    space(&fixture.service, "container", "c").await;
    let noted = Terms::new().note("n".repeat(200));
    let mut raw = fixture.raw().await;
    match create(&fixture.service, "c", 400, noted).await {
        Ok(issued) => assert_eq!((issued.len(), raw.count("invites").await), (400, 1_100)),
        Err(error) => {
            assert!(error.hint().unwrap().contains("SET GLOBAL max_allowed_packet"), "{error} {:?}", error.hint());
            assert_eq!(raw.count("invites").await, 700);
        }
    }
    raw.check_integrity().await;
}
