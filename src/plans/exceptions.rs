//! Statements that may read many rows, with the reasons.

use Planner::{Mariadb, Mysql, Postgres, Sqlite};

/// A query planner. `MariaDB` and `MySQL` are one engine with two planners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Planner {
    Sqlite,
    Postgres,
    Mariadb,
    Mysql,
}

/// Findings that are accepted.
pub(crate) struct Exception {
    /// The steps; all if empty.
    pub steps: &'static [&'static str],
    /// A part of the statement.
    pub of: &'static str,
    pub on: &'static [Planner],
    /// At least one of these must be found; the planner chooses the order of a join.
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

/// The servers with the same SQL.
const FAMILY: &[Planner] = &[Mariadb, Mysql];

/// A scan of the invites and of their spaces.
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

/// An exception for some steps, on every engine.
const fn of(steps: &'static [&'static str], of: &'static str, findings: &'static [&'static str]) -> Exception {
    Exception { steps, of, on: ALL, findings }
}

/// An exception for all steps, on some planners.
const fn on(on: &'static [Planner], of: &'static str, findings: &'static [&'static str]) -> Exception {
    Exception { steps: &[], of, on, findings }
}

pub(crate) const EXCEPTIONS: &[Exception] = &[
    // Reads in the order of an index, up to the limit.
    of(&["list"], " ORDER BY i.id DESC LIMIT", &["scan invites"]),
    on(&[Sqlite, Postgres], "{by_key:invites}", &["scan invites"]),
    of(&["list --sort oldest"], " ORDER BY i.id LIMIT", &["scan invites"]),
    of(&["list --sort space"], " ORDER BY i.space_id, i.id LIMIT", JOINED),
    // The last row of the primary key.
    of(&["operations"], "FROM invite_operations ORDER BY id DESC LIMIT 1", &["scan invite_operations"]),
    // From the typed prefix in the order of the primary key, up to the limit.
    of(&["offer"], "FROM {invite_spaces} WHERE id >= :from", &["range invite_spaces"]),
    of(&["offer"], "FROM {invite_users} WHERE id >= :from", &["range invite_users"]),
    of(&["offer"], "FROM {invites} WHERE id >= :first", &["range invites"]),
    of(&[], "WHERE id >= :first AND id <= :last ORDER BY id DESC", &["range invite_operations"]),
    of(&[], "FROM invite_operations AS o ORDER BY o.id DESC LIMIT", &["scan invite_operations"]),
    of(&[], " ORDER BY s.id LIMIT :limit", &["scan invite_spaces"]),
    of(&["member list"], " ORDER BY m.space_id, m.user_id LIMIT", &["scan invite_members"]),
    // Counting all rows reads all rows.
    of(
        &["list", "list --sort oldest", "list --sort expires", "list --sort uses", "list --sort space"],
        "SELECT count(*) AS total FROM {invites AS i}",
        JOINED,
    ),
    of(&["count of the living"], "SELECT count(*) AS live", &["scan invites", "range invites"]),
    of(&[], "SELECT count(*) AS total FROM invite_operations", &["scan invite_operations"]),
    of(&["member list"], "SELECT count(*) AS total FROM {invite_members AS m}", &["scan invite_members"]),
    // Listing all rows reads all rows, page by page or as whole tables.
    of(WHOLE, " ORDER BY i.id DESC", &["scan invites"]),
    Exception { steps: WHOLE, of: ")) AS lines FROM page", on: &[Sqlite], findings: &["range invites"] },
    Exception {
        steps: WHOLE,
        of: " ORDER BY i.id DESC",
        on: &[Postgres],
        findings: &["scan invite_spaces", "scan invite_uses", "sort"],
    },
    // An order without an index, for operators, who rarely request it. An index would cost each insert
    // or each use.
    of(&["list --sort expires", "list --sort uses"], "LIMIT :limit", &["scan invites"]),
    of(&["list --sort expires", "list --sort uses"], "LIMIT :limit", &["sort"]),
    // There are a handful of policies, roles and statuses, each with a large part of the rows. The
    // status also depends on the current time.
    of(&["list --policy"], "s.policy = :policy", JOINED),
    of(&["list --role"], "i.role = :role", JOINED),
    of(&["list --status active", "list --status revoked"], " END IN (", JOINED),
    of(&[], "AS total FROM {invite_spaces AS s} WHERE (:policy IS NULL", &["scan invite_spaces"]),
    of(&[], "FROM {invite_spaces} WHERE policy {in_texts:policies}", &["scan invite_spaces"]),
    of(&[], "GROUP BY policy ORDER BY policy", &["scan invite_spaces"]),
    on(&[Sqlite, Mariadb, Mysql], "GROUP BY policy ORDER BY policy", &["sort"]),
    of(&["revoke of a policy"], "AS last FROM {invites AS i}", JOINED),
    of(
        &["revoke of a policy"],
        "AND i.id > :after AND i.id <= :last",
        &["range invites", "scan invites", "scan invite_spaces"],
    ),
    // Finds a space in which others may revoke, to explain why this user may not.
    of(&["revoke --as of nothing"], "SELECT DISTINCT i.space_id", &["scan invites", "scan invite_spaces", "sort"]),
    // Whatever the instant, most closed invites match, so a scan is right.
    of(&["list --expires-before"], "i.expires_at < :before", JOINED),
    // A text inside other texts.
    of(&["list --search", "list --search of a domain"], "{matches:i.email search}", JOINED),
    // Statistics count all rows in one statement, and sort the few groups.
    of(&[], "GROUP BY s.policy, i.status", JOINED),
    on(&[Sqlite, Mariadb], "GROUP BY s.policy, i.status", &["sort"]),
    on(&[Sqlite, Mariadb], " GROUP BY day", &["sort"]),
    // Reads the rows of the last days; of uses, the rows with the last IDs. An index on the time of
    // joining would cost each use.
    on(&[Sqlite], "AS day, count(*) AS total FROM invite_uses", &["range invite_uses"]),
    of(&[], "AS day, count(*) AS total FROM {invite_members AS m}", &["scan invite_members", "scan invite_spaces"]),
    // All invites that expire in the next days, by the index of expiries.
    on(&[Postgres], "AS day, count(*) AS total FROM (SELECT", &["range invites", "scan invite_spaces"]),
    // MySQL estimates their number from a sample, and sometimes scans the table.
    on(&[Mysql], "AS day, count(*) AS total FROM (SELECT", &["range invites", "scan invites", "scan invite_spaces"]),
    // Reads a page of the primary key, bounded by its size or its ends.
    of(
        &[],
        "FROM {invite_spaces} WHERE id > :after AND policy {in_texts:policies} AND removed_at IS NULL ORDER BY id",
        &["range invite_spaces"],
    ),
    on(&[Sqlite], "FROM invite_spaces WHERE id >= :least AND id <= :greatest", &["range invite_spaces"]),
    // There are few removed spaces. An index on them would cost each space more than it saves a
    // purge, which reads all spaces once.
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
    on(&[Sqlite, Postgres], "(SELECT id FROM {invite_spaces} WHERE removed_at IS NOT NULL)", &["scan invite_spaces"]),
    of(&[], "WHERE id >= :first AND id <= :end ORDER BY id LIMIT 1 OFFSET :skipped", &["range invites"]),
    on(&[Sqlite, Mariadb, Mysql], "id <= :last AND ", &["range invites"]),
    // One statement over all spaces, which saves reading them page by page.
    of(&[], "ELSE i.slot END) AS standing", &["scan invite_spaces"]),
    on(&[Postgres], "ELSE i.slot END) AS standing", &["scan invites"]),
    // No index has just these rows: only other programs leave them behind, and a cleanup reads the
    // open invites once.
    on(FAMILY, "uses >= max_uses", &["scan invites", "range invites"]),
    // A deletion of very many rows reads them once.
    Exception {
        steps: &["cleanup of many invites"],
        of: "closed_at <= :before",
        on: SERVERS,
        findings: &["range invites", "scan invites"],
    },
    // Past windows lie among the current ones: an index on the time would cost each attempt more than it
    // saves a cleanup.
    on(SERVERS, "<= :last AND window_start < :window", &["scan invite_limits", "range invite_limits"]),
];

/// Parts of statements that some planners never run: the planners, and a text in the part.
pub(crate) const ELSEWHERE: [(&[Planner], &str); 23] = [
    // MariaDB and MySQL truncate aggregated lists, so a page takes two statements there.
    (&[Sqlite, Postgres], "SELECT count(*) AS scanned, max(p.id) AS last FROM "),
    (&[Sqlite, Postgres], "SELECT p.id, p.name, p.policy FROM {invite_spaces AS p}"),
    (&[Sqlite, Postgres], "WHERE p.id > :after AND p.id <= :last"),
    (&[Sqlite, Postgres], " ORDER BY p.id"),
    (FAMILY, "NOT EXISTS (SELECT 1 FROM {invites AS i} WHERE i.slot = "),
    (FAMILY, "{list_of_spaces}"),
    (FAMILY, ") AS text) AS missing FROM "),
    // SQLite returns many rows as one text,
    (SERVERS, "WITH RECURSIVE page (high, low) AS "),
    (SERVERS, ") AS lines FROM page"),
    // and runs a whole transaction in one call.
    (SERVERS, " SELECT NULL, 0 WHERE changes() = 0"),
    (SERVERS, " - :asked BETWEEN 0 AND :too_old"),
    // MariaDB and MySQL hold the primary key in every index, which gives the first and last ID,
    (FAMILY, "{by_key:invites}"),
    (FAMILY, " ORDER BY id ASC LIMIT 1"),
    (FAMILY, " ORDER BY id DESC LIMIT 1"),
    // and an upper bound of the number of rows.
    (&[Sqlite, Postgres], "{by:invites_by_closing_and_expiry}"),
    // A single writer locks no rows.
    (&[Sqlite], "SET hits = hits + 1 WHERE"),
    (&[Sqlite], "SELECT count(*) AS total FROM (SELECT id FROM invites WHERE "),
    (&[Sqlite], "SELECT count(*) AS total FROM invites AS i WHERE "),
    (&[Sqlite], "SELECT id FROM invites AS i WHERE "),
    (&[Sqlite], "SELECT id FROM invites WHERE id = :id {lock}"),
    (&[Sqlite], "AND closed_at > :beyond)) ORDER BY id {lock}"),
    (&[Sqlite], ") ORDER BY id {lock}) AS held"),
    (&[Sqlite], " ORDER BY id {lock_free}"),
];
