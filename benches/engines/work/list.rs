//! Lists for scripts, compared with the same rows printed by the shell.

use std::fs;

use crate::comparison::{Comparison, Side};
use crate::data::{self, State};
use crate::options::Options;
use crate::report;
use crate::testbed::{Engine, Testbed};

/// Maximum ratio of the time of `invite` to that of the reference.
const TARGET: f64 = 1.0;

/// The columns that `invite list` reads.
pub const SELECT: &str = "SELECT i.id, i.space_id, s.name AS space_name, s.policy, i.role, i.code, i.code_key, i.email, \
     i.note, i.created_by, i.created_at, i.starts_at, i.expires_at, i.max_uses, i.uses, i.closed_at, i.closed_reason, \
     i.sends, i.last_sent_at, i.last_send_error, i.send_after, i.created_op, i.closed_op, u.user_id AS used_by, u.used_at \
     FROM invites AS i JOIN invite_spaces AS s ON s.id = i.space_id \
     LEFT JOIN invite_uses AS u ON u.invite_id = CASE WHEN i.max_uses = 1 AND i.uses = 1 THEN i.id END";

pub fn run(testbed: &Testbed, options: &Options, format: &str) {
    testbed.empty();
    data::invites(testbed, options.rows, State::Mixed);
    testbed.save("mixed");
    testbed.restore("mixed");
    let ours = testbed.invite(&["list", "--all", "-o", format]);
    let query = format!("{SELECT} ORDER BY i.id DESC");
    let theirs = testbed.shell(&match testbed.engine {
        Engine::Sqlite => format!(".mode csv\n.headers on\n{query};"),
        Engine::Postgres => format!("\\copy ({query}) TO STDOUT WITH (FORMAT csv, HEADER)"),
        Engine::Mariadb => format!("{query};"),
    });
    let comparison = Comparison {
        times: 1,
        clock: None,
        prepare: &|_| (),
        check: &|side| {
            let output = if side == Side::Ours { ours.output() } else { theirs.output() };
            let text = fs::read(output).expect("the list was written");
            let lines = text.split(|byte| *byte == b'\n').count() as u64 - 1;
            let heads = u64::from(side == Side::Theirs || format == "csv");
            assert_eq!(lines, options.rows + heads, "lines written by {side:?}");
        },
        ours: ours.clone(),
        theirs: theirs.clone(),
    };
    report::ratio(testbed, &format!("list -o {format}"), &comparison.run(options.rounds), TARGET);
    testbed.delete("mixed");
}
