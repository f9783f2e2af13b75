//! Plans of `SQLite`: one line per loop and per sort.

use std::collections::HashSet;

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::explain::names::{Names, uses_small_index};
use crate::store::explain::plan::Plan;

/// Ranges of a primary key, whose sizes are unknown.
const KEY_RANGES: [&str; 4] =
    ["PRIMARY KEY (id>", "PRIMARY KEY (id<", "sqlite_autoindex_invites_1 (id>", "sqlite_autoindex_invites_1 (id<"];

/// Returns a finding for each list that is read again for every row of a table: a loop over a list
/// inside another loop of the same query.
fn repeated_lists(rows: &[Row]) -> Result<Vec<String>> {
    let (mut queries_with_loop, mut findings) = (HashSet::new(), Vec::new());
    for row in rows {
        let (query, line) = (row.int("parent")?, row.text("detail")?);
        let is_loop = line.starts_with("SCAN ") || line.starts_with("SEARCH ");
        if is_loop && !queries_with_loop.insert(query) && (line.contains("VIRTUAL TABLE") || line == "SCAN r") {
            findings.push("a list for each row".to_owned());
        }
    }
    Ok(findings)
}

pub(crate) fn read(rows: &[Row], names: &Names) -> Result<Plan> {
    let lines = rows.iter().map(|row| row.text("detail")).collect::<Result<Vec<String>>>()?;
    let mut findings = Vec::new();
    findings.extend(repeated_lists(rows)?);
    for line in &lines {
        let mut words = line.split(' ');
        let (verb, name) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let Some(table) = names.table(name) else { continue };
        if verb == "SCAN" && !uses_small_index(line) {
            findings.push(format!("scan {table}"));
        } else if line.contains(" AUTOMATIC ") {
            findings.push(format!("index {table}"));
        } else if KEY_RANGES.iter().any(|range| line.contains(range)) {
            findings.push(format!("range {table}"));
        }
    }
    // Rows that partly follow the order of the index are sorted in small groups.
    let sorts = |line: &String| line.starts_with("USE TEMP B-TREE") && !line.contains(" LAST ");
    if !findings.is_empty() && lines.iter().any(sorts) {
        findings.push("sort".to_owned());
    }
    Ok(Plan::new(&lines, findings))
}
