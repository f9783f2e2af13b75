//! Plans of `SQLite`: one line per loop and per sort.

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::explain::names::{Names, uses_small_index};
use crate::store::explain::plan::Plan;

/// Ranges of a primary key, whose sizes are unknown.
const KEY_RANGES: [&str; 4] =
    ["PRIMARY KEY (id>", "PRIMARY KEY (id<", "sqlite_autoindex_invites_1 (id>", "sqlite_autoindex_invites_1 (id<"];

pub(crate) fn read(rows: &[Row], names: &Names) -> Result<Plan> {
    let lines = rows.iter().map(|row| row.text("detail")).collect::<Result<Vec<String>>>()?;
    let mut findings = Vec::new();
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
