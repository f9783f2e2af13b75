//! Actions on invites: create, validate, redeem, revoke, extend, resend, list, close and purge.

pub mod cleanup;
pub mod count_open;
pub(crate) mod deliver;
pub mod extend;
pub mod generate;
pub mod generate_from;
pub(crate) mod issue;
pub mod list;
pub mod one;
pub mod preview;
pub mod redeem;
pub mod redeem_in;
pub mod resend;
pub mod revoke;
pub mod show;
pub mod stats;
pub mod validate;

pub use crate::invites::issue::Issued;
