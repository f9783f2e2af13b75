//! A mail server of a test's own, and what it was sent.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{credentials, ok};
use crate::supervisor::Supervisor;
use crate::{PASSWORD, USER, ports};

const SCRIPT: &str = "servers/scripts/mail.sh";

/// How often another port is tried when one was taken meanwhile.
const ATTEMPTS: usize = 10;

/// How long a message may be awaited.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running mail server, or one that was killed. What it does with which
/// address, and its options, `scripts/mail.py` tells.
pub struct MailServer {
    options: Vec<String>,
    port: u16,
    folder: PathBuf,
    supervisor: Mutex<Supervisor>,
}

/// A message that the server took, with its texts decoded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The recipient of the envelope.
    pub to: String,
    /// The sender of the envelope.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The message's id with its brackets.
    pub message_id: String,
    /// The plain text.
    pub text: String,
    /// The HTML.
    pub html: String,
    /// The whole message as it came.
    pub raw: String,
    /// The port at the client's end: one number is one connection.
    pub connection: u16,
    /// The user who logged in; empty without a login.
    pub user: String,
    /// True if TLS protected it.
    pub encrypted: bool,
}

impl MailServer {
    /// A server that takes all in clear, without login.
    #[track_caller]
    pub fn start() -> Self {
        MailServer::with(&[])
    }

    /// A server with options, such as `starttls` and `login`.
    #[track_caller]
    pub fn with(options: &[&str]) -> Self {
        ok(MailServer::launch(options))
    }

    fn launch(options: &[&str]) -> Result<Self, String> {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        let mut supervisor = Supervisor::start(SCRIPT, &options);
        for _ in 0..ATTEMPTS {
            let port = ports::free(1);
            let answer = supervisor.tell(&format!("start {port}"));
            match answer.map_err(|logs| format!("the mail server did not start{logs}"))?.as_str() {
                "ready" => {
                    let folder = supervisor.folder();
                    return Ok(MailServer { options, port, folder, supervisor: Mutex::new(supervisor) });
                }
                "taken" => {}
                problem => return Err(format!("the mail server did not start: {problem}{}", supervisor.logs())),
            }
        }
        Err(format!("the mail server found every one of {ATTEMPTS} ports taken{}", supervisor.logs()))
    }

    fn has(&self, option: &str) -> bool {
        self.options.iter().any(|own| own == option)
    }

    /// Where it listens, at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Its folder: `mail`, `log` and `tls`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The URL that it takes mail at: as protected as it is, and with the
    /// account where it demands one.
    #[track_caller]
    pub fn url(&self) -> String {
        self.url_at("127.0.0.1")
    }

    /// The same by another name of this machine.
    #[track_caller]
    pub fn url_at(&self, host: &str) -> String {
        let account = if self.has("login") { format!("{}@", credentials()) } else { String::new() };
        let (scheme, parameter) = match (self.has("tls"), self.has("starttls")) {
            (true, _) => ("smtps", format!("ca={}", self.ca_file().display())),
            (false, true) => ("smtp", format!("ca={}", self.ca_file().display())),
            (false, false) => ("smtp", "tls=none".to_owned()),
        };
        format!("{scheme}://{account}{host}:{}?{parameter}", self.port)
    }

    /// The user and the password that it takes where it demands a login.
    pub fn account(&self) -> (&'static str, &'static str) {
        (USER, PASSWORD)
    }

    /// The certificate of the authority that signed the server's, which is for
    /// 127.0.0.1 and localhost.
    #[track_caller]
    pub fn ca_file(&self) -> PathBuf {
        let file = self.folder.join("tls/ca.pem");
        assert!(file.exists(), "the server has no certificate: install the package openssl, or run: sh tests/run.sh");
        file
    }

    /// What it took, in order.
    #[track_caller]
    pub fn messages(&self) -> Vec<Message> {
        let folder = self.folder.join("mail");
        let entries = fs::read_dir(&folder).expect("the folder of the messages is there");
        let mut folders: Vec<PathBuf> = entries.map(|entry| entry.expect("it can be read").path()).collect();
        folders.sort();
        folders.iter().map(|folder| Message::read(folder)).collect()
    }

    /// Waits for this number of messages and returns them.
    #[track_caller]
    #[expect(clippy::disallowed_methods, reason = "how long a test waits is measured here")]
    pub fn wait_for(&self, count: usize) -> Vec<Message> {
        let begin = Instant::now();
        loop {
            let messages = self.messages();
            if messages.len() >= count {
                return messages;
            }
            assert!(begin.elapsed() < TIMEOUT, "of {count} messages {} came", messages.len());
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Ends it in order; connections to it end too.
    #[track_caller]
    pub fn stop(&self) {
        self.tell("stop", "done");
    }

    /// Starts it again with the same port and messages.
    #[track_caller]
    pub fn start_again(&self) {
        self.tell(&format!("start {}", self.port), "ready");
    }

    /// Ends it at once, as kill -9 does.
    #[track_caller]
    pub fn kill9(&self) {
        self.tell("kill", "done");
    }

    /// Stops it for a while: connections to it are made, and it does not answer.
    #[track_caller]
    pub fn pause(&self) {
        self.tell("pause", "done");
    }

    /// Lets it go on.
    #[track_caller]
    pub fn resume(&self) {
        self.tell("resume", "done");
    }

    #[track_caller]
    fn tell(&self, command: &str, expected: &str) {
        self.supervisor.lock().unwrap_or_else(PoisonError::into_inner).expect(command, expected);
    }
}

impl Message {
    fn read(folder: &Path) -> Self {
        let part = |name: &str| {
            let bytes = fs::read(folder.join(name)).expect("a message has all of its parts");
            String::from_utf8_lossy(&bytes).into_owned()
        };
        Message {
            to: part("to"),
            from: part("from"),
            subject: part("subject"),
            message_id: part("message_id"),
            text: part("text"),
            html: part("html"),
            raw: part("raw"),
            connection: part("connection").parse().expect("a port is a number"),
            user: part("user"),
            encrypted: !part("encrypted").is_empty(),
        }
    }
}
