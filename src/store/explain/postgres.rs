//! Plans of `PostgreSQL`: a line a node, and lines with what it does below.

use crate::store::explain::names::{Names, is_of_few};
use crate::store::explain::{MANY, Plan, Result, Row};

/// A range that costs more than that holds many rows, whatever is left of them.
const DEAR: f64 = 1_000.0;

pub(crate) fn read(rows: &[Row], names: &Names) -> Result<Plan> {
    let lines = rows.iter().map(|row| row.text("QUERY PLAN")).collect::<Result<Vec<String>>>()?;
    let mut findings = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some(node) = node(line) else { continue };
        let below = lines[at + 1..].iter().take_while(|line| self::node(line).is_none());
        let condition = below.clone().find_map(|line| line.trim_start().strip_prefix("Index Cond: "));
        if let Some((kind, name)) = node.split_once(" on ")
            && let Some(table) = names.table(name.split(' ').next().unwrap_or_default())
            && kind.contains(" Scan")
        {
            match condition {
                // What a bitmap looks at is said by the node below it.
                _ if kind.starts_with("Bitmap") => {}
                None if is_of_few(kind) => {}
                None => findings.push(format!("scan {table}")),
                Some(condition) if !condition.contains(" = ") && cost(node) > DEAR => {
                    findings.push(format!("range {table}"));
                }
                Some(_) => {}
            }
        }
        if node.starts_with("Sort ") && rows_of(node) > MANY {
            findings.push("sort".to_owned());
        }
    }
    Ok(Plan::new(&lines, findings))
}

/// What a line says if it is a node: it has costs.
fn node(line: &str) -> Option<&str> {
    line.contains("(cost=").then(|| line.trim_start().trim_start_matches("->").trim_start())
}

/// How many rows a node hands on.
fn rows_of(node: &str) -> i64 {
    behind(node, " rows=").parse().unwrap_or(i64::MAX)
}

/// What a node costs, in pages that are read one after the other.
fn cost(node: &str) -> f64 {
    let range = behind(node, "(cost=");
    range.split_once("..").and_then(|(_, most)| most.parse().ok()).unwrap_or(f64::MAX)
}

fn behind<'n>(node: &'n str, name: &str) -> &'n str {
    let behind = node.split_once(name).map(|(_, behind)| behind).unwrap_or_default();
    behind.split(' ').next().unwrap_or_default()
}
