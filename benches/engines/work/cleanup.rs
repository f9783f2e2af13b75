//! Closing expired invites, compared with one `UPDATE`, and deleting old invites, compared
//! with one `DELETE`.

use crate::comparison::Comparison;
use crate::data::{self, State};
use crate::options::Options;
use crate::report;
use crate::sql::REFERENCE_OPERATION;
use crate::testbed::Testbed;

/// Maximum ratios of the time of `invite` to that of the reference, per engine.
const CLOSE_TARGET: [f64; 3] = [0.80, 1.05, 1.05];
const PURGE_TARGET: [f64; 3] = [0.90, 1.10, 1.40];

pub fn close(testbed: &Testbed, options: &Options) {
    let engine = testbed.engine;
    testbed.empty();
    data::invites(testbed, options.rows, State::Expired);
    testbed.save("expired");
    let now = engine.at("0");
    let statement = format!(
        "UPDATE invites SET closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, \
         closed_at = {now}, closed_op = {op}, slot = NULL \
         WHERE closed_at IS NULL AND (expires_at <= {now} OR uses >= max_uses);",
        op = engine.id(REFERENCE_OPERATION),
    );
    let comparison = Comparison {
        ours: testbed.invite(&["cleanup", "--yes"]),
        theirs: testbed.shell(&statement),
        times: 1,
        clock: None,
        prepare: &|_| testbed.restore("expired"),
        check: &|side| {
            let closed = "SELECT count(*) FROM invites WHERE closed_reason = 'expired' AND closed_op IS NOT NULL \
                 AND closed_at IS NOT NULL AND slot IS NULL;";
            assert_eq!(testbed.query(closed), options.rows.to_string(), "invites closed by {side:?}");
        },
    };
    report::ratio(testbed, "cleanup, closing", &comparison.run(options.rounds), engine.of(CLOSE_TARGET));
    testbed.delete("expired");
}

pub fn purge(testbed: &Testbed, options: &Options) {
    let engine = testbed.engine;
    testbed.empty();
    data::invites(testbed, options.rows, State::Closed);
    testbed.save("closed");
    let limit = engine.at("-86400 * 90");
    let comparison = Comparison {
        ours: testbed.invite(&["cleanup", "--purge-after", "90d", "--yes"]),
        theirs: testbed.shell(&format!("DELETE FROM invites WHERE closed_at <= {limit} AND uses = 0;")),
        times: 1,
        clock: None,
        prepare: &|_| testbed.restore("closed"),
        check: &|side| assert_eq!(testbed.query("SELECT count(*) FROM invites;"), "0", "invites left by {side:?}"),
    };
    report::ratio(testbed, "cleanup, purging", &comparison.run(options.rounds), engine.of(PURGE_TARGET));
    testbed.delete("closed");
}
