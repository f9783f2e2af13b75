//! Actions on spaces: add, list, show, remove, import and backfill them, and replace
//! their standing codes.

mod add;
pub mod backfill;
pub mod import;
mod list;
pub mod regenerate;
mod remove;
pub mod show;

pub use crate::spaces::list::{SpaceFilter, Standing};
pub use crate::spaces::remove::Removal;
pub use crate::store::tables::spaces::{Removed, Space, StoredSpace};
