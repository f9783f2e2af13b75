//! Actions on members of spaces: add, import, list and remove them.

pub mod import;
pub mod manage;
