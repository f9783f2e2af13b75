//! A mail server with scripted replies, for behavior that no real server has.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// A scripted mail server and the lines that it received.
pub struct ScriptedServer {
    pub port: u16,
    hears: JoinHandle<Vec<String>>,
}

/// Never replies, and keeps the connection until the client closes it.
pub const SILENCE: &str = "";

/// Replies of a server that accepts one message.
pub const TAKES: [&str; 6] = ["220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "250 taken"];

impl ScriptedServer {
    /// Starts a server that handles one connection after the other. A reply that begins
    /// with `+` is sent after the previous one without a command. The connection is closed
    /// after the last reply.
    pub fn replying(sessions: &[&[&'static str]]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let sessions: Vec<Vec<&str>> = sessions.iter().map(|answers| answers.to_vec()).collect();
        let hears = thread::spawn(move || {
            let mut received_lines = Vec::new();
            for answers in sessions {
                let (stream, _) = listener.accept().unwrap();
                answer_commands(stream, &answers, &mut received_lines);
            }
            received_lines
        });
        ScriptedServer { port, hears }
    }

    /// Waits until all connections have ended, and returns the received lines; a message is
    /// one line, `(message)`.
    pub fn received_lines(self) -> Vec<String> {
        self.hears.join().unwrap()
    }
}

fn answer_commands(mut stream: TcpStream, answers: &[&str], received_lines: &mut Vec<String>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    for (index, answer) in answers.iter().enumerate() {
        let unasked = answer.strip_prefix('+');
        if index > 0 && unasked.is_none() {
            let after_data = answers[index - 1].starts_with("354");
            let line =
                if after_data { lines.find(|line| line == ".").map(|_| "(message)".to_owned()) } else { lines.next() };
            let Some(line) = line else { return };
            received_lines.push(line);
        }
        if answer.is_empty() {
            // Until the client closes the connection.
            received_lines.extend(lines.by_ref());
            return;
        }
        let text = unasked.unwrap_or(answer).replace('\n', "\r\n");
        if stream.write_all(format!("{text}\r\n").as_bytes()).is_err() {
            return;
        }
    }
}

/// Starts a proxy for one connection to a mail server, which adds lines after the reply to
/// STARTTLS; returns its port.
pub fn injecting_after_starttls(server: u16, lines: &'static str) -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (mut client, _) = listener.accept().unwrap();
        let mut server = TcpStream::connect((Ipv4Addr::LOCALHOST, server)).unwrap();
        let (mut from_client, mut to_server) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || io::copy(&mut from_client, &mut to_server));
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = server.read(&mut bytes) {
            let mut said = bytes[..count].to_vec();
            if said.starts_with(b"220 Ready to start TLS") {
                said.extend_from_slice(lines.as_bytes());
            }
            if client.write_all(&said).is_err() {
                break;
            }
        }
    });
    port
}
