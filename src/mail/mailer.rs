//! Sends messages, each in one attempt.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::error::Result;
use crate::mail::compose::compose;
use crate::mail::failure::CONTENT_TIMEOUT_FACTOR;
use crate::mail::message::Message;
use crate::mail::pool::SmtpPool;
use crate::mail::send_error::SendError;
use crate::mail::sender::Sender;
use crate::mail::server::MailServer;
use crate::mail::templates::Templates;

/// Default maximum time for the connection and for each reply.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);

/// Sends messages through one server. Clones share their connections.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    pool: SmtpPool,
    sender: Sender,
    templates: Templates,
}

impl Mailer {
    /// Creates a mailer; does not connect.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::error::Error::Invalid) for a `ca` file that cannot
    /// be read or contains no certificate.
    pub fn new(server: MailServer, sender: Sender, templates: Templates) -> Result<Self> {
        Mailer::with_timeout(server, sender, templates, DEFAULT_TIMEOUT)
    }

    /// Creates a mailer with a maximum time for the connection and for each reply. The
    /// reply to the content of a message may take twelve times as long: servers scan
    /// it before they reply.
    ///
    /// # Errors
    /// As for [`Mailer::new`].
    pub fn with_timeout(server: MailServer, sender: Sender, templates: Templates, timeout: Duration) -> Result<Self> {
        let pool = SmtpPool::new(server, timeout)?;
        Ok(Mailer { inner: Arc::new(Inner { pool, sender, templates }) })
    }

    /// Returns the server's URL without the account.
    #[must_use]
    pub fn server_url(&self) -> String {
        self.inner.pool.server().url()
    }

    /// Returns the `Message-ID` of an attempt: `<attempt@domain-of-the-sender>`.
    #[must_use]
    pub fn message_id(&self, attempt: Uuid) -> String {
        format!("<{attempt}@{}>", self.inner.sender.domain())
    }

    /// Returns the time after which an attempt is given up.
    #[must_use]
    pub fn attempt_timeout(&self) -> Duration {
        self.inner.pool.timeout() * CONTENT_TIMEOUT_FACTOR * 2
    }

    /// Checks that the server accepts this sender: connects, starts TLS and
    /// authenticates, and keeps the session for the next message. An idle session that
    /// still replies is sufficient.
    ///
    /// # Errors
    /// [`SendError`] with the reason and the side at fault.
    pub async fn probe(&self) -> std::result::Result<(), SendError> {
        let inner = Arc::clone(&self.inner);
        self.with_time_limit(tokio::task::spawn_blocking(move || inner.pool.probe())).await
    }

    /// Waits for an attempt, but not longer than [`Mailer::attempt_timeout`]: a server
    /// can send a reply in small pieces, each within the timeout.
    async fn with_time_limit(
        &self,
        attempt: JoinHandle<std::result::Result<(), SendError>>,
    ) -> std::result::Result<(), SendError> {
        match tokio::time::timeout(self.attempt_timeout(), attempt).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(SendError::uncertain("the attempt was interrupted; the message may have been delivered")),
            Err(_) => {
                let limit = self.attempt_timeout().as_secs();
                let reason =
                    format!("the mail server did not finish within {limit} s; the message may have been delivered");
                Err(SendError::uncertain(&reason))
            }
        }
    }

    /// Sends a message, in one attempt. The attempt continues if the future is dropped;
    /// a runtime that shuts down waits for it.
    ///
    /// # Errors
    /// [`SendError`] with the reason, the side at fault, and whether the message may
    /// have been delivered.
    pub async fn send(&self, message: &Message, message_id: &str) -> std::result::Result<(), SendError> {
        let outgoing = compose(&self.inner.sender, &self.inner.templates, message, message_id)?;
        let inner = Arc::clone(&self.inner);
        let secrets = [message.link.clone(), message.code.clone()];
        self.with_time_limit(tokio::task::spawn_blocking(move || {
            inner.pool.deliver(&outgoing, &secrets.each_ref().map(String::as_str))
        }))
        .await
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("server", self.inner.pool.server()).field("sender", &self.inner.sender).finish()
    }
}
