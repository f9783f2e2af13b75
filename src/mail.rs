//! Invitation e-mails: composed from templates and sent over SMTP.
//!
//! - [`MailServer`]: the server, parsed from a URL; [`Sender`]: the address and the name
//!   in the header From.
//! - [`Templates`]: the built-in texts or an operator's own, checked when they are loaded.
//! - [`Message`]: one invitation; its link is a secret, which no log shows.
//! - [`Mailer`]: sends one message in one attempt, and returns `Ok` or a [`SendError`]
//!   with the reason, the side at fault, and whether the message may have been delivered.
//!
//! Without the feature `mail`, no [`Mailer`] can be created, and actions that would send
//! are refused.
//!
//! An attempt is not repeated once the server may have the content of the message.
//! Nothing is sent unencrypted where the URL demands TLS.

#[cfg(not(feature = "mail"))]
mod absent;
#[cfg(feature = "mail")]
mod address;
#[cfg(feature = "mail")]
mod compose;
#[cfg(feature = "mail")]
mod endpoint;
#[cfg(feature = "mail")]
mod failure;
#[cfg(feature = "mail")]
mod mailer;
mod message;
#[cfg(feature = "mail")]
mod pool;
mod redact;
mod send_error;
#[cfg(feature = "mail")]
mod sender;
mod server;
#[cfg(feature = "mail")]
mod session;
#[cfg(feature = "mail")]
mod templates;

#[cfg(not(feature = "mail"))]
pub use crate::mail::absent::Mailer;
#[cfg(feature = "mail")]
pub use crate::mail::mailer::Mailer;
pub use crate::mail::message::Message;
pub use crate::mail::send_error::{Fault, SendError};
#[cfg(feature = "mail")]
pub use crate::mail::sender::Sender;
pub use crate::mail::server::MailServer;
#[cfg(feature = "mail")]
pub use crate::mail::templates::Templates;

#[cfg(feature = "mail")]
#[cfg(test)]
mod tests;
