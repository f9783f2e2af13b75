//! A man in the middle who declines encryption and asks for the password.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use crate::error_output::ErrorOutput;
use crate::proxy::contains;
use crate::sandbox::{Engine, Sandbox};
use crate::server_tls::REMOTE;

const PASSWORD: &str = "correct-horse";

/// The server's side of a connection; the second argument reads from the client.
type Conversation = fn(&mut TcpStream, &mut dyn FnMut(&mut TcpStream));

/// A fake server that runs the same exchange with each client and records what clients send.
struct Middle {
    port: u16,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Middle {
    fn with(conversation: Conversation) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let middle = Middle { port: listener.local_addr().unwrap().port(), received: Arc::default() };
        let received = Arc::clone(&middle.received);
        thread::spawn(move || {
            for mut client in listener.incoming().map_while(Result::ok) {
                client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
                let mut receive = |client: &mut TcpStream| {
                    let mut buffer = [0; 4_096];
                    let length = client.read(&mut buffer).unwrap_or(0);
                    received.lock().unwrap().extend(&buffer[..length]);
                };
                conversation(&mut client, &mut receive);
            }
        });
        middle
    }

    fn received(&self) -> Vec<u8> {
        self.received.lock().unwrap().clone()
    }

    fn url(&self, scheme: &str, host: &str, parameters: &str) -> String {
        format!("{scheme}://invite:{PASSWORD}@{host}:{}/app{parameters}", self.port)
    }
}

/// Declines TLS and asks for the plaintext password.
fn as_postgres(client: &mut TcpStream, receive: &mut dyn FnMut(&mut TcpStream)) {
    receive(client);
    let _ = client.write_all(b"N");
    receive(client);
    let _ = client.write_all(&[b'R', 0, 0, 0, 8, 0, 0, 0, 3]);
    receive(client);
}

/// Greets without the TLS capability flag.
fn as_mysql(client: &mut TcpStream, receive: &mut dyn FnMut(&mut TcpStream)) {
    let mut greeting = vec![10];
    greeting.extend(b"8.0.36\0");
    greeting.extend([7, 0, 0, 0]);
    greeting.extend(b"12345678\0");
    // CONNECT_WITH_DB, PROTOCOL_41, SECURE_CONNECTION; PLUGIN_AUTH.
    greeting.extend([0x08, 0x82, 45, 2, 0, 0x08, 0x00, 21]);
    greeting.extend([0; 10]);
    greeting.extend(b"123456789012\0mysql_native_password\0");
    let mut packet = u32::try_from(greeting.len()).unwrap().to_le_bytes()[..3].to_vec();
    packet.push(0);
    packet.extend(greeting);
    let _ = client.write_all(&packet);
    receive(client);
}

#[test]
fn postgres_password_is_not_sent_without_encryption() {
    let sandbox = Sandbox::without_tables(Engine::Sqlite);
    for parameters in ["", "?sslmode=require", "?sslmode=verify-full"] {
        let middle = Middle::with(as_postgres);
        let url = middle.url("postgres", REMOTE, parameters);
        let output = sandbox
            .command_without_database(&["list", "-q"])
            .env("INVITE_DATABASE_URL", url)
            .env("INVITE_TIMEOUT", "2s")
            .output();
        ErrorOutput::parse(&output.unwrap(), 10).names("cannot open an encrypted connection to ", "check sslmode");
        let received = middle.received();
        assert!(!contains(&received, PASSWORD) && !contains(&received, "invite"), "{parameters}: {received:?}");
    }
    // Plaintext stays allowed to loopback addresses and on request.
    for (host, parameters) in [("127.0.0.1", ""), (REMOTE, "?sslmode=prefer"), (REMOTE, "?sslmode=disable")] {
        let middle = Middle::with(as_postgres);
        let url = middle.url("postgres", host, parameters);
        let output = sandbox
            .command_without_database(&["list", "-q"])
            .env("INVITE_DATABASE_URL", url)
            .env("INVITE_TIMEOUT", "2s")
            .output();
        assert!(!output.unwrap().status.success());
        assert!(contains(&middle.received(), "invite"), "{host}{parameters}");
    }
}

#[test]
fn account_is_not_sent_to_mysql_without_encryption() {
    let sandbox = Sandbox::without_tables(Engine::Sqlite);
    for parameters in ["", "?ssl-mode=REQUIRED", "?ssl-mode=VERIFY_IDENTITY"] {
        let middle = Middle::with(as_mysql);
        let url = middle.url("mysql", REMOTE, parameters);
        let output = sandbox
            .command_without_database(&["list", "-q"])
            .env("INVITE_DATABASE_URL", url)
            .env("INVITE_TIMEOUT", "2s")
            .output();
        ErrorOutput::parse(&output.unwrap(), 10).names("cannot open an encrypted connection to ", "check ssl-mode");
        assert!(middle.received().is_empty(), "{parameters}: {:?}", middle.received());
    }
    let middle = Middle::with(as_mysql);
    let url = middle.url("mysql", REMOTE, "?ssl-mode=PREFERRED");
    let output = sandbox
        .command_without_database(&["list", "-q"])
        .env("INVITE_DATABASE_URL", url)
        .env("INVITE_TIMEOUT", "2s")
        .output();
    assert!(!output.unwrap().status.success());
    let received = middle.received();
    assert!(contains(&received, "invite") && !contains(&received, PASSWORD), "{received:?}");
}
