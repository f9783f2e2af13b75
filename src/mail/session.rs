//! One connection to a mail server, command by command.

use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use crate::mail::compose::Composed;
use crate::mail::failure::{Cause, Failure, LONG, Stage, io_error, is_silence};
use crate::mail::pool::Post;
use crate::mail::server::Protection;
use crate::mail::undelivered::Fault;

/// A connection that is ready for letters.
pub(crate) struct Conversation {
    connection: SmtpConnection,
    patience: Duration,
    letters: u32,
}

type Outcome<T = ()> = Result<T, Failure>;

impl Conversation {
    /// Connects, protects the connection as the URL demands it, and logs in.
    pub(crate) fn begin(post: &Post) -> Outcome<Self> {
        let greeting = |error: SmtpError| Failure::of(Stage::Greeting, &error);
        let unusable =
            |error: io::Error| Failure { stage: Stage::Greeting, cause: Cause::NoConnection(error.to_string()) };
        let server = post.server();
        let at_once = post.tls().filter(|_| server.protection() == Protection::Tls);
        let (host, patience) = (server.host(), post.patience());
        let address = (host.as_str(), server.port());
        let mut connection =
            SmtpConnection::connect(address, Some(patience), post.hello(), at_once, None).map_err(greeting)?;
        if let (Protection::StartTls, Some(tls)) = (server.protection(), post.tls()) {
            if !connection.can_starttls() {
                let words = "does not offer STARTTLS, and an unencrypted connection is not allowed (smtps:// uses TLS \
                             from the start; ?tls=none is for loopback)";
                return Err(Failure { stage: Stage::Greeting, cause: Cause::Lacks(words, Fault::Server) });
            }
            connection.starttls(tls, post.hello()).map_err(greeting)?;
            nothing_was_said_before_tls(&mut connection)?;
            connection.set_timeout(Some(patience)).map_err(unusable)?;
        }
        if let Some(credentials) = post.credentials() {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                let words = "does not offer authentication with a password, but its URL has one";
                return Err(Failure { stage: Stage::Login, cause: Cause::Lacks(words, Fault::Sender) });
            }
            let login = connection.auth(DEFAULT_MECHANISMS, credentials);
            expect(Stage::Login, login, 200..300)?;
        }
        Ok(Conversation { connection, patience, letters: 0 })
    }

    /// How many letters it was told of.
    pub(crate) fn letters(&self) -> u32 {
        self.letters
    }

    /// Hands one letter over. It is delivered once the server says so; nothing
    /// is asked of the server behind that.
    pub(crate) fn send(&mut self, message: &Composed) -> Outcome {
        self.letters += 1;
        let parameters = self.parameters(message)?;
        self.say(Stage::Sender, Mail::new(Some(message.from.clone()), parameters), 200..300)?;
        self.say(Stage::Recipient, Rcpt::new(message.to.clone(), Vec::new()), 200..300)?;
        self.say(Stage::Data, Data, 300..400)?;
        let broken = |error: io::Error| Failure { stage: Stage::Data, cause: Cause::Broken(error.to_string()) };
        self.connection.set_timeout(Some(self.patience * LONG)).map_err(broken)?;
        let answer = self.connection.message(&message.bytes);
        let outcome = expect(Stage::Content, answer, 200..300);
        // A connection that is broken by now shows it to the next letter.
        let _ = self.connection.set_timeout(Some(self.patience));
        outcome
    }

    fn parameters(&self, message: &Composed) -> Outcome<Vec<MailParameter>> {
        let lacks = |words, whose| Err(Failure { stage: Stage::Sender, cause: Cause::Lacks(words, whose) });
        let server = self.connection.server_info();
        let mut parameters = Vec::new();
        if let Some(whose) = message.needs_smtputf8() {
            if !server.supports_feature(Extension::SmtpUtfEight) {
                return lacks("accepts only ASCII in addresses (it does not offer SMTPUTF8)", whose);
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

    fn say(&mut self, stage: Stage, command: impl std::fmt::Display, expected: std::ops::Range<u16>) -> Outcome {
        let answer = self.connection.command(command);
        expect(stage, answer, expected)
    }

    /// Makes it ready for another letter after one that was refused; whether
    /// that worked.
    pub(crate) fn reset(&mut self) -> bool {
        self.connection.command(Rset).is_ok()
    }

    /// Ends it in order; whether the server answered.
    pub(crate) fn end(mut self, patience: Duration) -> bool {
        self.connection.set_timeout(Some(patience)).is_ok() && self.connection.command(Quit).is_ok()
    }
}

/// Somebody between here and the server could add answers behind the one to
/// STARTTLS, which would be read as if they came through TLS: a refused letter
/// would seem delivered. One is taken for that to the greeting within TLS; of
/// more, some are still there now, when an honest server is silent. With one,
/// all answers come one too late, and that to DATA, which has a code of its
/// own, does not come where it should.
fn nothing_was_said_before_tls(connection: &mut SmtpConnection) -> Outcome {
    let at_once = connection.set_timeout(Some(Duration::from_millis(1))).is_ok();
    let added = match connection.read_response() {
        Ok(_) => true,
        Err(error) => !is_silence(io_error(&error)),
    };
    if at_once && !added {
        return Ok(());
    }
    let words = "sent data before the TLS handshake".to_owned();
    Err(Failure { stage: Stage::Greeting, cause: Cause::Broken(words) })
}

/// An answer of these codes; any other is a failure.
fn expect(stage: Stage, answer: Result<Response, SmtpError>, codes: std::ops::Range<u16>) -> Outcome {
    match answer {
        Ok(response) if codes.contains(&response.code().into()) => Ok(()),
        Ok(response) => {
            let words = format!("sent an unexpected reply: {}", u16::from(response.code()));
            Err(Failure { stage, cause: Cause::Broken(words) })
        }
        Err(error) => Err(Failure::of(stage, &error)),
    }
}
