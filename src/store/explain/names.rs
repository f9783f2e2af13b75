//! The tables that a plan refers to by name or alias.

/// All tables that an action can change; each of them grows.
pub(crate) const TABLES: [&str; 8] = [
    "invite_changes",
    "invite_limits",
    "invite_members",
    "invite_operations",
    "invite_spaces",
    "invite_users",
    "invite_uses",
    "invites",
];

/// Partial indexes with few rows, which a statement may scan.
const SMALL_INDEXES: [&str; 2] = ["invites_by_sending", "invites_by_used_up"];

/// Returns true if a line of a plan uses one of these indexes.
pub(crate) fn uses_small_index(line: &str) -> bool {
    SMALL_INDEXES.iter().any(|index| line.contains(index))
}

/// The tables of a statement by name and alias.
pub(crate) struct Names(Vec<(String, &'static str)>);

impl Names {
    /// Returns the table of a name; `None` for a list or a sub-select.
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
