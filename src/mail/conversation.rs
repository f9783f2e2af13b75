//! One connection to a mail server, command by command: what failed says whose
//! fault it was, and whether the letter may have arrived.

use std::error::Error as _;
use std::io;
use std::time::Duration;

use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::DEFAULT_MECHANISMS;
use lettre::transport::smtp::client::SmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Quit, Rcpt, Rset};
use lettre::transport::smtp::extension::{Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::Response;

use super::compose::Composed;
use super::post::Post;
use super::server::Protection;
use super::undelivered::Fault;

/// How much longer than any other answer the one to a whole message may take.
const LONG: u32 = 6;

/// A connection that is ready for letters.
pub(super) struct Conversation {
    connection: SmtpConnection,
    patience: Duration,
    letters: u32,
}

/// How far an attempt came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
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
enum Cause {
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
pub(super) struct Failure {
    stage: Stage,
    cause: Cause,
}

impl Failure {
    fn of(stage: Stage, error: &SmtpError) -> Self {
        let words = error.source().map(ToString::to_string).unwrap_or_default();
        let cause = match (error.status(), io_error(error)) {
            (Some(code), _) => Cause::Answer(code.into(), words),
            (None, io) if is_silence(io) => Cause::Silence,
            (None, Some(io)) if io.kind() == io::ErrorKind::InvalidData => Cause::NoTls(io.to_string()),
            (None, Some(io)) if stage == Stage::Greeting => Cause::NoConnection(io.to_string()),
            (None, None) if error.is_response() && words == "incomplete response" => {
                Cause::Broken("closed the connection".to_owned())
            }
            (None, None) if error.is_response() => Cause::Broken("answered what is no answer of SMTP".to_owned()),
            (None, None) if stage == Stage::Greeting => Cause::NoConnection(words),
            (None, None) => Cause::Broken(format!("is not understood: {words}")),
            (None, _) => Cause::Broken(format!("broke the connection off: {words}")),
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
    pub(super) fn may_be_of_this_connection(&self) -> bool {
        self.stage == Stage::Sender && !matches!(self.cause, Cause::Lacks(..))
    }

    /// Whether the connection is good for another letter.
    pub(super) fn leaves_connection(&self) -> bool {
        self.refusal().is_some() || matches!(self.cause, Cause::Lacks(..))
    }

    /// Whether the letter may have arrived all the same.
    pub(super) fn may_have_delivered(&self) -> bool {
        self.stage == Stage::Content && self.refusal().is_none() && !matches!(self.cause, Cause::Answer(421, _))
    }

    pub(super) fn whose(&self) -> Fault {
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
    pub(super) fn why(&self, server: &str, patience: Duration) -> String {
        let stage = match self.stage {
            Stage::Greeting => "the connection",
            Stage::Login => "the user or the password",
            Stage::Sender => "the sender",
            Stage::Recipient => "the recipient",
            Stage::Data | Stage::Content => "the message",
        };
        let uncertain = if self.may_have_delivered() { "; the letter may have arrived" } else { "" };
        match &self.cause {
            Cause::Answer(421, words) => format!("{server} has no time now: 421 {words}"),
            Cause::Answer(code, words) if *code < 500 => format!("{server} did not take {stage} now: {code} {words}"),
            Cause::Answer(code, words) => format!("{server} refused {stage}: {code} {words}"),
            Cause::Silence => {
                let patience = if self.stage == Stage::Content { patience * LONG } else { patience };
                format!("{server} did not answer within {} s{uncertain}", patience.as_secs_f32())
            }
            Cause::NoTls(words) if words.contains("certificate") => {
                format!("{server} shows a certificate that is not trusted: {words}")
            }
            Cause::NoTls(words) => format!("{server} does not speak TLS as it should: {words}{uncertain}"),
            Cause::NoConnection(words) => format!("{server} cannot be reached: {words}"),
            Cause::Broken(words) => format!("{server} {words}{uncertain}"),
            Cause::Lacks(words, _) => format!("{server} {words}"),
        }
    }
}

/// The failure of the system that lies beneath, if one does.
fn io_error(error: &SmtpError) -> Option<&io::Error> {
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
fn is_silence(error: Option<&io::Error>) -> bool {
    error.is_some_and(|error| matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock))
}

type Outcome<T = ()> = Result<T, Failure>;

impl Conversation {
    /// Connects, protects the connection as the URL demands it, and logs in.
    pub(super) fn begin(post: &Post) -> Outcome<Self> {
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
                let words = "does not offer STARTTLS, and nothing is sent to it in clear";
                return Err(Failure { stage: Stage::Greeting, cause: Cause::Lacks(words, Fault::Server) });
            }
            connection.starttls(tls, post.hello()).map_err(greeting)?;
            nothing_was_said_before_tls(&mut connection)?;
            connection.set_timeout(Some(patience)).map_err(unusable)?;
        }
        if let Some(credentials) = post.credentials() {
            if connection.server_info().get_auth_mechanism(DEFAULT_MECHANISMS).is_none() {
                let words = "offers no login with a password, and its URL has one";
                return Err(Failure { stage: Stage::Login, cause: Cause::Lacks(words, Fault::Sender) });
            }
            let login = connection.auth(DEFAULT_MECHANISMS, credentials);
            expect(Stage::Login, login, 200..300)?;
        }
        Ok(Conversation { connection, patience, letters: 0 })
    }

    /// How many letters it was told of.
    pub(super) fn letters(&self) -> u32 {
        self.letters
    }

    /// Hands one letter over. It is delivered once the server says so; nothing
    /// is asked of the server behind that.
    pub(super) fn send(&mut self, message: &Composed) -> Outcome {
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
                return lacks("takes only ASCII in addresses (it does not offer SMTPUTF8)", whose);
            }
            parameters.push(MailParameter::SmtpUtfEight);
        }
        if !message.bytes.is_ascii() {
            if !server.supports_feature(Extension::EightBitMime) {
                return lacks("takes only ASCII in messages (it does not offer 8BITMIME)", Fault::Recipient);
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
    pub(super) fn reset(&mut self) -> bool {
        self.connection.command(Rset).is_ok()
    }

    /// Ends it in order; whether the server answered.
    pub(super) fn end(mut self, patience: Duration) -> bool {
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
    let words = "said something that it was not asked for when TLS began".to_owned();
    Err(Failure { stage: Stage::Greeting, cause: Cause::Broken(words) })
}

/// An answer of these codes; any other is a failure.
fn expect(stage: Stage, answer: Result<Response, SmtpError>, codes: std::ops::Range<u16>) -> Outcome {
    match answer {
        Ok(response) if codes.contains(&response.code().into()) => Ok(()),
        Ok(response) => {
            let words = format!("answered {} where that makes no sense", u16::from(response.code()));
            Err(Failure { stage, cause: Cause::Broken(words) })
        }
        Err(error) => Err(Failure::of(stage, &error)),
    }
}
