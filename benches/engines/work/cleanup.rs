//! Closing what has expired, against one `UPDATE`, and deleting what has long
//! been closed, against one `DELETE`.

use crate::contest::Contest;
use crate::data::{self, Life};
use crate::options::Options;
use crate::place::Place;
use crate::report;
use crate::sql::REFERENCE;

/// The most that our time may be to theirs.
const CLOSE_TARGET: [f64; 3] = [0.80, 1.05, 1.05];
const PURGE_TARGET: [f64; 3] = [0.90, 1.10, 1.40];

pub fn close(place: &Place, options: &Options) {
    let engine = place.engine;
    place.empty();
    data::invites(place, options.rows, Life::Expired);
    place.keep("expired");
    let now = engine.at("0");
    let statement = format!(
        "UPDATE invites SET closed_reason = CASE WHEN uses >= max_uses THEN 'used_up' ELSE 'expired' END, \
         closed_at = {now}, closed_op = {op}, slot = NULL \
         WHERE closed_at IS NULL AND (expires_at <= {now} OR uses >= max_uses);",
        op = engine.id(REFERENCE),
    );
    let contest = Contest {
        ours: place.invite(&["cleanup", "--yes"]),
        theirs: place.shell(&statement),
        times: 1,
        clock: None,
        prepare: &|_| place.restore("expired"),
        check: &|side| {
            let closed = "SELECT count(*) FROM invites WHERE closed_reason = 'expired' AND closed_op IS NOT NULL \
                 AND closed_at IS NOT NULL AND slot IS NULL;";
            assert_eq!(place.ask(closed), options.rows.to_string(), "invites closed by {side:?}");
        },
    };
    report::contest(place, "cleanup, closing", &contest.run(options.rounds), engine.of(CLOSE_TARGET));
    place.forget("expired");
}

pub fn purge(place: &Place, options: &Options) {
    let engine = place.engine;
    place.empty();
    data::invites(place, options.rows, Life::Closed);
    place.keep("closed");
    let limit = engine.at("-86400 * 90");
    let contest = Contest {
        ours: place.invite(&["cleanup", "--purge-after", "90d", "--yes"]),
        theirs: place.shell(&format!("DELETE FROM invites WHERE closed_at <= {limit} AND uses = 0;")),
        times: 1,
        clock: None,
        prepare: &|_| place.restore("closed"),
        check: &|side| assert_eq!(place.ask("SELECT count(*) FROM invites;"), "0", "invites left by {side:?}"),
    };
    report::contest(place, "cleanup, purging", &contest.run(options.rounds), engine.of(PURGE_TARGET));
    place.forget("closed");
}
