//! Sends letters, each in one attempt.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use uuid::Uuid;

use crate::error::Result;
use crate::mail::compose::compose;
use crate::mail::failure::LONG;
use crate::mail::message::Letter;
use crate::mail::pool::Post;
use crate::mail::sender::Sender;
use crate::mail::server::MailServer;
use crate::mail::templates::Templates;
use crate::mail::undelivered::Undelivered;

/// How long a connection and each answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Sends letters through one server. A copy shares its connections.
#[derive(Clone)]
pub struct Mailer {
    inner: Arc<Inner>,
}

struct Inner {
    post: Post,
    sender: Sender,
    templates: Templates,
}

impl Mailer {
    /// A mailer, which does not connect yet.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::error::Error::Invalid) for a `ca` file that cannot
    /// be read or holds no certificate.
    pub fn new(server: MailServer, sender: Sender, templates: Templates) -> Result<Self> {
        Mailer::with_patience(server, sender, templates, PATIENCE)
    }

    /// The same with another time that a connection and each answer may take;
    /// the answer to a whole message may take twelve times as long, for servers
    /// look through it before they answer.
    ///
    /// # Errors
    /// As for [`Mailer::new`].
    pub fn with_patience(server: MailServer, sender: Sender, templates: Templates, patience: Duration) -> Result<Self> {
        let post = Post::new(server, patience)?;
        Ok(Mailer { inner: Arc::new(Inner { post, sender, templates }) })
    }

    /// The server's URL without the password.
    #[must_use]
    pub fn server_url(&self) -> String {
        self.inner.post.server().url()
    }

    /// The `Message-ID` of an attempt: `<attempt@domain-of-the-sender>`.
    #[must_use]
    pub fn message_id(&self, attempt: Uuid) -> String {
        format!("<{attempt}@{}>", self.inner.sender.domain())
    }

    /// The longest that an attempt takes until it is given up.
    #[must_use]
    pub fn longest_attempt(&self) -> Duration {
        self.inner.post.patience() * LONG * 2
    }

    /// Whether the server lets this sender in: connects, protects the
    /// connection and logs in, and keeps it for the next letter. One that waits
    /// and still answers does as well.
    ///
    /// # Errors
    /// [`Undelivered`]: why not, and through whose fault.
    pub async fn probe(&self) -> std::result::Result<(), Undelivered> {
        let inner = Arc::clone(&self.inner);
        self.until_given_up(tokio::task::spawn_blocking(move || inner.post.probe())).await
    }

    /// What an attempt comes to, at the latest when the longest time is over: a
    /// server can say something now and then without an end.
    async fn until_given_up(
        &self,
        attempt: JoinHandle<std::result::Result<(), Undelivered>>,
    ) -> std::result::Result<(), Undelivered> {
        match tokio::time::timeout(self.longest_attempt(), attempt).await {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(_)) => Err(Undelivered::perhaps("the attempt was interrupted; the message may have been delivered")),
            Err(_) => {
                let longest = self.longest_attempt().as_secs();
                let why =
                    format!("the mail server did not finish within {longest} s; the message may have been delivered");
                Err(Undelivered::perhaps(&why))
            }
        }
    }

    /// One attempt. Once begun it goes on to its end, even if the caller no
    /// longer waits for it; a runtime that ends waits for it.
    ///
    /// # Errors
    /// [`Undelivered`]: why, through whose fault, and whether the letter may
    /// have arrived all the same.
    pub async fn send(&self, letter: &Letter, message_id: &str) -> std::result::Result<(), Undelivered> {
        let message = compose(&self.inner.sender, &self.inner.templates, letter, message_id)?;
        let inner = Arc::clone(&self.inner);
        let secrets = [letter.link.clone(), letter.code.clone()];
        self.until_given_up(tokio::task::spawn_blocking(move || {
            inner.post.deliver(&message, &secrets.each_ref().map(String::as_str))
        }))
        .await
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("server", self.inner.post.server()).field("sender", &self.inner.sender).finish()
    }
}
