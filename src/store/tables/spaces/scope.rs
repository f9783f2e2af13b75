//! The spaces that a backfill covers.

use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Statement, sql};

/// The active spaces that a backfill covers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    /// Policies of the spaces.
    pub policies: &'a [String],
    /// IDs of the spaces, if the backfill is restricted to some.
    pub ids: Option<&'a [String]>,
}

impl Scope<'_> {
    pub(crate) fn condition(&self) -> Statement {
        let policies = Statement::from(sql!("policy {in_texts:policies} AND removed_at IS NULL"));
        if self.ids.is_some() { policies.push(sql!(" AND id {in_texts:list}")) } else { policies }
    }

    /// Returns the condition for the space `p`.
    pub(crate) fn condition_of_p(&self) -> Statement {
        let policies = Statement::from(sql!("p.policy {in_texts:policies} AND p.removed_at IS NULL"));
        if self.ids.is_some() { policies.push(sql!(" AND p.id {in_texts:list}")) } else { policies }
    }

    pub(crate) fn values(&self) -> Vec<(&'static str, Arg)> {
        let mut values = vec![("policies", Arg::texts(self.policies))];
        values.extend(self.ids.map(|ids| ("list", Arg::texts(ids))));
        values
    }
}
