//! A server that says what a test tells it to, for what no real one does.

use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// A peer, and what it hears.
pub struct Peer {
    pub port: u16,
    hears: JoinHandle<Vec<String>>,
}

/// Never answers, and holds the connection until the other end leaves.
pub const SILENCE: &str = "";

/// The answers of a server that takes one letter.
pub const TAKES: [&str; 6] = ["220 hi", "250 hi", "250 ok", "250 ok", "354 go on", "250 taken"];

impl Peer {
    /// Talks over one connection after the other. An answer that begins with
    /// `+` is said without being asked, right behind the one before. Behind
    /// the last answer it ends the connection.
    pub fn saying(conversations: &[&[&'static str]]) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let conversations: Vec<Vec<&str>> = conversations.iter().map(|answers| answers.to_vec()).collect();
        let hears = thread::spawn(move || {
            let mut heard = Vec::new();
            for answers in conversations {
                let (stream, _) = listener.accept().unwrap();
                talk(stream, &answers, &mut heard);
            }
            heard
        });
        Peer { port, hears }
    }

    /// What it heard, line by line; a letter is one line, `(letter)`. Waits
    /// until all of its conversations are over.
    pub fn heard(self) -> Vec<String> {
        self.hears.join().unwrap()
    }
}

fn talk(mut stream: TcpStream, answers: &[&str], heard: &mut Vec<String>) {
    let mut lines = BufReader::new(stream.try_clone().unwrap()).lines().map_while(Result::ok);
    for (index, answer) in answers.iter().enumerate() {
        let unasked = answer.strip_prefix('+');
        if index > 0 && unasked.is_none() {
            let after_data = answers[index - 1].starts_with("354");
            let line =
                if after_data { lines.find(|line| line == ".").map(|_| "(letter)".to_owned()) } else { lines.next() };
            let Some(line) = line else { return };
            heard.push(line);
        }
        if answer.is_empty() {
            // Until the other end leaves.
            heard.extend(lines.by_ref());
            return;
        }
        let text = unasked.unwrap_or(answer).replace('\n', "\r\n");
        if stream.write_all(format!("{text}\r\n").as_bytes()).is_err() {
            return;
        }
    }
}

/// Stands before a server on this port, for one connection, and adds these
/// lines right behind the answer to STARTTLS; its own port.
pub fn adding_behind_starttls(server: u16, lines: &'static str) -> u16 {
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
