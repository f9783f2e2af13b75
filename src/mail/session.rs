//! An SMTP session with a mail server.

use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use crate::mail::compose::SmtpMessage;
use crate::mail::endpoint::Endpoint;
use crate::mail::failure::{CONTENT_TIMEOUT_FACTOR, Cause, Failure, Stage, io_error, is_timeout};
use crate::mail::send_error::Fault;
use crate::mail::server::Protection;

/// A session that is ready for messages.
pub(crate) struct SmtpSession {
    connection: SmtpConnection,
    timeout: Duration,
    messages: u32,
}

type Outcome<T = ()> = Result<T, Failure>;

impl SmtpSession {
    /// Connects, starts TLS if the URL demands it, and authenticates.
    pub(crate) fn open(endpoint: &Endpoint) -> Outcome<Self> {
        let greeting = |error: SmtpError| Failure::of(Stage::Greeting, &error);
        let unusable =
            |error: io::Error| Failure { stage: Stage::Greeting, cause: Cause::Unreachable(error.to_string()) };
        let Endpoint { server, tls, credentials, client_id, timeout } = endpoint;
        let implicit_tls = tls.as_ref().filter(|_| server.protection() == Protection::Tls);
        let host = server.host();
        let address = (host.as_str(), server.port());
        let mut connection =
            SmtpConnection::connect(address, Some(*timeout), client_id, implicit_tls, None).map_err(greeting)?;
        if let (Protection::StartTls, Some(tls)) = (server.protection(), tls) {
            if !connection.can_starttls() {
                let words = "does not offer STARTTLS, and an unencrypted connection is not allowed (smtps:// uses TLS \
                             from the start; ?tls=none is for loopback)";
                return Err(Failure { stage: Stage::Greeting, cause: Cause::Unsupported(words, Fault::Server) });
            }
            connection.starttls(tls, client_id).map_err(greeting)?;
            refuse_injected_replies(&mut connection)?;
            connection.set_timeout(Some(*timeout)).map_err(unusable)?;
        }
        if let Some(credentials) = credentials {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                let words = "does not offer authentication with a password, but its URL has one";
                return Err(Failure { stage: Stage::Login, cause: Cause::Unsupported(words, Fault::Sender) });
            }
            let login = connection.auth(DEFAULT_MECHANISMS, credentials);
            expect(Stage::Login, login, 200..300)?;
        }
        Ok(SmtpSession { connection, timeout: *timeout, messages: 0 })
    }

    /// Returns the number of messages that were begun in this session.
    pub(crate) fn messages(&self) -> u32 {
        self.messages
    }

    /// Sends one message. It is delivered once the server accepts it; no command
    /// follows that could fail.
    pub(crate) fn send(&mut self, message: &SmtpMessage) -> Outcome {
        self.messages += 1;
        let parameters = self.parameters(message)?;
        self.command(Stage::Sender, Mail::new(Some(message.from.clone()), parameters), 200..300)?;
        self.command(Stage::Recipient, Rcpt::new(message.to.clone(), Vec::new()), 200..300)?;
        self.command(Stage::Data, Data, 300..400)?;
        let broken = |error: io::Error| Failure { stage: Stage::Data, cause: Cause::Protocol(error.to_string()) };
        self.connection.set_timeout(Some(self.timeout * CONTENT_TIMEOUT_FACTOR)).map_err(broken)?;
        let reply = self.connection.message(&message.bytes);
        let outcome = expect(Stage::Content, reply, 200..300);
        // If the connection is broken, the next message fails at its first command.
        let _ = self.connection.set_timeout(Some(self.timeout));
        outcome
    }

    fn parameters(&self, message: &SmtpMessage) -> Outcome<Vec<MailParameter>> {
        let lacks = |words, fault| Err(Failure { stage: Stage::Sender, cause: Cause::Unsupported(words, fault) });
        let server = self.connection.server_info();
        let mut parameters = Vec::new();
        if let Some(fault) = message.needs_smtputf8() {
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return lacks("accepts only ASCII in addresses (it does not offer SMTPUTF8)", fault);
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !message.bytes.is_ascii() {
            if !server.supports_feature(Extension::EightBitMime) {
                return lacks("accepts only ASCII in messages (it does not offer 8BITMIME)", Fault::Recipient);
            }
            parameters.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        Ok(parameters)
    }

    fn command(&mut self, stage: Stage, command: impl std::fmt::Display, expected: std::ops::Range<u16>) -> Outcome {
        let reply = self.connection.command(command);
        expect(stage, reply, expected)
    }

    /// Sends RSET, after which another message can be sent; returns true if it
    /// succeeded.
    pub(crate) fn reset(&mut self) -> bool {
        self.connection.command(Rset).is_ok()
    }

    /// Sends QUIT; returns true if the server replied in time.
    pub(crate) fn close(mut self, timeout: Duration) -> bool {
        self.connection.set_timeout(Some(timeout)).is_ok() && self.connection.command(Quit).is_ok()
    }
}

/// Refuses a connection in which replies were injected before TLS started.
///
/// An attacker in the network could send replies after the one to STARTTLS, which
/// would be read as if they came through TLS: a refused message would seem
/// delivered. The first injected reply is taken for that to EHLO within TLS. If there
/// are more, one can be read now, when a server must be silent. If there is only one,
/// every reply is read one command too early, and that to DATA, which has a code of
/// its own, is not where it is expected.
fn refuse_injected_replies(connection: &mut SmtpConnection) -> Outcome {
    let is_timeout_set = connection.set_timeout(Some(Duration::from_millis(1))).is_ok();
    let has_reply = match connection.read_response() {
        Ok(_) => true,
        Err(error) => !is_timeout(io_error(&error)),
    };
    if is_timeout_set && !has_reply {
        return Ok(());
    }
    let words = "sent data before the TLS handshake".to_owned();
    Err(Failure { stage: Stage::Greeting, cause: Cause::Protocol(words) })
}

/// Succeeds for a reply with one of these codes.
fn expect(stage: Stage, reply: Result<Response, SmtpError>, codes: std::ops::Range<u16>) -> Outcome {
    match reply {
        Ok(response) if codes.contains(&response.code().into()) => Ok(()),
        Ok(response) => {
            let words = format!("sent an unexpected reply: {}", u16::from(response.code()));
            Err(Failure { stage, cause: Cause::Protocol(words) })
        }
        Err(error) => Err(Failure::of(stage, &error)),
    }
}
