//! Actions on members of spaces: add, list, remove and import them.

mod add;
mod check;
pub mod import;
mod list;
mod remove;

pub use crate::members::add::{AddMember, MemberChange};
pub use crate::store::tables::members::Member;
pub use crate::store::tables::users::User;
