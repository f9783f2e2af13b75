//! Invitation e-mails: composed from templates and sent over SMTP.
//!
//! - [`MailServer`]: the server, parsed from a URL; [`Sender`]: the address and the name
//!   in the header From.
//! - [`Templates`]: the built-in texts or an operator's own, checked when they are loaded.
//! - [`Message`]: one invitation; its link is a secret, which no log shows.
//! - [`Mailer`]: sends one message in one attempt, and returns `Ok` or a [`SendError`]
//!   with the reason, the side at fault, and whether the message may have been delivered.
//!
//! An attempt is not repeated once the server may have the content of the message.
//! Nothing is sent unencrypted where the URL demands TLS.

mod address;
mod compose;
mod endpoint;
mod failure;
mod mailer;
mod message;
mod pool;
mod redact;
mod send_error;
mod sender;
mod server;
mod session;
mod templates;

pub use crate::mail::mailer::Mailer;
pub use crate::mail::message::Message;
pub use crate::mail::send_error::{Fault, SendError};
pub use crate::mail::sender::Sender;
pub use crate::mail::server::MailServer;
pub use crate::mail::templates::Templates;

#[cfg(test)]
mod tests;
