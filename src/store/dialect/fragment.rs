//! The parts of statements whose SQL differs between engines.

use crate::store::dialect::arg::Shape;
use crate::store::dialect::row_sources::Table;
use crate::store::dialect::shapes;

/// A part of a statement that each engine writes in its own SQL. The first line of each variant
/// shows its form in the text of a statement.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Fragment {
    /// `{TABLE}`, `{TABLE AS ALIAS}`, `{TABLE:INDEX}`, `{TABLE AS ALIAS:INDEX}`
    ///
    /// The table of `invites`, `invite_spaces`, `invite_members` or `invite_users` that a statement
    /// reads, or the source that stands in for it. The index is forced as by
    /// [`Fragment::ForceIndex`] if the rows are those of the table itself.
    Read { table: Table, alias: Option<&'static str>, index: Option<&'static str> },
    /// `{insert_new}`
    ///
    /// Inserts rows, skipping those that violate a unique index; the statement ends with
    /// [`Fragment::SkipConflicts`].
    InsertNew,
    /// `{skip_conflicts}`
    ///
    /// The end of an insert that skips rows.
    SkipConflicts,
    /// `{on_known:newer}`, `{on_known:older}`
    ///
    /// Updates the name and address of a known user, preferring these values.
    OnKnown(Preferred),
    /// `{lock}`, `{lock_free}`, `{share}`, `{hold}`
    ///
    /// Locks the rows that are read, until the transaction ends.
    Lock(RowLock),
    /// `{share_of:TABLE}`
    ///
    /// Prevents the deletion of one table's rows in a join until the transaction ends. A row set
    /// has no rows to lock.
    ShareOf(&'static str),
    /// `{in_texts:PARAMETER}`
    ///
    /// Tests whether a column is in a list of texts.
    InTexts(&'static str),
    /// `{not_in_texts:PARAMETER}`
    ///
    /// Tests whether a column is in no list of texts.
    NotInTexts(&'static str),
    /// `{in_ids:PARAMETER}`
    ///
    /// Tests whether a column is in a list of IDs.
    InIds(&'static str),
    /// `{matches:COLUMN PARAMETER}`
    ///
    /// Matches a column with the pattern of an argument. Patterns are compared bytewise, so
    /// `SearchText` lists every form of a letter.
    Matches { column: &'static str, pattern: &'static str },
    /// `{by:INDEX}`
    ///
    /// Forces the index for a list. Some planners assume an empty table until statistics exist,
    /// and compare every row with the whole list.
    ForceIndex(&'static str),
    /// `{not_by:INDEX}`
    ///
    /// Prevents the use of an index that would look up a large part of the rows one by one.
    IgnoreIndex(&'static str),
    /// `{by_key:TABLE}`
    ///
    /// Forces the order of the primary key.
    ForceKeyOrder(&'static str),
    /// `{first:TABLE}`
    ///
    /// Reads this table first: some planners begin with a joined one and sort all rows.
    ReadFirst(&'static str),
    /// `{many}`
    ///
    /// A form of UPDATE in which a list of keys uses the index.
    UpdateMany,
    /// `{or_fail}`
    ///
    /// For updates of many rows whose transaction ends with a failure of the statement, which then
    /// need not be rolled back alone.
    OrFail,
    /// `{rewrite:COLUMN COLUMN}`
    ///
    /// Assigns these columns to themselves, too, where that makes a bulk update faster.
    Rewrite(&'static str),
    /// `{rows:SHAPE}`
    ///
    /// The rows that are bound as `:rows`, as a table for FROM: columns that vary as one list, the
    /// others as single values.
    Rows(&'static Shape),
    /// `{joined_rows:SHAPE}`
    ///
    /// The rows that are bound as `:rows`, joined to tables.
    JoinedRows(&'static Shape),
    /// `{with:SHAPE}`
    ///
    /// The row set `r` of an update, on engines that name it before SET.
    RowsBeforeSet(&'static Shape),
    /// `{from:SHAPE}`
    ///
    /// The row set `r` of an update, on engines that name it after SET.
    RowsAfterSet(&'static Shape),
    /// `{delete:TABLE}`
    ///
    /// A form of DELETE in which a sub-select uses the index.
    Delete(&'static str),
    /// `{delete_among:TABLE.COLUMN}`
    ///
    /// Deletes rows whose column is in the IDs `:list`. Some planners would scan a small table and
    /// wait for locks on other rows.
    DeleteAmong { table: &'static str, column: &'static str },
    /// `{least:COLUMN}`
    ///
    /// The smallest ID.
    Least(&'static str),
    /// `{greatest:COLUMN}`
    ///
    /// The largest ID.
    Greatest(&'static str),
    /// `{as_id:COLUMN}`
    ///
    /// A text column, converted to the type of IDs.
    AsId(&'static str),
    /// `{day:COLUMN}`
    ///
    /// The UTC day of an instant as an integer, counted from 1970, independent of the session's
    /// time zone.
    Day(&'static str),
    /// `{list_of_spaces}`
    ///
    /// Aggregates the spaces `p` into one JSON list of lists, which is much cheaper than a row
    /// each. `MariaDB` and `MySQL` truncate such a list.
    ListOfSpaces,
}

#[cfg(test)]
impl Fragment {
    /// Returns the name of the argument that the fragment binds, if any.
    pub(crate) fn argument(self) -> Option<&'static str> {
        match self {
            Fragment::InTexts(name) | Fragment::NotInTexts(name) | Fragment::InIds(name) => Some(name),
            Fragment::Matches { pattern, .. } => Some(pattern),
            Fragment::Rows(_) | Fragment::JoinedRows(_) | Fragment::RowsBeforeSet(_) | Fragment::RowsAfterSet(_) => {
                Some(ROWS)
            }
            Fragment::DeleteAmong { .. } => Some(LIST),
            _ => None,
        }
    }
}

/// The values that win if a user is known already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Preferred {
    Newer,
    Older,
}

impl Preferred {
    /// Returns the assignments to the name and address of a known user. Takes the expressions for
    /// the newer values.
    pub(crate) fn assignments(self, newer: [&str; 2]) -> String {
        let known = ["invite_users.name", "invite_users.email"];
        let ([name, email], [or_name, or_email]) = match self {
            Preferred::Newer => (newer, known),
            Preferred::Older => (known, newer),
        };
        format!("name = coalesce({name}, {or_name}), email = coalesce({email}, {or_email})")
    }
}

/// A lock on rows that are read. On `SQLite` a write transaction is the only writer anyway.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RowLock {
    /// For rows that are read to be changed.
    Update,
    /// As [`RowLock::Update`], skipping rows that another transaction has locked.
    UpdateUnlocked,
    /// Prevents the deletion of the rows.
    KeyShare,
    /// Prevents any change of the rows.
    Share,
}

/// The parameter of a row set.
pub(crate) const ROWS: &str = "rows";

/// The parameter of the IDs of [`Fragment::DeleteAmong`].
pub(crate) const LIST: &str = "list";

/// Parses the text between the braces. Panics for an unknown fragment, which is a compile error.
pub(crate) const fn parse(text: &'static str) -> Fragment {
    if let Some(read) = read(text) {
        return read;
    }
    match split(text, b':') {
        None => without_detail(text.as_bytes()),
        Some((_, detail)) if detail.is_empty() => panic!("a fragment with a colon lacks its detail"),
        Some((name, detail)) => with_detail(name.as_bytes(), detail),
    }
}

/// Parses a table that is read; returns `None` for another fragment.
const fn read(text: &'static str) -> Option<Fragment> {
    let (source, index) = match split(text, b':') {
        Some((source, index)) => (source, Some(index)),
        None => (text, None),
    };
    let (table, alias) = match split(source, b' ') {
        Some((table, rest)) => match split(rest, b' ') {
            Some((as_word, alias)) if matches!(as_word.as_bytes(), b"AS") => (table, Some(alias)),
            _ => return None,
        },
        None => (source, None),
    };
    match Table::named(table) {
        Some(table) => Some(Fragment::Read { table, alias, index }),
        None => None,
    }
}

const fn without_detail(name: &[u8]) -> Fragment {
    match name {
        b"insert_new" => Fragment::InsertNew,
        b"skip_conflicts" => Fragment::SkipConflicts,
        b"lock" => Fragment::Lock(RowLock::Update),
        b"lock_free" => Fragment::Lock(RowLock::UpdateUnlocked),
        b"share" => Fragment::Lock(RowLock::KeyShare),
        b"hold" => Fragment::Lock(RowLock::Share),
        b"many" => Fragment::UpdateMany,
        b"or_fail" => Fragment::OrFail,
        b"list_of_spaces" => Fragment::ListOfSpaces,
        _ => panic!("unknown fragment without a detail"),
    }
}

const fn with_detail(name: &[u8], detail: &'static str) -> Fragment {
    match name {
        b"on_known" => Fragment::OnKnown(preferred(detail)),
        b"share_of" => Fragment::ShareOf(detail),
        b"in_texts" => Fragment::InTexts(detail),
        b"not_in_texts" => Fragment::NotInTexts(detail),
        b"in_ids" => Fragment::InIds(detail),
        b"matches" => match split(detail, b' ') {
            Some((column, pattern)) => Fragment::Matches { column, pattern },
            None => panic!("a match lacks its column or its parameter"),
        },
        b"by" => Fragment::ForceIndex(detail),
        b"not_by" => Fragment::IgnoreIndex(detail),
        b"by_key" => Fragment::ForceKeyOrder(detail),
        b"first" => Fragment::ReadFirst(detail),
        b"rewrite" => Fragment::Rewrite(detail),
        b"rows" => Fragment::Rows(shapes::named(detail)),
        b"joined_rows" => Fragment::JoinedRows(shapes::named(detail)),
        b"with" => Fragment::RowsBeforeSet(shapes::named(detail)),
        b"from" => Fragment::RowsAfterSet(shapes::named(detail)),
        b"delete" => Fragment::Delete(detail),
        b"delete_among" => match split(detail, b'.') {
            Some((table, column)) => Fragment::DeleteAmong { table, column },
            None => panic!("a deletion lacks its table or its column"),
        },
        b"least" => Fragment::Least(detail),
        b"greatest" => Fragment::Greatest(detail),
        b"as_id" => Fragment::AsId(detail),
        b"day" => Fragment::Day(detail),
        _ => panic!("unknown fragment with a detail"),
    }
}

const fn preferred(detail: &str) -> Preferred {
    match detail.as_bytes() {
        b"newer" => Preferred::Newer,
        b"older" => Preferred::Older,
        _ => panic!("the newer or the older values are preferred"),
    }
}

/// Splits a text at the first separator.
const fn split(text: &'static str, separator: u8) -> Option<(&'static str, &'static str)> {
    let (bytes, mut at) = (text.as_bytes(), 0);
    while at < bytes.len() {
        if bytes[at] == separator {
            return Some((text.split_at(at).0, text.split_at(at + 1).1));
        }
        at += 1;
    }
    None
}
