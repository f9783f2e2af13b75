//! Actions on spaces: add, import, show and remove them, and their standing codes.

pub mod backfill;
pub mod import;
pub mod manage;
pub mod own_space;
pub mod regenerate;
pub mod show;
