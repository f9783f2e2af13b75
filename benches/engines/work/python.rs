//! A code for every space, against a script in Python that goes space by space
//! as seed 001 describes.

use std::path::Path;

use crate::call::Call;
use crate::contest::Contest;
use crate::data;
use crate::options::Options;
use crate::place::{Engine, Place};
use crate::programs;
use crate::report;

/// How many times as fast `invite` must be.
const TARGET: f64 = 10.0;

/// The script is slow.
const MOST_ROUNDS: u32 = 3;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/seed001/backfill.py");

pub fn run(place: &Place, options: &Options) {
    let rows = options.python_rows.min(options.rows);
    place.empty();
    data::spaces(place, rows, "space");
    place.keep("few_spaces");
    let contest = Contest {
        ours: place.invite(&["backfill", "--yes"]),
        theirs: script(place),
        times: 1,
        clock: None,
        prepare: &|_| place.restore("few_spaces"),
        check: &|side| {
            let made = place.ask("SELECT count(*) FROM invites WHERE slot IS NOT NULL AND code = code_key;");
            assert_eq!(made, rows.to_string(), "invites made by {side:?}");
        },
    };
    let outcome = contest.run(options.rounds.min(MOST_ROUNDS));
    report::times_as_fast(place, &format!("backfill of {rows}, against Python space by space"), &outcome, TARGET);
    place.forget("few_spaces");
}

fn script(place: &Place) -> Call {
    let call = Call::new(programs::python(), place.file("theirs")).args([Path::new(SCRIPT)]);
    match place.engine {
        Engine::Sqlite => call.args(["sqlite".to_owned(), place.database_path()]),
        Engine::Postgres => call.args(["postgres".to_owned(), place.url()]),
        Engine::Mariadb => call.args(["mariadb".to_owned(), place.url()]),
    }
}
