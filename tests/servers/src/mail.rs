//! A mail server for one test, and the messages that it received.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::server::{credentials, ok};
use crate::supervisor::Supervisor;
use crate::{PASSWORD, USER, ports};

const SCRIPT: &str = "servers/scripts/mail.sh";

/// Maximum number of attempts with another port if one is in use.
const ATTEMPTS: usize = 10;

/// Timeout for a message to arrive.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A running or killed mail server. `scripts/mail.py` documents its behavior for each
/// address and its options.
pub struct MailServer {
    options: Vec<String>,
    port: u16,
    folder: PathBuf,
    supervisor: Mutex<Supervisor>,
}

/// A received message with decoded texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The recipient in the envelope.
    pub to: String,
    /// The sender in the envelope.
    pub from: String,
    /// The subject.
    pub subject: String,
    /// The Message-ID with its brackets.
    pub message_id: String,
    /// The plain text part.
    pub text: String,
    /// The HTML part.
    pub html: String,
    /// The raw message.
    pub raw: String,
    /// The client's port, which identifies the connection.
    pub connection: u16,
    /// The authenticated user; empty without authentication.
    pub user: String,
    /// True if the connection was encrypted with TLS.
    pub encrypted: bool,
}

impl MailServer {
    /// Starts a server that accepts every message without encryption or authentication.
    #[track_caller]
    pub fn start() -> Self {
        MailServer::with(&[])
    }

    /// Starts a server with options, such as `starttls` and `login`.
    #[track_caller]
    pub fn with(options: &[&str]) -> Self {
        ok(MailServer::launch(options))
    }

    fn launch(options: &[&str]) -> Result<Self, String> {
        let options: Vec<String> = options.iter().map(ToString::to_string).collect();
        let mut supervisor = Supervisor::start(SCRIPT, &options);
        for _ in 0..ATTEMPTS {
            let port = ports::free(1);
            let answer = supervisor.send(&format!("start {port}"));
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

    /// Returns the port at 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the server's folder, which has `mail`, `log` and `tls`.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the URL of the server, with its encryption, and with the account if it
    /// requires authentication.
    #[track_caller]
    pub fn url(&self) -> String {
        self.url_at("127.0.0.1")
    }

    /// Returns the URL of the server with another host name of this machine.
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

    /// Returns the user and password that the server accepts if it requires authentication.
    pub fn account(&self) -> (&'static str, &'static str) {
        (USER, PASSWORD)
    }

    /// Returns the path of the certificate authority's file; the server's certificate is
    /// for 127.0.0.1 and localhost.
    #[track_caller]
    pub fn ca_file(&self) -> PathBuf {
        let file = self.folder.join("tls/ca.pem");
        assert!(file.exists(), "the server has no certificate: install the package openssl, or run: sh tests/run.sh");
        file
    }

    /// Returns the received messages in order.
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
    #[expect(clippy::disallowed_methods, reason = "measures the wait of a test")]
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

    /// Shuts the server down, and closes its connections.
    #[track_caller]
    pub fn stop(&self) {
        self.send("stop", "done");
    }

    /// Restarts the server with the same port and messages.
    #[track_caller]
    pub fn start_again(&self) {
        self.send(&format!("start {}", self.port), "ready");
    }

    /// Kills the server with SIGKILL.
    #[track_caller]
    pub fn kill9(&self) {
        self.send("kill", "done");
    }

    /// Pauses the server: the system accepts connections, and the server does not respond.
    #[track_caller]
    pub fn pause(&self) {
        self.send("pause", "done");
    }

    /// Resumes the server.
    #[track_caller]
    pub fn resume(&self) {
        self.send("resume", "done");
    }

    #[track_caller]
    fn send(&self, command: &str, expected: &str) {
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
