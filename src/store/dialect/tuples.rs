//! Inserts with a placeholder for every value, the fastest form for many rows on `MariaDB` and
//! `MySQL`.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::store::dialect::arg::Arg;
use crate::store::dialect::arg::Shape;
use crate::store::dialect::statement::Rendered;
use crate::store::dialect::value::value;
use crate::store::engine::Engine;

/// Renders an insert of a row for each item into the table of a shape, skipping rows that violate a
/// unique index.
pub(crate) fn render<T, const N: usize>(shape: &Shape, items: &[T], row: impl Fn(&T) -> [Arg; N]) -> Rendered {
    let mut values = Vec::with_capacity(items.len() * N);
    for item in items {
        values.extend(row(item).iter().map(|arg| value(Engine::Mysql, arg)));
    }
    // Safe: the names are constants, and values are bound.
    (AssertSqlSafe(Arc::<str>::from(text(shape, items.len()))).into_sql_str(), values)
}

fn text(shape: &Shape, rows: usize) -> String {
    let columns: Vec<&str> = shape.columns.iter().map(|(name, _)| *name).collect();
    let tuple = format!("({})", vec!["?"; columns.len()].join(", "));
    format!("INSERT IGNORE INTO {} ({}) VALUES {}", shape.table, columns.join(", "), vec![tuple; rows].join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::dialect::shapes;

    #[test]
    fn every_value_has_its_own_placeholder() {
        let wanted = "INSERT IGNORE INTO invite_spaces (id, policy, name, created_at, changed_op) \
             VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)";
        assert_eq!(text(&shapes::NEW_SPACES, 2), wanted);
        let row = |id: &&str| [Arg::from(*id), 1.into(), 2.into(), 3.into(), 4.into()];
        assert_eq!(render(&shapes::NEW_SPACES, &["a", "b"], row).1.len(), 10);
    }
}
