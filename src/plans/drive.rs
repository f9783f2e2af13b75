//! Runs every action once over the rows of `data.rs`. Numbers that end in 0 to 6 belong to spaces
//! with standing codes, 7 to trees, 8 to directors, 9 to containers; the two digits before
//! determine the state of the invite.

mod changes;
mod creation;
mod fixtures;
mod maintenance;
mod reads;
mod special_cases;

use crate::service::Service;

pub(crate) async fn everything(service: &Service) {
    Box::pin(reads::every_list(service)).await;
    Box::pin(reads::every_single(service)).await;
    Box::pin(creation::invites(service)).await;
    Box::pin(creation::spaces_and_members(service)).await;
    Box::pin(changes::uses(service)).await;
    Box::pin(changes::extensions_and_resends(service)).await;
    Box::pin(changes::bulk(service)).await;
    Box::pin(special_cases::statements(service)).await.unwrap();
    Box::pin(maintenance::all(service)).await;
}
