//! Failures, refusals and the closed list of reasons.
//!
//! A *refusal*, such as "the invite expired", is a value: [`Denial`]. A *failure* is an
//! [`Error`]. Both have a [`Reason`], which determines the HTTP status that a backend
//! answers with and the exit code of the command line.

mod body;
mod denial;
mod failure;
mod problem;
mod reason;

pub use crate::error::body::ErrorBody;
pub(crate) use crate::error::denial::readable;
pub use crate::error::denial::{Denial, MailScope};
pub use crate::error::failure::{Error, Result};
pub use crate::error::problem::Problem;
pub use crate::error::reason::Reason;
