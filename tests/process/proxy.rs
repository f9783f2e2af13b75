//! A proxy before a server that records the traffic and interrupts connections.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

/// Direction of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// To the server.
    Asked,
    /// From the server.
    Answered,
}

/// The point at which connections are interrupted.
#[derive(Debug, Clone, Copy)]
pub enum Cut {
    Never,
    /// The first connection, after this many bytes in one direction.
    First(Way, usize),
    /// Every connection.
    Each(Way, usize),
    /// Every connection, before the server receives this text.
    Before(&'static str),
    /// Every connection, when the server responds to a message with this text.
    After(&'static str),
    /// From this text on, bytes are dropped silently.
    Swallow(Swallow),
    /// Every part of a message is delayed by this time.
    Delay(Duration),
}

/// The bytes that are dropped.
#[derive(Debug, Clone, Copy)]
pub struct Swallow {
    pub from: &'static str,
    /// True if the server still receives the text.
    pub is_heard: bool,
    /// True if all other and later connections are dropped too.
    pub is_everything: bool,
}

/// A proxy that runs until the process ends.
pub struct Proxy {
    address: SocketAddr,
    passed: Arc<Passed>,
}

/// Bytes of all connections so far.
#[derive(Default)]
struct Passed {
    asked: Mutex<Vec<u8>>,
    answered: Mutex<Vec<u8>>,
    /// Bytes are dropped.
    is_silent: AtomicBool,
}

impl Passed {
    fn on(&self, way: Way) -> MutexGuard<'_, Vec<u8>> {
        let bytes = match way {
            Way::Asked => &self.asked,
            Way::Answered => &self.answered,
        };
        bytes.lock().unwrap()
    }
}

impl Proxy {
    pub fn before(server: u16, cut: Cut) -> Self {
        Proxy::at("127.0.0.1", server, cut)
    }

    /// Starts a proxy that listens on this address.
    pub fn at(address: &str, server: u16, cut: Cut) -> Self {
        let listener = TcpListener::bind((address, 0)).unwrap();
        let proxy = Proxy { address: listener.local_addr().unwrap(), passed: Arc::default() };
        let passed = Arc::clone(&proxy.passed);
        thread::spawn(move || {
            for (number, client) in listener.incoming().map_while(Result::ok).enumerate() {
                // Clients must see the server as unreachable.
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else { continue };
                let silent = Arc::new(AtomicBool::new(false));
                for (way, from, to) in [(Way::Asked, &client, &server), (Way::Answered, &server, &client)] {
                    let (from, to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                    let (passed, limit) = (Arc::clone(&passed), limit(cut, way, number));
                    let word = if let (Cut::Before(word), Way::Asked) = (cut, way) { Some(word) } else { None };
                    let silent = Arc::clone(&silent);
                    thread::spawn(move || {
                        match cut {
                            Cut::Swallow(swallow) => {
                                pass_until_silent(way, (&from, &to), &passed, (swallow, number), &silent);
                            }
                            Cut::After(word) => pass_until_answered(way, (&from, &to), word, &silent),
                            Cut::Delay(span) => pass_late(&from, &to, span),
                            _ => pass(way, &from, &to, &passed, limit, word),
                        }
                        // Forward both directions of both connections, so that neither side waits.
                        let _ = from.shutdown(Shutdown::Both);
                        let _ = to.shutdown(Shutdown::Both);
                    });
                }
            }
        });
        proxy
    }

    /// Returns the address of the proxy for a URL.
    pub fn place(&self) -> String {
        self.address.to_string()
    }

    /// Returns all bytes of one direction.
    pub fn passed(&self, way: Way) -> Vec<u8> {
        self.passed.on(way).clone()
    }
}

fn limit(cut: Cut, way: Way, number: usize) -> usize {
    match cut {
        Cut::First(at, limit) if at == way && number == 0 => limit,
        Cut::Each(at, limit) if at == way => limit,
        _ => usize::MAX,
    }
}

fn pass(way: Way, mut from: &TcpStream, mut to: &TcpStream, passed: &Passed, mut left: usize, word: Option<&str>) {
    let mut buffer = vec![0; 16_384];
    while left > 0 {
        let most = buffer.len().min(left);
        let Ok(length @ 1..) = from.read(&mut buffer[..most]) else { return };
        if word.is_some_and(|word| contains(&buffer[..length], word)) {
            return;
        }
        passed.on(way).extend(&buffer[..length]);
        left -= length;
        if to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

/// Forwards bytes until they are to be dropped; then keeps both connections open.
fn pass_until_silent(
    way: Way,
    (mut from, mut to): (&TcpStream, &TcpStream),
    passed: &Passed,
    (swallow, number): (Swallow, usize),
    silent: &AtomicBool,
) {
    let is_silent = || silent.load(Ordering::SeqCst) || passed.is_silent.load(Ordering::SeqCst);
    let mut buffer = vec![0; 16_384];
    loop {
        let read = from.read(&mut buffer);
        if is_silent() {
            // The end of a connection is not forwarded either.
            loop {
                thread::park();
            }
        }
        let Ok(length @ 1..) = read else { return };
        let is_the_word = way == Way::Asked && contains(&buffer[..length], swallow.from);
        let swallows = is_the_word && (swallow.is_everything || number == 0);
        if swallows {
            let flag = if swallow.is_everything { &passed.is_silent } else { silent };
            flag.store(true, Ordering::SeqCst);
        }
        if (!swallows || swallow.is_heard) && to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

/// Forwards bytes until the server responds to a message with the text; the response is dropped.
fn pass_until_answered(way: Way, (mut from, mut to): (&TcpStream, &TcpStream), word: &str, is_asked: &AtomicBool) {
    let mut buffer = vec![0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        match way {
            Way::Asked if contains(&buffer[..length], word) => is_asked.store(true, Ordering::SeqCst),
            Way::Answered if is_asked.load(Ordering::SeqCst) => return,
            _ => {}
        }
        if to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

fn pass_late(mut from: &TcpStream, mut to: &TcpStream, span: Duration) {
    let mut buffer = vec![0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        thread::sleep(span);
        if to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}

/// True if the bytes contain the text.
pub fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}
