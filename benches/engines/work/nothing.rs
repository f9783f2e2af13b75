//! A backfill with nothing to do, compared with a query that counts the spaces without an
//! open standing invite.

use crate::comparison::Comparison;
use crate::data;
use crate::options::Options;
use crate::report;
use crate::testbed::Testbed;

/// Maximum ratio of the time of `invite` to that of the reference.
const TARGET: f64 = 1.1;

pub fn run(testbed: &Testbed, options: &Options) {
    testbed.empty();
    data::spaces(testbed, options.rows, "space");
    let backfill = testbed.invite(&["backfill", "--yes"]);
    backfill.run().unwrap_or_else(|problem| panic!("invite backfill failed: {problem}"));
    testbed.save("complete");
    testbed.restore("complete");
    comparison(testbed, options);
    testbed.delete("complete");
}

/// Compares both on a database in which every space has its code.
pub fn comparison(testbed: &Testbed, options: &Options) {
    let now = testbed.engine.at("0");
    let count = format!(
        "SELECT count(*) FROM invite_spaces AS s WHERE s.policy = 'space' AND NOT EXISTS (SELECT 1 FROM invites AS i \
         WHERE i.slot = 'standing:' || s.id \
         AND (i.closed_at IS NULL OR (i.closed_reason = 'replaced' AND i.closed_at > {now})) \
         AND (i.expires_at IS NULL OR i.expires_at > {now}) AND (i.max_uses IS NULL OR i.uses < i.max_uses));"
    );
    let comparison = Comparison {
        ours: testbed.invite(&["backfill", "--yes"]),
        theirs: testbed.shell(&count),
        times: 1,
        clock: None,
        prepare: &|_| (),
        check: &|_| (),
    };
    report::ratio(testbed, "backfill with nothing missing", &comparison.run(options.rounds), TARGET);
}
