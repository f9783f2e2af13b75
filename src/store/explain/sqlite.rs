//! Plans of `SQLite`: a line a loop, and a line a sort.

use crate::store::explain::names::{Names, is_of_few};
use crate::store::explain::{Plan, Result, Row};

/// Ways along a primary key: of how many rows, nobody knows.
const WALKS: [&str; 4] =
    ["PRIMARY KEY (id>", "PRIMARY KEY (id<", "sqlite_autoindex_invites_1 (id>", "sqlite_autoindex_invites_1 (id<"];

pub(crate) fn read(rows: &[Row], names: &Names) -> Result<Plan> {
    let lines = rows.iter().map(|row| row.text("detail")).collect::<Result<Vec<String>>>()?;
    let mut findings = Vec::new();
    for line in &lines {
        let mut words = line.split(' ');
        let (verb, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let Some(table) = names.table(name) else { continue };
        if verb == "SCAN" && !is_of_few(line) {
            findings.push(format!("scan {table}"));
        } else if line.contains(" AUTOMATIC ") {
            findings.push(format!("index {table}"));
        } else if WALKS.iter().any(|walk| line.contains(walk)) {
            findings.push(format!("range {table}"));
        }
    }
    // What follows the index's order in part is sorted in small parts.
    let sorts = |line: &String| line.starts_with("USE TEMP B-TREE") && !line.contains(" LAST ");
    if !findings.is_empty() && lines.iter().any(sorts) {
        findings.push("sort".to_owned());
    }
    Ok(Plan::new(&lines, findings))
}
