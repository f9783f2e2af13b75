//! Consistency after a load: reported outcomes, stored rows and counts of the engine must agree.

use std::collections::HashSet;

use crate::load::Outcomes;

/// Queries that count inconsistent rows; each must return 0.
const NEVER: [(&str, &str); 5] = [
    (
        "a counter and its ledger differ",
        "SELECT count(*) FROM invites WHERE uses <> (SELECT count(*) FROM invite_uses WHERE invite_id = invites.id)",
    ),
    ("a usage limit is exceeded", "SELECT count(*) FROM invites WHERE uses > max_uses"),
    ("a use has no invite", "SELECT count(*) FROM invite_uses WHERE invite_id NOT IN (SELECT id FROM invites)"),
    (
        "a use has no member",
        "SELECT count(*) FROM invite_uses AS u WHERE NOT EXISTS \
         (SELECT 1 FROM invite_members AS m WHERE m.invite_id = u.invite_id AND m.user_id = u.user_id)",
    ),
    ("two live invites hold one place", "SELECT count(*) - count(DISTINCT slot) FROM invites WHERE slot IS NOT NULL"),
];

/// Asserts consistency, and returns the number of stored uses. `ask` runs a query with the engine's
/// own client.
pub fn check(outcomes: &Outcomes, ask: impl Fn(&str) -> String) -> usize {
    for (what, query) in NEVER {
        assert_eq!(ask(query).trim(), "0", "{what}");
    }
    let stored = ask("SELECT concat(invite_id, ' ', user_id) FROM invite_uses");
    let stored: Vec<&str> = stored.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let distinct: HashSet<&str> = stored.iter().copied().collect();
    assert_eq!(stored.len(), distinct.len(), "a use is stored twice");
    let lost: Vec<String> = outcomes
        .accepted
        .iter()
        .map(|(invite, user)| format!("{invite} {user}"))
        .filter(|line| !distinct.contains(line.as_str()))
        .collect();
    assert!(lost.is_empty(), "{} acknowledged uses are lost: {:?}", lost.len(), &lost[..lost.len().min(3)]);
    // Stored but unreported uses are those with an unknown outcome.
    let unreported = stored.len() - outcomes.accepted.len();
    assert!(unreported as u64 <= outcomes.unavailable, "{unreported} uses were stored but not reported");
    stored.len()
}
