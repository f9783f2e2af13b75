//! SQL statements and their functions, one file per table.

pub mod access_filter;
pub mod changes;
pub mod cleanup;
pub mod invites;
pub mod limits;
pub mod listing;
pub mod members;
pub mod operations;
pub(crate) mod prefix_search;
pub mod spaces;
pub mod stats;
pub mod users;
pub mod uses;
