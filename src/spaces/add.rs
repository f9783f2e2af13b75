//! Adds single spaces.

use crate::error::{Error, Result};
use crate::service::{Actor, Service};
use crate::store::in_transaction;
use crate::store::tables::operations;
use crate::store::tables::spaces::{self, Space};
use crate::text::{check_id, check_name};

impl Service {
    /// Adds a space.
    ///
    /// Checks no permission: the caller decides who may add spaces.
    ///
    /// # Errors
    /// [`Error::Duplicate`] if the ID is taken, also by a removed space, [`Error::Invalid`] for
    /// an unknown policy and for an invalid ID or name.
    pub async fn add_space(&self, actor: &Actor, space: &Space) -> Result<()> {
        check_id("space ID", &space.id)?;
        check_name("space name", &space.name)?;
        self.policies().get(&space.policy)?;
        let operation = self.operation(actor, "space add", self.now()).on(format!("space {}", space.id));
        in_transaction!(self.db(), |session| {
            let now = self.now();
            if spaces::insert(session, &[space], now, operation.id).await? == 0 {
                let removed = spaces::find(session, &space.id).await?.and_then(|stored| stored.removed);
                return Err(match removed {
                    Some(removed) => spaces::removed_space_exists(&space.id, removed),
                    None => Error::duplicate(format!("the space {} already exists", space.id))
                        .with_hint("show it: invite space list"),
                });
            }
            operations::record_whole(session, &operation, 1, now).await
        })
    }
}
