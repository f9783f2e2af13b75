//! The text of every statement as an engine gets it, in `tests/sql`, so that a change of a fragment
//! shows what it changes in which statement.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::plans::exceptions::Planner;
use crate::store::explain::Explained;

/// Words that begin a line.
const CLAUSES: [&str; 21] = [
    "FROM",
    "LEFT JOIN",
    "CROSS JOIN",
    "JOIN",
    "WHERE",
    "AND",
    "OR",
    "SET",
    "VALUES",
    "SELECT",
    "UNION ALL",
    "GROUP BY",
    "HAVING",
    "ORDER BY",
    "LIMIT",
    "ON CONFLICT",
    "ON DUPLICATE KEY",
    "RETURNING",
    "FOR UPDATE",
    "FOR SHARE",
    "LOCK IN SHARE MODE",
];

/// Words that stay on the line of the clause after them.
const JOINED: [&str; 3] = ["LEFT", "CROSS", "DO"];

/// Width from which a list continues on the next line.
const WIDTH: usize = 90;

/// Number of steps that are named above a statement.
const MAX_STEPS: usize = 4;

/// Compares the statements with the file of their engine, or writes the file if `UPDATE_GENERATED` is
/// set; returns a complaint, or nothing.
pub(crate) fn complaint(planner: Planner, explained: &[Explained]) -> String {
    let engine = match planner {
        Planner::Sqlite => "sqlite",
        Planner::Postgres => "postgres",
        // Both get the same text.
        Planner::Mariadb | Planner::Mysql => "mysql",
    };
    let name = format!("tests/sql/{engine}.sql");
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(&name);
    let current = page(explained);
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        fs::write(&file, &current).unwrap();
    }
    let kept = fs::read_to_string(&file).unwrap_or_default();
    if kept == current {
        return String::new();
    }
    let first = kept.lines().zip(current.lines()).find(|(kept, current)| kept != current);
    let (kept, current) = first.unwrap_or(("the end of one of them", ""));
    format!("{name} is not current: UPDATE_GENERATED=1 sh tests/run.sh --lib uses_indexes\n{kept}\n{current}\n")
}

/// Returns every statement once, below the steps that send it.
fn page(explained: &[Explained]) -> String {
    let mut statements: Vec<(&str, Vec<&str>)> = Vec::new();
    for Explained { step, sql, .. } in explained {
        match statements.iter_mut().find(|(known, _)| known == sql) {
            Some((_, steps)) if steps.contains(step) => {}
            Some((_, steps)) => steps.push(step),
            None => statements.push((sql, vec![step])),
        }
    }
    let mut page = String::from("-- Generated: UPDATE_GENERATED=1 sh tests/run.sh --lib uses_indexes\n");
    for (sql, steps) in statements {
        let _ = write!(page, "\n-- {}", steps[..steps.len().min(MAX_STEPS)].join("; "));
        if steps.len() > MAX_STEPS {
            let _ = write!(page, "; {} more", steps.len() - MAX_STEPS);
        }
        let _ = write!(page, "\n{};\n", in_lines(sql));
    }
    page
}

/// Breaks a statement into lines at its clauses and in long lists, indented by the depth of parentheses.
fn in_lines(sql: &str) -> String {
    let (mut lines, mut depth, mut cases, mut quote) = (String::new(), 0, 0, None);
    let mut rest = sql.trim();
    while let Some(c) = rest.chars().next() {
        rest = &rest[c.len_utf8()..];
        if quote.is_none() && !c.is_ascii_alphanumeric() && c != '_' {
            match last_word(&lines) {
                "CASE" => cases += 1,
                "END" => cases -= 1,
                _ => {}
            }
        }
        match (quote, c) {
            (Some(open), _) if c == open => quote = None,
            (None, '\'' | '"' | '`') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => depth -= 1,
            (None, ' ') => {
                rest = rest.trim_start();
                let line = lines.lines().last().unwrap_or_default();
                let is_condition = rest.starts_with("AND ") || rest.starts_with("OR ");
                if begins_clause(rest) && !(is_condition && cases > 0) && !JOINED.contains(&last_word(&lines)) {
                    let _ = write!(lines, "\n{}", "  ".repeat(depth + 1 + usize::from(is_condition)));
                } else if line.len() > WIDTH && line.ends_with(',') {
                    let _ = write!(lines, "\n{}", "  ".repeat(depth + 2));
                } else {
                    lines.push(' ');
                }
                continue;
            }
            _ => {}
        }
        lines.push(c);
    }
    lines
}

/// Returns the word at the end of a text; empty if the text ends otherwise.
fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default()
}

fn begins_clause(text: &str) -> bool {
    CLAUSES.iter().any(|clause| {
        text.strip_prefix(clause).is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '(', ')']))
    })
}

#[test]
fn statement_is_broken_at_clauses_and_not_in_texts() {
    let sql = "SELECT a FROM (SELECT ' FROM x' AS a  FROM t WHERE b AND CASE WHEN c AND d THEN e END) AS s \
               LEFT JOIN u ON u.a = s.a ORDER BY a";
    let lines = "SELECT a\n  FROM (SELECT ' FROM x' AS a\n    FROM t\n    WHERE b\n      \
                 AND CASE WHEN c AND d THEN e END) AS s\n  LEFT JOIN u ON u.a = s.a\n  ORDER BY a";
    assert_eq!(in_lines(sql), lines);
}
