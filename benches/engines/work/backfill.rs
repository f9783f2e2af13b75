//! A code for every space, against one `INSERT ... SELECT` that makes codes by
//! the engine's own chance.

use crate::contest::{Contest, Side};
use crate::data;
use crate::options::Options;
use crate::place::{Engine, Place};
use crate::report;
use crate::sql::REFERENCE;

/// The most that our time may be to theirs.
const TARGET: [f64; 3] = [1.00, 1.05, 1.10];

pub fn run(place: &Place, options: &Options) {
    place.empty();
    data::spaces(place, options.rows, "space");
    place.keep("spaces");
    let contest = Contest {
        ours: place.invite(&["backfill", "--yes"]),
        theirs: place.shell(&statement(place.engine)),
        times: 1,
        clock: None,
        prepare: &|_| place.restore("spaces"),
        check: &|side| {
            let made = place.ask("SELECT count(*) FROM invites WHERE slot IS NOT NULL AND code = code_key;");
            assert_eq!(made, options.rows.to_string(), "invites made by {side:?}");
        },
    };
    report::contest(place, "backfill", &contest.run(options.rounds), place.engine.of(TARGET));
    place.forget("spaces");
}

/// A dry run against the run.
pub fn dry_run(place: &Place, options: &Options) {
    place.empty();
    data::spaces(place, options.rows, "space");
    place.keep("spaces");
    let contest = Contest {
        ours: place.invite(&["backfill", "--dry-run"]),
        theirs: place.invite(&["backfill", "--yes"]),
        times: 1,
        clock: None,
        prepare: &|_| place.restore("spaces"),
        check: &|side| {
            let made = place.ask("SELECT count(*) FROM invites;");
            let expected = if side == Side::Ours { 0 } else { options.rows };
            assert_eq!(made, expected.to_string(), "invites made by {side:?}");
        },
    };
    report::contest(place, "backfill --dry-run, against the run", &contest.run(options.rounds), 1.0);
    place.forget("spaces");
}

/// One code is written in two columns, so what makes it must run once: a
/// subquery with a limit is not taken apart.
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
        op = engine.id(REFERENCE),
    )
}
