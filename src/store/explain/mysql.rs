//! Plans of `MariaDB` and `MySQL`: one row per table.

use crate::error::Result;
use crate::store::db::row::Row;
use crate::store::explain::names::Names;
use crate::store::explain::plan::{MANY, Plan};

pub(crate) fn read(rows: &[Row], names: &Names) -> Result<Plan> {
    let (mut lines, mut findings) = (Vec::new(), Vec::new());
    let (mut most, mut sorts) = (0, false);
    for row in rows {
        let cell =
            |column: &str| Ok::<_, crate::error::Error>(row.maybe_text(column)?.unwrap_or_else(|| "-".to_owned()));
        let (select, name, access, extra) = (cell("select_type")?, cell("table")?, cell("type")?, cell("Extra")?);
        let estimate = estimate(row)?;
        most = most.max(estimate);
        sorts |= extra.contains("Using filesort");
        lines.push(format!("{select} {name} {access} {} {} {extra}", cell("key")?, estimate));
        let is_scan = ["ALL", "index"].contains(&access.as_str()) || extra.contains("Range checked");
        // The table of an insert is not read.
        if let Some(table) = names.table(&name).filter(|_| select != "INSERT") {
            if is_scan {
                findings.push(format!("scan {table}"));
            } else if access == "range" && estimate > MANY {
                findings.push(format!("range {table}"));
            }
        }
    }
    if sorts && most > MANY {
        findings.push("sort".to_owned());
    }
    Ok(Plan::new(&lines, findings))
}

/// Returns the estimated number of rows, which is a text if some rows are filtered: `4 (2%)`.
fn estimate(row: &Row) -> Result<i64> {
    if let Ok(estimate) = row.maybe_int("rows") {
        return Ok(estimate.unwrap_or(0));
    }
    let text = row.maybe_text("rows")?.unwrap_or_default();
    Ok(text.split(' ').next().unwrap_or_default().parse().unwrap_or(0))
}
