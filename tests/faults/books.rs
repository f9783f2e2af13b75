//! The books after a load: what was told, what is stored, and what the engine
//! itself counts must agree.

use std::collections::HashSet;

use crate::load::Told;

/// What must never be, counted by the engine: each answers 0.
const NEVER: [(&str, &str); 5] = [
    (
        "a counter and its ledger differ",
        "SELECT count(*) FROM invites WHERE uses <> (SELECT count(*) FROM invite_uses WHERE invite_id = invites.id)",
    ),
    ("an invite is over-redeemed", "SELECT count(*) FROM invites WHERE uses > max_uses"),
    ("a use has no invite", "SELECT count(*) FROM invite_uses WHERE invite_id NOT IN (SELECT id FROM invites)"),
    (
        "a use has no member",
        "SELECT count(*) FROM invite_uses AS u WHERE NOT EXISTS \
         (SELECT 1 FROM invite_members AS m WHERE m.invite_id = u.invite_id AND m.user_id = u.user_id)",
    ),
    ("two live invites hold one place", "SELECT count(*) - count(DISTINCT slot) FROM invites WHERE slot IS NOT NULL"),
];

/// Checks the books; `ask` runs a query with the engine's own shell. Answers
/// how many uses are stored.
pub fn check(told: &Told, ask: impl Fn(&str) -> String) -> usize {
    for (what, query) in NEVER {
        assert_eq!(ask(query).trim(), "0", "{what}");
    }
    let stored = ask("SELECT concat(invite_id, ' ', user_id) FROM invite_uses");
    let stored: Vec<&str> = stored.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let distinct: HashSet<&str> = stored.iter().copied().collect();
    assert_eq!(stored.len(), distinct.len(), "a use is stored twice");
    let lost: Vec<String> = told
        .accepted
        .iter()
        .map(|(invite, user)| format!("{invite} {user}"))
        .filter(|line| !distinct.contains(line.as_str()))
        .collect();
    assert!(lost.is_empty(), "{} acknowledged uses are lost: {:?}", lost.len(), &lost[..lost.len().min(3)]);
    // What was stored and never told is what the tool said it could not know.
    let untold = stored.len() - told.accepted.len();
    assert!(untold as u64 <= told.unavailable, "{untold} uses were made and not told of");
    stored.len()
}
