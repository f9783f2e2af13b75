//! How a conversation with a mail server failed: whose fault that was, and
//! whether the letter may have arrived.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;

use crate::mail::undelivered::Fault;

/// How much longer than any other answer the one to a whole message may take.
pub(crate) const LONG: u32 = 12;

/// How far an attempt came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    Greeting,
    Login,
    Sender,
    Recipient,
    Data,
    /// From here on the server may have the letter.
    Content,
}

/// What a server did not do.
#[derive(Debug)]
pub(crate) enum Cause {
    /// It answered with a code that means no.
    Answer(u16, String),
    /// It did not answer in time.
    Silence,
    /// It did not let a connection be made.
    NoConnection(String),
    /// It did not let the connection be protected.
    NoTls(String),
    /// It ended the connection, or said what cannot be understood.
    Broken(String),
    /// It lacks what this letter or this account needs.
    Lacks(&'static str, Fault),
}

/// How an attempt failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) stage: Stage,
    pub(crate) cause: Cause,
}

impl Failure {
    pub(crate) fn of(stage: Stage, error: &SmtpError) -> Self {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let cause = match (error.status(), io_error(error)) {
            (Some(code), _) => Cause::Answer(code.into(), words),
            (None, io) if is_silence(io) => Cause::Silence,
            (None, Some(io)) if io.kind() == io::ErrorKind::InvalidData => Cause::NoTls(io.to_string()),
            (None, Some(io)) if stage == Stage::Greeting => Cause::NoConnection(io.to_string()),
            (None, None) if error.is_response() && words == "incomplete response" => {
                Cause::Broken("closed the connection".to_owned())
            }
            (None, None) if error.is_response() => Cause::Broken("sent an invalid SMTP reply".to_owned()),
            (None, None) if stage == Stage::Greeting => Cause::NoConnection(words),
            (None, None) => Cause::Broken(format!("sent a reply that is not understood: {words}")),
            (None, _) => Cause::Broken(format!("closed the connection: {words}")),
        };
        Failure { stage, cause }
    }

    /// The code of an answer after which the server still listens.
    fn refusal(&self) -> Option<u16> {
        match self.cause {
            Cause::Answer(421, _) => None,
            Cause::Answer(code, _) => Some(code),
            _ => None,
        }
    }

    /// Whether another connection may do better at once: the server knows of
    /// nothing but the sender yet, and may have had enough of this connection,
    /// whatever it calls that.
    pub(crate) fn may_be_of_this_connection(&self) -> bool {
        self.stage == Stage::Sender && !matches!(self.cause, Cause::Lacks(..))
    }

    /// Whether the connection is good for another letter.
    pub(crate) fn leaves_connection(&self) -> bool {
        self.refusal().is_some() || matches!(self.cause, Cause::Lacks(..))
    }

    /// Whether the letter may have arrived all the same.
    pub(crate) fn may_have_delivered(&self) -> bool {
        self.stage == Stage::Content && self.refusal().is_none() && !matches!(self.cause, Cause::Answer(421, _))
    }

    pub(crate) fn whose(&self) -> Fault {
        if let Cause::Lacks(_, whose) = self.cause {
            return whose;
        }
        match (self.stage, self.refusal()) {
            (_, None) | (Stage::Greeting, _) => Fault::Server,
            // "Log in first", and a login that was refused.
            (_, Some(530 | 534 | 535 | 538)) => Fault::Sender,
            (Stage::Login | Stage::Sender, Some(code)) if code >= 500 => Fault::Sender,
            (Stage::Login | Stage::Sender, Some(_)) => Fault::Server,
            (Stage::Recipient | Stage::Data | Stage::Content, Some(_)) => Fault::Recipient,
        }
    }

    /// What the server did, behind "the mail server".
    pub(crate) fn why(&self, server: &str, patience: Duration) -> String {
        let stage = match self.stage {
            Stage::Greeting => "the connection",
            Stage::Login => "the user or the password",
            Stage::Sender => "the sender",
            Stage::Recipient => "the recipient",
            Stage::Data | Stage::Content => "the message",
        };
        let uncertain = if self.may_have_delivered() { "; the message may have been delivered" } else { "" };
        match &self.cause {
            Cause::Answer(421, words) => format!("{server} is not available: 421 {words}"),
            Cause::Answer(code, words) if *code < 500 => {
                format!("{server} temporarily refused {stage}: {code} {words}")
            }
            Cause::Answer(code, words) => format!("{server} refused {stage}: {code} {words}"),
            Cause::Silence => {
                let patience = if self.stage == Stage::Content { patience * LONG } else { patience };
                format!("{server} did not answer within {} s{uncertain}", patience.as_secs_f32())
            }
            Cause::NoTls(words) if words.contains("certificate") => {
                format!("{server} has an untrusted certificate: {words}")
            }
            Cause::NoTls(words) => format!("{server} violated the TLS protocol: {words}{uncertain}"),
            Cause::NoConnection(words) => format!("{server} cannot be reached: {words}"),
            Cause::Broken(words) => format!("{server} {words}{uncertain}"),
            Cause::Lacks(words, _) => format!("{server} {words}"),
        }
    }
}

/// The failure of the system that lies beneath, if one does.
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

/// Whether it is that no answer came in time.
pub(crate) fn is_silence(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock))
}
