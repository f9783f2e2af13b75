//! A code for every space, compared with a Python script that handles one space at a time,
//! as in seed 001.

use std::path::Path;

use crate::call::Call;
use crate::comparison::Comparison;
use crate::data;
use crate::options::Options;
use crate::report;
use crate::testbed::{Engine, Testbed};
use crate::tools;

/// Minimum speed of `invite` relative to the script.
const TARGET: f64 = 10.0;

/// Maximum number of rounds: the script is slow.
const MAX_ROUNDS: u32 = 3;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/seed001/backfill.py");

pub fn run(testbed: &Testbed, options: &Options) {
    let rows = options.python_rows.min(options.rows);
    testbed.empty();
    data::spaces(testbed, rows, "space");
    testbed.save("few_spaces");
    let comparison = Comparison {
        ours: testbed.invite(&["backfill", "--yes"]),
        theirs: script(testbed),
        times: 1,
        clock: None,
        prepare: &|_| testbed.restore("few_spaces"),
        check: &|side| {
            let made = testbed.query("SELECT count(*) FROM invites WHERE slot IS NOT NULL AND code = code_key;");
            assert_eq!(made, rows.to_string(), "invites made by {side:?}");
        },
    };
    let outcome = comparison.run(options.rounds.min(MAX_ROUNDS));
    report::times_as_fast(testbed, &format!("backfill of {rows}, against Python space by space"), &outcome, TARGET);
    testbed.delete("few_spaces");
}

fn script(testbed: &Testbed) -> Call {
    let call = Call::new(tools::python(), testbed.file("theirs")).args([Path::new(SCRIPT)]);
    match testbed.engine {
        Engine::Sqlite => call.args(["sqlite".to_owned(), testbed.database_path()]),
        Engine::Postgres => call.args(["postgres".to_owned(), testbed.url()]),
        Engine::Mariadb => call.args(["mariadb".to_owned(), testbed.url()]),
    }
}
