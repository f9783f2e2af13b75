//! Rows as one engine takes many of them the fastest: each value bound by itself.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, SqlSafeStr};

use crate::store::db::row::Arg;
use crate::store::dialect::Rendered;
use crate::store::dialect::row_set::Shape;
use crate::store::dialect::value::value;
use crate::store::engine::Engine;

/// The statement that inserts what becomes of these items, a row each, into the
/// table of a shape, leaving out those that meet a unique index.
pub(crate) fn render<T, const N: usize>(shape: &Shape, items: &[T], row: impl Fn(&T) -> [Arg; N]) -> Rendered {
    let mut values = Vec::with_capacity(items.len() * N);
    for item in items {
        values.extend(row(item).iter().map(|arg| value(Engine::Mysql, arg)));
    }
    // Safe: names of this source, and values are bound.
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
    use crate::store::dialect::row_set;

    #[test]
    fn each_value_has_a_place_of_its_own() {
        let wanted = "INSERT IGNORE INTO invite_spaces (id, policy, name, created_at, changed_op) \
             VALUES (?, ?, ?, ?, ?), (?, ?, ?, ?, ?)";
        assert_eq!(text(&row_set::NEW_SPACES, 2), wanted);
        let row = |id: &&str| [Arg::from(*id), 1.into(), 2.into(), 3.into(), 4.into()];
        assert_eq!(render(&row_set::NEW_SPACES, &["a", "b"], row).1.len(), 10);
    }
}
