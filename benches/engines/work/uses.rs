//! Redeeming codes over twelve connections through the library, compared with a client in C
//! or with `pgbench`, which send the same statements in the same order.

use std::fs;
use std::path::Path;
use std::time::Duration;

use crate::call::Call;
use crate::comparison::{Comparison, Side};
use crate::data;
use crate::options::Options;
use crate::sql::SETUP_OPERATION;
use crate::testbed::{Engine, Testbed};
use crate::users::CONNECTIONS;
use crate::{clients, report};

/// Minimum ratio of the throughput of `invite` to that of the reference.
const TARGET: f64 = 0.8;

/// Number of codes.
const CODES: u64 = 1_200;

pub fn run(testbed: &Testbed, options: &Options) {
    let codes = prepare(testbed);
    let theirs = match testbed.engine {
        Engine::Postgres => clients::pgbench(testbed, options.uses),
        engine => clients::client(testbed, engine, &codes, options.uses),
    };
    let comparison = Comparison {
        ours: library(testbed, &codes, options.uses),
        theirs,
        times: 1,
        prepare: &|_| testbed.restore("codes"),
        check: &|side| check(testbed, options.uses, side),
        clock: Some(&|output| reported_time(output, options.uses)),
    };
    let name = format!("{} uses by {CONNECTIONS} connections", options.uses);
    report::throughput(&name, &comparison.run(options.rounds), TARGET);
    testbed.delete("codes");
}

/// Prints the statements that a server logs for one use.
pub fn record(testbed: &Testbed) {
    let codes = prepare(testbed);
    testbed.restore("codes");
    testbed.log_statements();
    library(testbed, &codes, 1).run().unwrap_or_else(|problem| panic!("a use failed: {problem}"));
    report::line(&testbed.logged_statements());
    testbed.delete("codes");
}

/// Returns a call of this program that redeems codes with the library.
fn library(testbed: &Testbed, codes: &Path, uses: u64) -> Call {
    let this = std::env::current_exe().expect("this program is a file");
    Call::new(this, testbed.file("ours")).args(["--use-codes".into(), codes.to_path_buf()]).args([
        "--use-url".to_owned(),
        testbed.url(),
        "--uses".to_owned(),
        uses.to_string(),
    ])
}

/// Inserts a code per space with a high usage limit; returns the file with the codes. The
/// codes are `CODE1000`, `CODE1001` and so on, which `pgbench` can compute.
fn prepare(testbed: &Testbed) -> std::path::PathBuf {
    let engine = testbed.engine;
    testbed.empty();
    data::spaces(testbed, CODES, "container");
    testbed.query(&format!(
        "INSERT INTO invites (id, space_id, role, code, code_key, created_at, max_uses, created_op) \
         SELECT {id}, {space}, 'member', {code}, {code}, {at}, 1000000, {op} FROM {numbers};",
        id = engine.id_of("n"),
        space = data::space_id(engine, "n"),
        code = "'CODE' || (999 + n)",
        at = engine.at("-3600"),
        op = engine.id(SETUP_OPERATION),
        numbers = engine.numbers(CODES),
    ));
    let codes = testbed.file("codes");
    fs::write(&codes, testbed.query("SELECT code FROM invites ORDER BY id;") + "\n").expect("the folder takes files");
    testbed.save("codes");
    codes
}

/// Checks that every use is recorded as use, membership, count and operation.
fn check(testbed: &Testbed, uses: u64, side: Side) {
    for count in [
        "SELECT count(*) FROM invite_uses;",
        "SELECT count(*) FROM invite_members;",
        "SELECT sum(uses) FROM invites;",
        "SELECT count(*) FROM invite_operations WHERE command = 'use';",
    ] {
        assert_eq!(testbed.query(count), uses.to_string(), "{count} after the uses by {side:?}");
    }
}

/// Extracts the time of the uses from the output of the client; it excludes connecting.
fn reported_time(output: &str, uses: u64) -> Option<Duration> {
    let word_after = |mark: &str| output.split(mark).nth(1)?.split_whitespace().next()?.parse::<f64>().ok();
    let uses = u32::try_from(uses).ok()?;
    // pgbench prints the throughput.
    word_after("tps = ")
        .map(|rate| f64::from(uses) / rate)
        .or_else(|| word_after("seconds = "))
        .map(Duration::from_secs_f64)
}
