//! The idle sessions with one mail server, kept for the next message.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::error::Result;
use crate::mail::compose::SmtpMessage;
use crate::mail::endpoint::Endpoint;
use crate::mail::failure::Failure;
use crate::mail::redact::without_code;
use crate::mail::send_error::{SendError, without_secrets};
use crate::mail::server::{Account, MailServer};
use crate::mail::session::SmtpSession;

/// Maximum number of idle sessions.
const MAX_IDLE: usize = 8;

/// Maximum number of messages per session: some servers limit it.
const MAX_MESSAGES: u32 = 100;

/// Number of codes of earlier messages that are also removed from replies.
const MAX_RECENT_CODES: usize = 200;

/// Maximum time for the reply to QUIT.
const QUIT_TIMEOUT: Duration = Duration::from_millis(500);

/// The sessions with one mail server.
pub(crate) struct SmtpPool {
    endpoint: Endpoint,
    /// The password, plain and as it is sent: no reason may repeat them.
    secrets: Vec<String>,
    idle: Mutex<Vec<SmtpSession>>,
    /// The codes of the messages that were last sent to the server.
    recent_codes: Mutex<VecDeque<String>>,
}

impl SmtpPool {
    /// Creates an empty pool; does not connect.
    ///
    /// # Errors
    /// As [`Endpoint::new`].
    pub(crate) fn new(server: MailServer, timeout: Duration) -> Result<Self> {
        let secrets = server.account().map(secrets).unwrap_or_default();
        let endpoint = Endpoint::new(server, timeout)?;
        Ok(SmtpPool { endpoint, secrets, idle: Mutex::new(Vec::new()), recent_codes: Mutex::default() })
    }

    pub(crate) fn server(&self) -> &MailServer {
        &self.endpoint.server
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.endpoint.timeout
    }

    /// Opens a session, unless an idle one still replies.
    pub(crate) fn probe(&self) -> std::result::Result<(), SendError> {
        if let Some(mut session) = self.take() {
            if session.reset() {
                self.keep(session);
                return Ok(());
            }
            self.idle().clear();
        }
        let session = SmtpSession::open(&self.endpoint).map_err(|failure| self.send_error(&failure, &["", ""]))?;
        self.keep(session);
        Ok(())
    }

    /// Sends a message once, over an idle session or a new one. `secrets` are the link
    /// and the code of the message.
    ///
    /// The server may have closed an idle session, or refuse more messages in it. The
    /// first command shows this before the server has seen any part of the message;
    /// then the message is sent over a new session.
    pub(crate) fn deliver(&self, message: &SmtpMessage, secrets: &[&str; 2]) -> std::result::Result<(), SendError> {
        self.remember(secrets[1]);
        if let Some(mut session) = self.take() {
            match session.send(message) {
                Err(failure) if failure.may_depend_on_session() => self.idle().clear(),
                outcome => return self.finish(session, outcome, secrets),
            }
        }
        let mut session = SmtpSession::open(&self.endpoint).map_err(|failure| self.send_error(&failure, secrets))?;
        let outcome = session.send(message);
        self.finish(session, outcome, secrets)
    }

    /// Keeps the session if it is usable, and converts the outcome.
    fn finish(
        &self,
        mut session: SmtpSession,
        outcome: std::result::Result<(), Failure>,
        secrets: &[&str; 2],
    ) -> std::result::Result<(), SendError> {
        let is_usable = match &outcome {
            Ok(()) => true,
            Err(failure) => failure.leaves_session_usable() && session.reset(),
        };
        if is_usable {
            self.keep(session);
        }
        outcome.map_err(|failure| self.send_error(&failure, secrets))
    }

    fn take(&self) -> Option<SmtpSession> {
        self.idle().pop()
    }

    /// Keeps a session for the next message, or closes it. A failure to close it does
    /// not affect the message that was sent.
    fn keep(&self, session: SmtpSession) {
        let mut idle = self.idle();
        if session.messages() < MAX_MESSAGES && idle.len() < MAX_IDLE {
            idle.push(session);
        } else {
            drop(idle);
            session.close(QUIT_TIMEOUT);
        }
    }

    /// Locks the idle sessions; the list stays valid if a thread panics.
    fn idle(&self) -> MutexGuard<'_, Vec<SmtpSession>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, code: &str) {
        let mut recent = self.recent_codes.lock().unwrap_or_else(PoisonError::into_inner);
        if recent.len() == MAX_RECENT_CODES {
            recent.pop_front();
        }
        recent.push_back(code.to_owned());
    }

    /// Describes a failure without secrets.
    fn send_error(&self, failure: &Failure, secrets: &[&str; 2]) -> SendError {
        let words = format!("the mail server {}", failure.describe(&self.server().name(), self.timeout()));
        let secrets = self.secrets.iter().map(String::as_str).chain(*secrets);
        // A reply may repeat an earlier message of the session.
        let recent = self.recent_codes.lock().unwrap_or_else(PoisonError::into_inner);
        let reason = recent.iter().fold(without_secrets(&words, secrets), |words, code| without_code(&words, code));
        if failure.may_have_delivered() {
            SendError::uncertain(&reason)
        } else {
            SendError::new(failure.fault(), &reason)
        }
    }
}

/// Closes the idle sessions, up to the first that does not reply.
impl Drop for SmtpPool {
    fn drop(&mut self) {
        for session in self.idle().drain(..) {
            if !session.close(QUIT_TIMEOUT) {
                break;
            }
        }
    }
}

/// Lists the password and its encodings in AUTH PLAIN and AUTH LOGIN.
fn secrets(account: &Account) -> Vec<String> {
    let Account { user, password } = account;
    let plain = format!("\0{user}\0{password}");
    let mut secrets = vec![STANDARD.encode(plain), STANDARD.encode(password)];
    secrets.push(password.clone());
    secrets
}
