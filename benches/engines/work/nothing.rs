//! A backfill that finds nothing to do, against the engine's own count of the
//! spaces that lack a live standing invite.

use crate::contest::Contest;
use crate::data;
use crate::options::Options;
use crate::place::Place;
use crate::report;

/// The most that our time may be to theirs.
const TARGET: f64 = 1.1;

pub fn run(place: &Place, options: &Options) {
    place.empty();
    data::spaces(place, options.rows, "space");
    let backfill = place.invite(&["backfill", "--yes"]);
    backfill.run().unwrap_or_else(|problem| panic!("invite backfill failed: {problem}"));
    place.keep("complete");
    place.restore("complete");
    contest(place, options);
    place.forget("complete");
}

/// The same where every space has its code already.
pub fn contest(place: &Place, options: &Options) {
    let now = place.engine.at("0");
    let count = format!(
        "SELECT count(*) FROM invite_spaces AS s WHERE s.policy = 'space' AND NOT EXISTS (SELECT 1 FROM invites AS i \
         WHERE i.slot = 'standing:' || s.id \
         AND (i.closed_at IS NULL OR (i.closed_reason = 'replaced' AND i.closed_at > {now})) \
         AND (i.expires_at IS NULL OR i.expires_at > {now}) AND (i.max_uses IS NULL OR i.uses < i.max_uses));"
    );
    let contest = Contest {
        ours: place.invite(&["backfill", "--yes"]),
        theirs: place.shell(&count),
        times: 1,
        clock: None,
        prepare: &|_| (),
        check: &|_| (),
    };
    report::contest(place, "backfill with nothing missing", &contest.run(options.rounds), TARGET);
}
