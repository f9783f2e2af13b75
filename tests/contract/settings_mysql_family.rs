//! The matrix of settings of `MariaDB` and `MySQL`: each variable that an administrator can set
//! for all sessions is set in turn, for the whole server, and the short life of a code is run.

use std::collections::BTreeSet;

use invite::invites::generate::Terms;
use servers::{Kind, Server};

use crate::databases::Database;
use crate::fixture::{Engine, Fixture};
use crate::helpers::actions::{backfill_all, create, run_backfill, space};
use crate::helpers::imports::{default_import, import_space_rows, rows};
use crate::helpers::raw::Raw;
use crate::settings_scenario::{Expected, Life, Outcome, difference, outcome};

/// A variable, a value for it as SQL, and what is expected under it.
pub type Try = (&'static str, &'static str, Expected);

/// Why variables are not tried, and their names.
pub type LeftOut = (&'static str, &'static [&'static str]);

/// What is known of the variables of one server.
pub struct Matrix {
    pub kind: Kind,
    pub engine: Engine,
    /// The version whose variables are all decided on.
    pub version: &'static str,
    /// Selects the names of all variables that each session has a value of.
    pub names: &'static str,
    pub tried: &'static [Try],
    pub left_out: &'static [LeftOut],
}

/// Runs a part of it: every so-many-th entry.
pub async fn run(matrix: &Matrix, (part, parts): (usize, usize)) {
    // With a binary log, whose formats refuse some statements.
    let server = Server::with_options(matrix.kind, &["--log-bin=binlog", "--server-id=1"]);
    let mut admin = Raw::of_server(matrix.engine, &server.admin_url("mysql")).await;
    let usual = Life::lived_in(Database::empty_on(&server)).await.told().await;
    let mut wrong = Vec::new();
    for (name, value, expected) in matrix.tried.iter().skip(part).step_by(parts) {
        let database = Database::empty_on(&server);
        let set = format!("SET @usual = @@GLOBAL.{name}; SET GLOBAL {name} = {value}");
        if let Err(error) = admin.try_run(set).await {
            wrong.push(format!("{name} = {value}: {error}"));
            continue;
        }
        let outcome = outcome(database, *expected).await;
        admin.run(format!("SET GLOBAL {name} = @usual")).await;
        let complaint = match outcome {
            Outcome::Lived(life) => difference(&life.told().await, &usual),
            Outcome::Refused(said) => said,
        };
        wrong.extend(complaint.map(|complaint| format!("{name} = {value}: {complaint}")));
    }
    assert!(wrong.is_empty(), "on {:?}:\n{}", matrix.kind, wrong.join("\n"));
}

/// Of each variable of the server it is decided whether it is tried, and why not.
pub async fn is_complete(matrix: &Matrix) {
    let database = Database::empty(matrix.engine).await;
    let mut admin = database.admin().await;
    let version = admin.text("SELECT version()").await.unwrap();
    if !version.starts_with(matrix.version) {
        // Another version has other variables.
        return;
    }
    let names: BTreeSet<String> = admin.texts(matrix.names).await.into_iter().collect();
    let tried = matrix.tried.iter().map(|(name, ..)| *name);
    let left_out = matrix.left_out.iter().flat_map(|(_, names)| names.iter().copied());
    let known: BTreeSet<String> = tried.chain(left_out).map(str::to_owned).collect();
    let undecided: Vec<&String> = names.difference(&known).collect();
    assert!(undecided.is_empty(), "nothing is decided of {undecided:?}");
}

/// Batches that are larger than the server takes become smaller; what cannot become smaller is
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
    let noted = Terms { note: Some("n".repeat(200)), ..Terms::default() };
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
