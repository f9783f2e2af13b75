//! Runs the example backend and sends it HTTP requests.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use serde_json::Value;

use crate::sandbox::{Sandbox, TIMEOUT, first_lines, text};

/// A running example backend on a sandbox's database.
pub struct Backend {
    pub child: Child,
    pub address: SocketAddr,
}

impl Backend {
    pub fn start(sandbox: &Sandbox) -> Self {
        Backend::like(&sandbox.command(&[]))
    }

    /// Starts a backend that gives the same response for every invalid code.
    pub fn start_with_one_answer(sandbox: &Sandbox) -> Self {
        Backend::with(&sandbox.command(&[]), &["--one-answer"])
    }

    /// Starts a backend with the environment of a command.
    pub fn like(like: &Command) -> Self {
        Backend::with(like, &[])
    }

    fn with(like: &Command, options: &[&str]) -> Self {
        // Cargo builds the examples with the tests, next to the binary.
        let example = Path::new(env!("CARGO_BIN_EXE_invite")).with_file_name("examples").join("backend");
        assert!(example.exists(), "run: cargo build --example backend");
        let mut command = Command::new(example);
        command.env_clear();
        for (name, value) in like.get_envs() {
            if let Some(value) = value {
                command.env(name, value);
            }
        }
        command.env("INVITE_BASE_URL", "https://example.org").arg("127.0.0.1:0").args(options);
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let said = first_lines(&mut child, 1);
        let address = said.first().and_then(|line| line.strip_prefix("listening on ")).map(str::to_owned);
        let address = address.unwrap_or_else(|| panic!("{}", rest_of(&mut child))).parse().unwrap();
        Backend { child, address }
    }

    /// Sends a request, and returns status and body; an empty body is null.
    pub fn ask(&self, method: &str, path: &str, user: Option<&str>, body: Value) -> (u16, Value) {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let user = user.map_or(String::new(), |user| format!("X-User: {user}\r\n"));
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\n{user}Content-Length: {}\r\n", body.len());
        let answer = self.raw(&format!("{head}\r\n{body}"));
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(status != 429 || head.contains("\r\nRetry-After: "), "{head}");
        (status, if body.is_empty() { Value::Null } else { serde_json::from_str(body).unwrap() })
    }

    pub fn get(&self, path: &str, user: Option<&str>) -> (u16, Value) {
        self.ask("GET", path, user, Value::Null)
    }

    pub fn post(&self, path: &str, user: Option<&str>, body: Value) -> (u16, Value) {
        self.ask("POST", path, user, body)
    }

    pub fn delete(&self, path: &str, user: Option<&str>) -> (u16, Value) {
        self.ask("DELETE", path, user, Value::Null)
    }

    fn raw(&self, request: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(request.as_bytes()).unwrap();
        read(&mut stream)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        stream
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads until the connection is closed.
pub fn read(stream: &mut TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn rest_of(child: &mut Child) -> String {
    let mut said = Vec::new();
    child.stderr.as_mut().unwrap().read_to_end(&mut said).unwrap();
    text(&said)
}
