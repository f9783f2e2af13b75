//! Invitations by e-mail: composed from templates, handed to a mail server.
//!
//! - [`MailServer`]: where mail goes, from an URL; [`Sender`]: whom it is from.
//! - [`Templates`]: the built-in words, or an operator's own, tried at load.
//! - [`Letter`]: one invitation; its link is a secret and stays out of logs.
//! - [`Mailer`]: sends one letter in one attempt, and says truly how that ended:
//!   done, or [`Undelivered`] with the reason, whose fault it is, and whether
//!   the letter may have arrived all the same.
//!
//! An attempt is never repeated once its text may have reached the server, and
//! nothing goes in clear where TLS is demanded.

mod address;
mod compose;
mod failure;
mod mailer;
mod message;
mod pool;
mod redact;
mod sender;
mod server;
mod session;
mod templates;
mod undelivered;

pub use crate::mail::mailer::Mailer;
pub use crate::mail::message::Letter;
pub use crate::mail::sender::Sender;
pub use crate::mail::server::MailServer;
pub use crate::mail::templates::Templates;
pub use crate::mail::undelivered::{Fault, Undelivered};

#[cfg(test)]
mod tests;
