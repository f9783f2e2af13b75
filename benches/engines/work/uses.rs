//! Uses of codes by twelve connections at once through the library, against a
//! client in C, or the engine's own load tool, that sends the same statements
//! in the same order.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::call::Call;
use crate::contest::{Contest, Side};
use crate::data;
use crate::options::Options;
use crate::place::{Engine, Place};
use crate::sql::LAID;
use crate::users::CONNECTIONS;
use crate::{clients, report};

/// The part of their throughput that ours must be.
const TARGET: f64 = 0.8;

/// How many codes there are to use.
const CODES: u64 = 1_200;

pub fn run(place: &Place, options: &Options) {
    let codes = prepare(place);
    let theirs = match place.engine {
        Engine::Postgres => clients::pgbench(place, options.uses),
        engine => clients::client(place, engine, &codes, options.uses),
    };
    let contest = Contest {
        ours: library(place, &codes, options.uses),
        theirs,
        times: 1,
        prepare: &|_| place.restore("codes"),
        check: &|side| check(place, options.uses, side),
        clock: Some(&|output| said(output, options.uses)),
    };
    let name = format!("{} uses by {CONNECTIONS} connections", options.uses);
    report::throughput(&name, &contest.run(options.rounds), TARGET);
    place.forget("codes");
}

/// Prints what one use has a server log.
pub fn record(place: &Place) {
    let codes = prepare(place);
    place.restore("codes");
    place.log_statements();
    library(place, &codes, 1).run().unwrap_or_else(|problem| panic!("a use failed: {problem}"));
    report::line(&place.logged_statements());
    place.forget("codes");
}

/// The library, in a process of its own.
fn library(place: &Place, codes: &Path, uses: u64) -> Call {
    let this = std::env::current_exe().expect("this program is a file");
    Call::new(this, place.file("ours")).args(["--use-codes".into(), codes.to_path_buf()]).args([
        "--use-url".to_owned(),
        place.url(),
        "--uses".to_owned(),
        uses.to_string(),
    ])
}

/// Lays a code for each of so many spaces, good for more uses than there are:
/// CODE1000 and so on, which `pgbench` can count up as well as anyone.
/// answers the file that names them.
fn prepare(place: &Place) -> std::path::PathBuf {
    let engine = place.engine;
    place.empty();
    data::spaces(place, CODES, "container");
    place.ask(&format!(
        "INSERT INTO invites (id, space_id, role, code, code_key, created_at, max_uses, created_op) \
         SELECT {id}, {space}, 'member', {code}, {code}, {at}, 1000000, {op} FROM {numbers};",
        id = engine.id_of("n"),
        space = data::space_id(engine, "n"),
        code = "'CODE' || (999 + n)",
        at = engine.at("-3600"),
        op = engine.id(LAID),
        numbers = engine.numbers(CODES),
    ));
    let codes = place.file("codes");
    fs::write(&codes, place.ask("SELECT code FROM invites ORDER BY id;") + "\n").expect("the folder takes files");
    place.keep("codes");
    codes
}

/// Every use is in the ledger, the membership, the counter and the trail.
fn check(place: &Place, uses: u64, side: Side) {
    for count in [
        "SELECT count(*) FROM invite_uses;",
        "SELECT count(*) FROM invite_members;",
        "SELECT sum(uses) FROM invites;",
        "SELECT count(*) FROM invite_operations WHERE command = 'use';",
    ] {
        assert_eq!(place.ask(count), uses.to_string(), "{count} after the uses by {side:?}");
    }
}

/// How long the uses took, as the client says: connecting is not counted.
fn said(output: &str, uses: u64) -> Option<Duration> {
    let word_behind = |mark: &str| output.split(mark).nth(1)?.split_whitespace().next()?.parse::<f64>().ok();
    let uses = u32::try_from(uses).ok()?;
    // pgbench tells the throughput.
    word_behind("tps = ")
        .map(|rate| f64::from(uses) / rate)
        .or_else(|| word_behind("seconds = "))
        .map(Duration::from_secs_f64)
}
