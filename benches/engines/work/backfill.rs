//! A code for every space, compared with one `INSERT ... SELECT` that generates codes with
//! the engine's random function.

use crate::comparison::{Comparison, Side};
use crate::data;
use crate::options::Options;
use crate::report;
use crate::sql::REFERENCE_OPERATION;
use crate::testbed::{Engine, Testbed};

/// Maximum ratio of the time of `invite` to that of the reference, per engine.
const TARGET: [f64; 3] = [1.00, 1.05, 1.10];

pub fn run(testbed: &Testbed, options: &Options) {
    testbed.empty();
    data::spaces(testbed, options.rows, "space");
    testbed.save("spaces");
    let comparison = Comparison {
        ours: testbed.invite(&["backfill", "--yes"]),
        theirs: testbed.shell(&statement(testbed.engine)),
        times: 1,
        clock: None,
        prepare: &|_| testbed.restore("spaces"),
        check: &|side| {
            let made = testbed.query("SELECT count(*) FROM invites WHERE slot IS NOT NULL AND code = code_key;");
            assert_eq!(made, options.rows.to_string(), "invites made by {side:?}");
        },
    };
    report::ratio(testbed, "backfill", &comparison.run(options.rounds), testbed.engine.of(TARGET));
    testbed.delete("spaces");
}

/// Compares a dry run with the backfill itself.
pub fn dry_run(testbed: &Testbed, options: &Options) {
    testbed.empty();
    data::spaces(testbed, options.rows, "space");
    testbed.save("spaces");
    let comparison = Comparison {
        ours: testbed.invite(&["backfill", "--dry-run"]),
        theirs: testbed.invite(&["backfill", "--yes"]),
        times: 1,
        clock: None,
        prepare: &|_| testbed.restore("spaces"),
        check: &|side| {
            let made = testbed.query("SELECT count(*) FROM invites;");
            let expected = if side == Side::Ours { 0 } else { options.rows };
            assert_eq!(made, expected.to_string(), "invites made by {side:?}");
        },
    };
    report::ratio(testbed, "backfill --dry-run, against the run", &comparison.run(options.rounds), 1.0);
    testbed.delete("spaces");
}

/// Returns the reference statement. It stores a code in two columns, so the code must be
/// generated once: engines do not flatten a subquery with a limit.
pub fn statement(engine: Engine) -> String {
    let once = engine.of(["LIMIT -1", "OFFSET 0", "LIMIT 9223372036854775807"]);
    format!(
        "INSERT INTO invites (id, space_id, role, code, code_key, created_at, slot, created_op) \
         SELECT {id}, r.space, 'member', r.code, r.code, {at}, 'standing:' || r.space, {op} \
         FROM (SELECT s.id AS space, {code} AS code, row_number() OVER () AS n \
         FROM invite_spaces AS s WHERE s.policy = 'space' \
         AND NOT EXISTS (SELECT 1 FROM invites AS i WHERE i.slot = 'standing:' || s.id) {once}) AS r;",
        id = engine.id_of("r.n"),
        code = engine.random_code(),
        at = engine.at("0"),
        op = engine.id(REFERENCE_OPERATION),
    )
}
