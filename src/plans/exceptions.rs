//! What goes through many rows, and why it may.

use crate::plans::Planner::{self, Mariadb, Mysql, Postgres, Sqlite};

/// Findings that are as they should be.
pub(crate) struct Exception {
    /// In these steps; none: in all.
    pub steps: &'static [&'static str],
    /// Of statements that hold this.
    pub of: &'static str,
    pub on: &'static [Planner],
    /// Of these there must be one at least; the order of a join is the planner's.
    pub findings: &'static [&'static str],
}

impl Exception {
    pub(crate) fn is_of(&self, planner: Planner, step: &str, statement: &str) -> bool {
        (self.steps.is_empty() || self.steps.contains(&step))
            && statement.contains(self.of)
            && self.on.contains(&planner)
    }
}

const ALL: &[Planner] = &[Sqlite, Postgres, Mariadb, Mysql];

const SERVERS: &[Planner] = &[Postgres, Mariadb, Mysql];

/// The servers that get the same statements.
const FAMILY: &[Planner] = &[Mariadb, Mysql];

/// Through the invites, and through the spaces that belong to them.
const JOINED: &[&str] = &["scan invites", "scan invite_spaces"];

/// Lists without a limit that no index serves.
const WHOLE: &[&str] = &[
    "list all",
    "list all --policy",
    "list all --status active",
    "list all --role",
    "list all --expires-before",
    "list all --search",
];

/// An exception of some steps, on every engine.
const fn of(steps: &'static [&'static str], of: &'static str, findings: &'static [&'static str]) -> Exception {
    Exception { steps, of, on: ALL, findings }
}

/// An exception of all steps, of some planners.
const fn on(on: &'static [Planner], of: &'static str, findings: &'static [&'static str]) -> Exception {
    Exception { steps: &[], of, on, findings }
}

pub(crate) const EXCEPTIONS: &[Exception] = &[
    // In the order of a key that exists, and no further than the limit.
    of(&["list"], " ORDER BY i.id DESC LIMIT", &["scan invites"]),
    on(&[Sqlite, Postgres], "{by_key:invites}", &["scan invites"]),
    of(&["list --sort oldest"], " ORDER BY i.id LIMIT", &["scan invites"]),
    of(&["list --sort space"], " ORDER BY i.space_id, i.id LIMIT", JOINED),
    // The last of the key, and no further.
    of(&["operations"], "FROM invite_operations ORDER BY id DESC LIMIT 1", &["scan invite_operations"]),
    // From what was typed on, in the order of the key, and no further than the limit.
    of(&["offer"], "FROM invite_spaces WHERE id >= :from", &["range invite_spaces"]),
    of(&["offer"], "FROM invite_users WHERE id >= :from", &["range invite_users"]),
    of(&["offer"], "FROM invites WHERE id >= :first", &["range invites"]),
    of(&[], "WHERE id >= :first AND id <= :last ORDER BY id DESC", &["range invite_operations"]),
    of(&[], "FROM invite_operations AS o ORDER BY o.id DESC LIMIT", &["scan invite_operations"]),
    of(&[], " ORDER BY s.id LIMIT :limit", &["scan invite_spaces"]),
    of(&["member list"], " ORDER BY m.space_id, m.user_id LIMIT", &["scan invite_members"]),
    // Who counts all of them looks at all.
    of(
        &["list", "list --sort oldest", "list --sort expires", "list --sort uses", "list --sort space"],
        "SELECT count(*) AS total FROM invites AS i",
        JOINED,
    ),
    of(&["count of the living"], "SELECT count(*) AS live", &["scan invites", "range invites"]),
    of(&[], "SELECT count(*) AS total FROM invite_operations", &["scan invite_operations"]),
    of(&["member list"], "SELECT count(*) AS total FROM invite_members", &["scan invite_members"]),
    // Who takes all of them goes through all: page by page, or the tables as
    // wholes.
    of(WHOLE, " ORDER BY i.id DESC", &["scan invites"]),
    Exception { steps: WHOLE, of: ")) AS lines FROM page", on: &[Sqlite], findings: &["range invites"] },
    Exception {
        steps: WHOLE,
        of: " ORDER BY i.id DESC",
        on: &[Postgres],
        findings: &["scan invite_spaces", "scan invite_uses", "sort"],
    },
    // An order that no index has: for people, who ask for it now and then. An
    // index would cost each insert, or each use.
    of(&["list --sort expires", "list --sort uses"], "LIMIT :limit", &["scan invites"]),
    of(&["list --sort expires", "list --sort uses"], "LIMIT :limit", &["sort"]),
    // There are a handful of policies, roles and statuses: each is that of a
    // large part of the rows. A status follows from the instant, too.
    of(&["list --policy"], "s.policy = :policy", JOINED),
    of(&["list --role"], "i.role = :role", JOINED),
    of(&["list --status active", "list --status revoked"], " END IN (", JOINED),
    of(&[], "AS total FROM invite_spaces AS s WHERE (:policy IS NULL", &["scan invite_spaces"]),
    of(&[], "FROM invite_spaces WHERE policy {in_texts:policies}", &["scan invite_spaces"]),
    of(&[], "GROUP BY policy ORDER BY policy", &["scan invite_spaces"]),
    on(&[Sqlite, Mariadb, Mysql], "GROUP BY policy ORDER BY policy", &["sort"]),
    of(&["revoke of a policy"], "AS last FROM invites AS i", JOINED),
    of(
        &["revoke of a policy"],
        "AND i.id > :after AND i.id <= :last",
        &["range invites", "scan invites", "scan invite_spaces"],
    ),
    // It looks for one that others could revoke, to say why this user cannot.
    of(&["revoke --as of nothing"], "SELECT DISTINCT i.space_id", &["scan invites", "scan invite_spaces", "sort"]),
    // Most of what ended at all ended before any instant that is asked for.
    of(&["list --expires-before"], "i.expires_at < :before", JOINED),
    // A text anywhere within others.
    of(&["list --search", "list --search of a domain"], "{matches:i.email search}", JOINED),
    // Statistics count all there is, in one look, and sort what they count into
    // a handful of groups.
    of(&[], "GROUP BY s.policy, i.status", JOINED),
    on(&[Sqlite, Mariadb], "GROUP BY s.policy, i.status", &["sort"]),
    on(&[Sqlite, Mariadb], " GROUP BY day", &["sort"]),
    // What came in on the last days: of uses the last ids. An index by the time of
    // joining would cost each use.
    of(
        &[],
        "AS day, count(*) AS total FROM invite_",
        &["range invite_uses", "scan invite_members", "scan invite_spaces"],
    ),
    // What expires in the next days, by the index of expiries: all of these rows.
    on(&[Postgres], "AS day, count(*) AS total FROM (SELECT", &["range invites", "scan invite_spaces"]),
    // MySQL estimates their number from a sample, and at times scans the table.
    on(&[Mysql], "AS day, count(*) AS total FROM (SELECT", &["range invites", "scan invites", "scan invite_spaces"]),
    // A walk in pages of the primary key: the page's size bounds it, or its ends do.
    of(
        &[],
        "FROM invite_spaces WHERE id > :after AND policy {in_texts:policies} AND removed_at IS NULL ORDER BY id",
        &["range invite_spaces"],
    ),
    on(&[Sqlite], "FROM invite_spaces WHERE id >= :least AND id <= :greatest", &["range invite_spaces"]),
    // There are few removed spaces. An index of them would cost each space more than it
    // saves a purge, which looks at all spaces once.
    of(&[], "FROM invite_spaces AS p WHERE p.removed_at <= :before", &["scan invite_spaces"]),
    of(&[], " WHERE s.removed_at IS NOT NULL", &["scan invite_spaces"]),
    of(
        &[],
        "FROM invite_spaces AS s WHERE s.id > :after AND s.removed_at IS NOT NULL",
        &["range invite_spaces", "scan invite_spaces"],
    ),
    of(
        &[],
        "FROM invite_spaces WHERE id > :after AND removed_at <= :before",
        &["range invite_spaces", "scan invite_spaces"],
    ),
    on(&[Sqlite, Postgres], "(SELECT id FROM invite_spaces WHERE removed_at IS NOT NULL)", &["scan invite_spaces"]),
    of(&[], "WHERE id >= :first AND id <= :end ORDER BY id LIMIT 1 OFFSET :skipped", &["range invites"]),
    on(&[Sqlite, Mariadb, Mysql], "id <= :last AND ", &["range invites"]),
    // One look at all spaces, to spare a walk.
    of(&[], "ELSE i.slot END) AS standing", &["scan invite_spaces"]),
    on(&[Postgres], "ELSE i.slot END) AS standing", &["scan invites"]),
    // Where no index holds just these rows: other programs alone leave such ones
    // behind, and a cleanup looks at the open ones once.
    on(FAMILY, "uses >= max_uses", &["scan invites", "range invites"]),
    // Who deletes very many looks at them once.
    Exception {
        steps: &["a cleanup of very many"],
        of: "closed_at <= :before",
        on: SERVERS,
        findings: &["range invites", "scan invites"],
    },
    // The windows that are over lie among the others: an index by time would
    // cost each attempt more than it saves a cleanup.
    on(SERVERS, "<= :last AND window_start < :window", &["scan invite_limits", "range invite_limits"]),
];

/// Pieces that an engine never runs: on which, and what they hold.
pub(crate) const ELSEWHERE: [(&[Planner], &str); 23] = [
    // One cuts the lists that it makes of rows, and gets a page in two statements.
    (&[Sqlite, Postgres], "SELECT count(*) AS scanned, max(p.id) AS last FROM "),
    (&[Sqlite, Postgres], "SELECT p.id, p.name, p.policy FROM invite_spaces AS p"),
    (&[Sqlite, Postgres], "WHERE p.id > :after AND p.id <= :last"),
    (&[Sqlite, Postgres], " ORDER BY p.id"),
    (FAMILY, "NOT EXISTS (SELECT 1 FROM invites AS i WHERE i.slot = "),
    (FAMILY, "{list_of_spaces}"),
    (FAMILY, ") AS text) AS missing FROM "),
    // The embedded one hands rows over as texts of many.
    (SERVERS, "WITH RECURSIVE page (high, low) AS "),
    (SERVERS, ") AS lines FROM page"),
    // and takes a whole transaction at once.
    (SERVERS, " SELECT NULL, 0 WHERE changes() = 0"),
    (SERVERS, " - :asked BETWEEN 0 AND :too_old"),
    // Whose indexes hold the ids sees by them between which ids the rows lie,
    (FAMILY, "{by_key:invites}"),
    (FAMILY, " ORDER BY id ASC LIMIT 1"),
    (FAMILY, " ORDER BY id DESC LIMIT 1"),
    // and how many they are at most.
    (&[Sqlite, Postgres], "{by:invites_by_closing_and_expiry}"),
    // Who writes alone locks no rows.
    (&[Sqlite], "SET hits = hits + 1 WHERE"),
    (&[Sqlite], "SELECT count(*) AS total FROM (SELECT id FROM invites WHERE "),
    (&[Sqlite], "SELECT count(*) AS total FROM invites AS i WHERE "),
    (&[Sqlite], "SELECT id FROM invites AS i WHERE "),
    (&[Sqlite], "SELECT id FROM invites WHERE id = :id {lock}"),
    (&[Sqlite], "AND closed_at > :beyond)) ORDER BY id {lock}"),
    (&[Sqlite], ") ORDER BY id {lock}) AS held"),
    (&[Sqlite], " ORDER BY id {lock_free}"),
];
