//! Failures of an SMTP session: the cause, the responsible side, and whether the
//! message may have been delivered.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;

use crate::mail::send_error::Fault;

/// The reply to the content of a message may take this many times as long as any other.
pub(crate) const CONTENT_TIMEOUT_FACTOR: u32 = 12;

/// The command in which a session failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Connecting, EHLO and STARTTLS.
    Greeting,
    /// AUTH.
    Login,
    /// MAIL FROM.
    Sender,
    /// RCPT TO.
    Recipient,
    /// DATA.
    Data,
    /// The content: from here on the server may have the message.
    Content,
}

/// The reason why a command failed.
#[derive(Debug)]
pub(crate) enum Cause {
    /// A reply with an error code, and its text.
    Reply(u16, String),
    /// The server did not reply in time.
    Timeout,
    /// The connection could not be established.
    Unreachable(String),
    /// The TLS handshake failed, or the peer violated the TLS protocol.
    Tls(String),
    /// The server closed the connection, or sent an invalid reply.
    Protocol(String),
    /// The server lacks an extension that this message or account needs.
    Unsupported(&'static str, Fault),
}

/// A failed session.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) cause: Cause,
}

impl Failure {
    pub(crate) fn of(stage: Stage, error: &SmtpError) -> Self {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let cause = match (error.status(), io_error(error)) {
            (Some(code), _) => Cause::Reply(code.into(), words),
            (None, io) if is_timeout(io) => Cause::Timeout,
            (None, Some(io)) if io.kind() == io::ErrorKind::InvalidData => Cause::Tls(io.to_string()),
            (None, Some(io)) if stage == Stage::Greeting => Cause::Unreachable(io.to_string()),
            (None, None) if error.is_response() && words == "incomplete response" => {
                Cause::Protocol("closed the connection".to_owned())
            }
            (None, None) if error.is_response() => Cause::Protocol("sent an invalid SMTP reply".to_owned()),
            (None, None) if stage == Stage::Greeting => Cause::Unreachable(words),
            (None, None) => Cause::Protocol(format!("sent a reply that is not understood: {words}")),
            (None, _) => Cause::Protocol(format!("closed the connection: {words}")),
        };
        Failure { stage, cause }
    }

    /// Returns the code of an error reply, unless the server closes the connection
    /// after it (421).
    fn refusal(&self) -> Option<u16> {
        match self.cause {
            Cause::Reply(421, _) => None,
            Cause::Reply(code, _) => Some(code),
            _ => None,
        }
    }

    /// Returns true if a new session may succeed immediately: the server has seen only the
    /// sender, and may refuse more messages in this session with any code.
    pub(crate) fn may_depend_on_session(&self) -> bool {
        self.stage == Stage::Sender && !matches!(self.cause, Cause::Unsupported(..))
    }

    /// Returns true if the session can be used for another message.
    pub(crate) fn leaves_session_usable(&self) -> bool {
        self.refusal().is_some() || matches!(self.cause, Cause::Unsupported(..))
    }

    /// Returns true if the message may have been delivered although the session failed.
    pub(crate) fn may_have_delivered(&self) -> bool {
        self.stage == Stage::Content && self.refusal().is_none() && !matches!(self.cause, Cause::Reply(421, _))
    }

    /// Returns the side that has to change something.
    pub(crate) fn fault(&self) -> Fault {
        if let Cause::Unsupported(_, fault) = self.cause {
            return fault;
        }
        match (self.stage, self.refusal()) {
            (_, None) | (Stage::Greeting, _) => Fault::Server,
            // "Authentication required", and failed authentication.
            (_, Some(530 | 534 | 535 | 538)) => Fault::Sender,
            (Stage::Login | Stage::Sender, Some(code)) if code >= 500 => Fault::Sender,
            (Stage::Login | Stage::Sender, Some(_)) => Fault::Server,
            (Stage::Recipient | Stage::Data | Stage::Content, Some(_)) => Fault::Recipient,
        }
    }

    /// Describes the failure as a predicate of "the mail server".
    pub(crate) fn describe(&self, server: &str, timeout: Duration) -> String {
        let stage = match self.stage {
            Stage::Greeting => "the connection",
            Stage::Login => "the user or the password",
            Stage::Sender => "the sender",
            Stage::Recipient => "the recipient",
            Stage::Data | Stage::Content => "the message",
        };
        let uncertain = if self.may_have_delivered() { "; the message may have been delivered" } else { "" };
        match &self.cause {
            Cause::Reply(421, words) => format!("{server} is not available: 421 {words}"),
            Cause::Reply(code, words) if *code < 500 => {
                format!("{server} temporarily refused {stage}: {code} {words}")
            }
            Cause::Reply(code, words) => format!("{server} refused {stage}: {code} {words}"),
            Cause::Timeout => {
                let timeout = if self.stage == Stage::Content { timeout * CONTENT_TIMEOUT_FACTOR } else { timeout };
                format!("{server} did not answer within {} s{uncertain}", timeout.as_secs_f32())
            }
            Cause::Tls(words) if words.contains("certificate") => {
                format!("{server} has an untrusted certificate: {words}")
            }
            Cause::Tls(words) => format!("{server} violated the TLS protocol: {words}{uncertain}"),
            Cause::Unreachable(words) => format!("{server} cannot be reached: {words}"),
            Cause::Protocol(words) => format!("{server} {words}{uncertain}"),
            Cause::Unsupported(words, _) => format!("{server} {words}"),
        }
    }
}

/// Returns the I/O error that caused an SMTP error, if any.
pub(crate) fn io_error(error: &SmtpError) -> Option<&io::Error> {
    let mut source = error.source();
    while let Some(error) = source {
        if let Some(io) = error.downcast_ref::<io::Error>() {
            return Some(io);
        }
        source = error.source();
    }
    None
}

/// Returns true for the error of a read that timed out.
pub(crate) fn is_timeout(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock))
}
