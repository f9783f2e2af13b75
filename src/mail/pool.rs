//! The connections to one server, kept for the next letter.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use crate::error::{Error, Result};
use crate::files;
use crate::mail::compose::Composed;
use crate::mail::failure::Failure;
use crate::mail::redact::without_code;
use crate::mail::server::{Account, MailServer, Protection};
use crate::mail::session::Conversation;
use crate::mail::undelivered::{Undelivered, without_secrets};

/// How many idle connections are kept.
const MOST_IDLE: usize = 8;

/// How many letters one connection carries: some servers count.
const MOST_LETTERS: u32 = 100;

/// How many codes of earlier letters are kept out of answers, too.
const MOST_TOLD: usize = 200;

/// How long a server may take to say goodbye.
const GOODBYE: Duration = Duration::from_millis(500);

/// One server and the connections to it that wait for a letter.
pub(crate) struct Post {
    server: MailServer,
    tls: Option<TlsParameters>,
    credentials: Option<Credentials>,
    /// How this machine introduces itself.
    hello: ClientId,
    patience: Duration,
    /// What no reason may repeat, as it is written and as it is sent.
    secrets: Vec<String>,
    idle: Mutex<Vec<Conversation>>,
    /// The codes of the letters that the server was told last.
    told: Mutex<VecDeque<String>>,
}

impl Post {
    pub(crate) fn new(server: MailServer, patience: Duration) -> Result<Self> {
        let tls = match server.protection() {
            Protection::None => None,
            Protection::StartTls | Protection::Tls => Some(tls_parameters(&server)?),
        };
        let credentials =
            server.account().map(|account| Credentials::new(account.user.clone(), account.password.clone()));
        let secrets = server.account().map(secrets).unwrap_or_default();
        let (idle, told) = (Mutex::new(Vec::new()), Mutex::default());
        Ok(Post { server, tls, credentials, hello: hello(), patience, secrets, idle, told })
    }

    pub(crate) fn server(&self) -> &MailServer {
        &self.server
    }

    pub(crate) fn tls(&self) -> Option<&TlsParameters> {
        self.tls.as_ref()
    }

    pub(crate) fn credentials(&self) -> Option<&Credentials> {
        self.credentials.as_ref()
    }

    pub(crate) fn hello(&self) -> &ClientId {
        &self.hello
    }

    pub(crate) fn patience(&self) -> Duration {
        self.patience
    }

    /// Makes a connection, unless one waits that still answers.
    pub(crate) fn probe(&self) -> std::result::Result<(), Undelivered> {
        if let Some(mut waiting) = self.take() {
            if waiting.reset() {
                self.keep(waiting);
                return Ok(());
            }
            self.idle().clear();
        }
        let fresh = Conversation::begin(self).map_err(|failure| self.undelivered(&failure, &["", ""]))?;
        self.keep(fresh);
        Ok(())
    }

    /// One attempt, over a connection that waits or a new one.
    ///
    /// A server may have closed a waiting connection, or have had enough of
    /// it. The first command shows that, before it knows of any letter; then
    /// the letter goes over a new connection.
    pub(crate) fn deliver(&self, message: &Composed, of_letter: &[&str; 2]) -> std::result::Result<(), Undelivered> {
        self.remember(of_letter[1]);
        if let Some(mut waiting) = self.take() {
            match waiting.send(message) {
                Err(failure) if failure.may_be_of_this_connection() => self.idle().clear(),
                outcome => return self.end(waiting, outcome, of_letter),
            }
        }
        let mut fresh = Conversation::begin(self).map_err(|failure| self.undelivered(&failure, of_letter))?;
        let outcome = fresh.send(message);
        self.end(fresh, outcome, of_letter)
    }

    fn end(
        &self,
        mut conversation: Conversation,
        outcome: std::result::Result<(), Failure>,
        of_letter: &[&str; 2],
    ) -> std::result::Result<(), Undelivered> {
        let is_usable = match &outcome {
            Ok(()) => true,
            Err(failure) => failure.leaves_connection() && conversation.reset(),
        };
        if is_usable {
            self.keep(conversation);
        }
        outcome.map_err(|failure| self.undelivered(&failure, of_letter))
    }

    fn take(&self) -> Option<Conversation> {
        self.idle().pop()
    }

    /// Keeps a connection for the next letter. Whatever becomes of that has no
    /// say in how this letter went.
    fn keep(&self, conversation: Conversation) {
        let mut idle = self.idle();
        if conversation.letters() < MOST_LETTERS && idle.len() < MOST_IDLE {
            idle.push(conversation);
        } else {
            drop(idle);
            conversation.end(GOODBYE);
        }
    }

    /// A panic of one attempt leaves the list as it was.
    fn idle(&self) -> MutexGuard<'_, Vec<Conversation>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remember(&self, code: &str) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() == MOST_TOLD {
            told.pop_front();
        }
        told.push_back(code.to_owned());
    }

    fn undelivered(&self, failure: &Failure, of_letter: &[&str; 2]) -> Undelivered {
        let words = format!("the mail server {}", failure.why(&self.server.name(), self.patience));
        let secrets = self.secrets.iter().map(String::as_str).chain(*of_letter);
        // An answer to this letter may repeat an earlier one of the connection.
        let told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let why = told.iter().fold(without_secrets(&words, secrets), |words, code| without_code(&words, code));
        if failure.may_have_delivered() { Undelivered::perhaps(&why) } else { Undelivered::new(failure.whose(), &why) }
    }
}

/// Says goodbye, as servers like it, and does not insist.
impl Drop for Post {
    fn drop(&mut self) {
        for conversation in self.idle().drain(..) {
            if !conversation.end(GOODBYE) {
                break;
            }
        }
    }
}

/// The password, and what the two ways to log in make of it.
fn secrets(account: &Account) -> Vec<String> {
    let Account { user, password } = account;
    let plain = format!("\0{user}\0{password}");
    let mut secrets = vec![STANDARD.encode(plain), STANDARD.encode(password)];
    secrets.push(password.clone());
    secrets
}

/// The name of this machine, where it can be said to a server.
fn hello() -> ClientId {
    match ClientId::default() {
        ClientId::Domain(name) if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) => {
            ClientId::Ipv4(Ipv4Addr::LOCALHOST)
        }
        name => name,
    }
}

fn tls_parameters(server: &MailServer) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(server.host());
    if let Some(file) = server.authority() {
        let shown = file.display();
        let pem = files::read_bytes(file).map_err(|error| {
            Error::invalid(format!("cannot read the file of the parameter ca in the URL of the mail server: {shown}"))
                .caused_by(error)
                .hint("check the path and the mode of the file")
        })?;
        let unusable = || {
            Error::invalid(format!(
                "the file of the parameter ca in the URL of the mail server contains no certificate: {shown}"
            ))
        };
        let has_one = pem.windows(BEGIN.len()).any(|window| window == BEGIN);
        let certificate = Certificate::from_pem(&pem).ok().filter(|_| has_one);
        builder = builder.add_root_certificate(certificate.ok_or_else(unusable)?);
        return builder.build().map_err(|error| unusable().caused_by(error));
    }
    builder.build().map_err(|error| Error::invalid("cannot use the system certificates").caused_by(error))
}

const BEGIN: &[u8] = b"-----BEGIN CERTIFICATE-----";
