//! Which table a plan means by a name.

/// Every table; each of them grows.
const TABLES: [&str; 8] = [
    "invite_changes",
    "invite_limits",
    "invite_members",
    "invite_operations",
    "invite_spaces",
    "invite_users",
    "invite_uses",
    "invites",
];

/// Indexes of the few rows that a statement is about: it may go through the whole
/// of them.
const OF_FEW: [&str; 2] = ["invites_by_sending", "invites_by_used_up"];

/// Whether a line of a plan goes along such an index.
pub(crate) fn is_of_few(line: &str) -> bool {
    OF_FEW.iter().any(|index| line.contains(index))
}

/// The tables of a statement, by the names that it gives them.
pub(crate) struct Names(Vec<(String, &'static str)>);

impl Names {
    /// The table of this name; none for what is no table: a list, a sub-select.
    pub(crate) fn table(&self, name: &str) -> Option<&'static str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, table)| *table)
    }
}

pub(crate) fn of(sql: &str) -> Names {
    let words: Vec<&str> =
        sql.split(|c: char| c.is_whitespace() || "(),".contains(c)).filter(|w| !w.is_empty()).collect();
    let mut names: Vec<(String, &str)> = TABLES.iter().map(|table| ((*table).to_owned(), *table)).collect();
    for triple in words.windows(3) {
        if let [table, "AS", name] = triple
            && let Some(table) = TABLES.iter().find(|known| *known == table)
        {
            names.push(((*name).to_owned(), table));
        }
    }
    Names(names)
}
