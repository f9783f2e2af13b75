//! Actions on spaces: add, list, show, remove, import and backfill them, and replace
//! their standing codes.

mod add;
pub mod backfill;
pub mod import;
mod list;
pub mod regenerate;
mod remove;
pub mod show;

pub use crate::spaces::add::add_space;
pub use crate::spaces::list::{SpaceFilter, Standing, count_spaces, list_spaces};
pub use crate::spaces::remove::{Removal, plan_removal, remove_space, restore_space};
pub use crate::store::tables::spaces::{Removed, Space, StoredSpace};
