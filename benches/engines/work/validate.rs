//! One look at one code, from the start of a process to its end, against the
//! shell's one `SELECT`.

use crate::contest::Contest;
use crate::data::{self, Life};
use crate::options::Options;
use crate::place::Place;
use crate::report;

/// The most that our time may be to theirs.
const TARGET: [f64; 3] = [2.0, 1.2, 1.2];

/// How many processes a round starts in a row.
const STARTS: u32 = 50;

/// A code that anyone can use now.
const GOOD: &str = "SELECT code FROM invites WHERE closed_at IS NULL AND expires_at IS NULL AND max_uses IS NULL \
     AND email IS NULL ORDER BY id LIMIT 1;";

pub fn run(place: &Place, options: &Options) {
    place.empty();
    data::invites(place, options.rows, Life::Mixed);
    place.keep("mixed");
    place.restore("mixed");
    let code = place.ask(GOOD);
    let contest = Contest {
        ours: place.invite(&["validate", &code]),
        theirs: place.shell(&format!("{} WHERE i.code_key = '{code}';", super::list::SELECT)),
        times: STARTS,
        clock: None,
        prepare: &|_| (),
        check: &|_| (),
    };
    report::contest(place, "validate CODE", &contest.run(options.rounds), place.engine.of(TARGET));
    place.forget("mixed");
}
