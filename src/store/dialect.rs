//! From the one text of a statement to what an engine takes: `:name` becomes a
//! numbered placeholder, `{fragment}` the engine's own words. The only place
//! where engines differ in text.

use sqlx::{AssertSqlSafe, SqlSafeStr, SqlStr};

use super::Arg;

/// A statement made of pieces that stand in this source, and of nothing else:
/// values can only be bound.
#[derive(Clone, Default)]
pub(super) struct Statement(Vec<&'static str>);

impl Statement {
    /// Adds a piece.
    pub(super) fn push(mut self, piece: &'static str) -> Self {
        self.0.push(piece);
        self
    }
}

impl From<&'static str> for Statement {
    fn from(text: &'static str) -> Self {
        Statement(vec![text])
    }
}

/// What is bound, by name.
pub(super) type Args<'a> = &'a [(&'static str, Arg)];

/// The engine's words for what differs.
fn fragment(name: &str) -> &'static str {
    match name {
        // Insert rows, leaving out those that meet a unique index; the caller
        // compares counts.
        "insert_new" => "INSERT INTO",
        "skip_conflicts" => "ON CONFLICT DO NOTHING",
        // The texts of one JSON list, as a set for IN.
        "texts:list" => "(SELECT value FROM json_each(:list))",
        "texts:kept" => "(SELECT value FROM json_each(:kept))",
        "texts:policies" => "(SELECT value FROM json_each(:policies))",
        // The rows of one JSON list of lists.
        "rows:invites" => {
            "(SELECT value ->> 0 AS id, value ->> 1 AS space_id, value ->> 2 AS role, value ->> 3 AS code, \
             value ->> 4 AS code_key, value ->> 5 AS email, value ->> 6 AS note, value ->> 7 AS created_by, \
             value ->> 8 AS created_at, value ->> 9 AS starts_at, value ->> 10 AS expires_at, \
             value ->> 11 AS max_uses, value ->> 12 AS slot, value ->> 13 AS created_op FROM json_each(:rows))"
        }
        "rows:spaces" => "(SELECT value ->> 0 AS id, value ->> 1 AS policy, value ->> 2 AS name FROM json_each(:rows))",
        "rows:members" => {
            "(SELECT value ->> 0 AS space_id, value ->> 1 AS user_id, value ->> 2 AS role FROM json_each(:rows))"
        }
        "rows:addresses" => "(SELECT value ->> 0 AS space_id, value ->> 1 AS email FROM json_each(:rows))",
        "rows:users" => "(SELECT value ->> 0 AS id, value ->> 1 AS name, value ->> 2 AS email FROM json_each(:rows))",
        // One JSON list of lists out of many rows: far cheaper than a row each.
        "list_of:space" => "json_group_array(json_array(p.id, p.name, p.policy))",
        other => unreachable!("no statement uses the fragment {other:?}"),
    }
}

/// A statement as the engine takes it, with its values in order.
pub(super) fn render(statement: &Statement, args: Args<'_>) -> (SqlStr, Vec<Arg>) {
    let mut text = String::with_capacity(statement.0.iter().map(|piece| piece.len()).sum());
    for piece in &statement.0 {
        resolve_fragments(piece, &mut text);
    }
    let (sql, order) = number_placeholders(&text, args);
    // Safe: every piece is a literal of this source, and values are bound.
    (AssertSqlSafe(sql).into_sql_str(), order)
}

fn resolve_fragments(piece: &str, text: &mut String) {
    let mut rest = piece;
    while let Some((before, after)) = rest.split_once('{') {
        let Some((name, tail)) = after.split_once('}') else { break };
        text.push_str(before);
        text.push_str(fragment(name));
        rest = tail;
    }
    text.push_str(rest);
}

fn number_placeholders(text: &str, args: Args<'_>) -> (String, Vec<Arg>) {
    let mut sql = String::with_capacity(text.len());
    let mut names: Vec<&str> = Vec::new();
    let mut order = Vec::new();
    let mut in_quotes = false;
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let tail = &rest[c.len_utf8()..];
        if c == '\'' {
            in_quotes = !in_quotes;
        }
        let length = tail.find(|c: char| !c.is_ascii_lowercase() && c != '_').unwrap_or(tail.len());
        if c != ':' || in_quotes || length == 0 {
            sql.push(c);
            rest = tail;
            continue;
        }
        let name = &tail[..length];
        let position = names.iter().position(|known| *known == name).unwrap_or_else(|| {
            names.push(name);
            order.push(value_of(name, args));
            names.len() - 1
        });
        sql.push('$');
        sql.push_str(&(position + 1).to_string());
        rest = &tail[length..];
    }
    (sql, order)
}

fn value_of(name: &str, args: Args<'_>) -> Arg {
    let found = args.iter().find(|(known, _)| *known == name);
    // A statement and its values are written side by side, and the contract
    // suite runs every statement.
    found.map_or_else(|| unreachable!("a statement binds :{name}, which was not given"), |(_, value)| value.clone())
}

#[cfg(test)]
mod tests {
    use sqlx::SqlSafeStr as _;

    use super::*;

    #[test]
    fn names_become_numbers_and_repeat() {
        let args: Args<'_> = &[("now", 1.into()), ("id", "x".into())];
        let (sql, order) = render(
            &Statement::from("SELECT 'a:b' || :id WHERE :now < 2 ").push("AND :id <> '' {skip_conflicts}"),
            args,
        );
        assert_eq!(sql.into_sql_str().as_str(), "SELECT 'a:b' || $1 WHERE $2 < 2 AND $1 <> '' ON CONFLICT DO NOTHING");
        assert_eq!(order.len(), 2);
    }
}
