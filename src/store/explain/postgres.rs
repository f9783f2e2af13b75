//! Plans of `PostgreSQL`: one line per node, followed by lines with its conditions.

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::explain::names::{Names, uses_small_index};
use crate::store::explain::plan::{MANY, Plan};

/// Minimum cost of a range that is assumed to hold many rows, however many of them are filtered
/// out.
const EXPENSIVE: f64 = 1_000.0;

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
                // The node below a bitmap scan shows its condition.
                _ if kind.starts_with("Bitmap") => {}
                None if uses_small_index(kind) => {}
                None => findings.push(format!("scan {table}")),
                Some(condition) if !condition.contains(" = ") && cost(node) > EXPENSIVE => {
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

/// Returns the text of a node, which is a line with costs.
fn node(line: &str) -> Option<&str> {
    line.contains("(cost=").then(|| line.trim_start().trim_start_matches("->").trim_start())
}

/// Returns the estimated number of rows of a node.
fn rows_of(node: &str) -> i64 {
    field_after(node, " rows=").parse().unwrap_or(i64::MAX)
}

/// Returns the total cost of a node, in sequential page reads.
fn cost(node: &str) -> f64 {
    let range = field_after(node, "(cost=");
    range.split_once("..").and_then(|(_, most)| most.parse().ok()).unwrap_or(f64::MAX)
}

fn field_after<'n>(node: &'n str, name: &str) -> &'n str {
    let rest = node.split_once(name).map(|(_, rest)| rest).unwrap_or_default();
    rest.split(' ').next().unwrap_or_default()
}
