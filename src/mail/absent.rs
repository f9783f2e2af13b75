//! The mailer of a build without the feature `mail`: none exists.

use std::time::Duration;

use uuid::Uuid;

use crate::mail::message::Message;
use crate::mail::send_error::SendError;

/// A mailer, which this build cannot create: it lacks the feature `mail`.
#[derive(Debug, Clone)]
pub enum Mailer {}

impl Mailer {
    pub(crate) fn message_id(&self, _attempt: Uuid) -> String {
        match *self {}
    }

    pub(crate) fn attempt_timeout(&self) -> Duration {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "as the mailer of the feature")]
    pub(crate) async fn probe(&self) -> Result<(), SendError> {
        match *self {}
    }

    #[expect(clippy::unused_async, reason = "as the mailer of the feature")]
    pub(crate) async fn send(&self, _message: &Message, _message_id: &str) -> Result<(), SendError> {
        match *self {}
    }
}
