//! The rows that statements read: those of our tables, or of something that stands in for a table.

use std::sync::Arc;

/// A table that something else can stand in for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Table {
    Invites,
    Spaces,
    Members,
    Users,
}

impl Table {
    /// Returns the table of a name.
    pub(crate) const fn named(name: &str) -> Option<Self> {
        match name.as_bytes() {
            b"invites" => Some(Table::Invites),
            b"invite_spaces" => Some(Table::Spaces),
            b"invite_members" => Some(Table::Members),
            b"invite_users" => Some(Table::Users),
            _ => None,
        }
    }

    /// Returns the name of the table.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Table::Invites => "invites",
            Table::Spaces => "invite_spaces",
            Table::Members => "invite_members",
            Table::Users => "invite_users",
        }
    }
}

/// The sources of the rows that statements read, by table. By default, every table is its own
/// source. Statements that write name the tables themselves; the permissions and the locks of spaces that
/// come before them are read from the sources.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub(crate) struct RowSources(Option<Arc<[(Table, String)]>>);

impl RowSources {
    /// Reads the rows of some tables elsewhere. A source is the name of a view or a sub-select in
    /// parentheses, with the columns of the table; it becomes part of the text of statements, so
    /// the caller quotes identifiers, and it must contain no value.
    #[cfg_attr(not(test), expect(dead_code, reason = "no tables of an application are mapped yet"))]
    pub(crate) fn replacing(sources: impl IntoIterator<Item = (Table, String)>) -> Self {
        RowSources(Some(sources.into_iter().collect()))
    }

    /// Returns the source that stands in for a table, if any.
    pub(crate) fn of(&self, table: Table) -> Option<&str> {
        let sources = self.0.as_ref()?;
        sources.iter().find(|(replaced, _)| *replaced == table).map(|(_, source)| source.as_str())
    }
}
