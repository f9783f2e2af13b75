//! Validating a code in a new process, compared with one `SELECT` in the shell.

use crate::comparison::Comparison;
use crate::data::{self, State};
use crate::options::Options;
use crate::report;
use crate::testbed::Testbed;

/// Maximum ratio of the time of `invite` to that of the reference, per engine.
const TARGET: [f64; 3] = [2.0, 1.2, 1.2];

/// Number of processes per round.
const STARTS: u32 = 50;

/// Selects a valid code.
const VALID_CODE: &str = "SELECT code FROM invites WHERE closed_at IS NULL AND expires_at IS NULL AND max_uses IS NULL \
     AND email IS NULL ORDER BY id LIMIT 1;";

pub fn run(testbed: &Testbed, options: &Options) {
    testbed.empty();
    data::invites(testbed, options.rows, State::Mixed);
    testbed.save("mixed");
    testbed.restore("mixed");
    let code = testbed.query(VALID_CODE);
    let comparison = Comparison {
        ours: testbed.invite(&["validate", &code]),
        theirs: testbed.shell(&format!("{} WHERE i.code_key = '{code}';", super::list::SELECT)),
        times: STARTS,
        clock: None,
        prepare: &|_| (),
        check: &|_| (),
    };
    report::ratio(testbed, "validate CODE", &comparison.run(options.rounds), testbed.engine.of(TARGET));
    testbed.delete("mixed");
}
