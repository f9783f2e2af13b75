//! A proxy that interrupts connections at COMMIT: before the server receives it, or before its
//! response is forwarded. (The proxy of `tests/process` interrupts after a number of bytes.)

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Interrupts every Nth COMMIT, alternately before the server receives it and after.
pub struct Proxy {
    pub address: SocketAddr,
    counts: Arc<Counts>,
}

#[derive(Default)]
struct Counts {
    commits: AtomicU64,
    lost_before: AtomicU64,
    lost_after: AtomicU64,
}

impl Proxy {
    pub async fn in_front_of(server: SocketAddr, every: u64) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let counts = Arc::new(Counts::default());
        let shared = Arc::clone(&counts);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                tokio::spawn(pass(client, server, Arc::clone(&shared), every));
            }
        });
        Proxy { address, counts }
    }

    /// Returns the number of lost COMMITs and of lost responses.
    pub fn lost(&self) -> (u64, u64) {
        (self.counts.lost_before.load(Ordering::Relaxed), self.counts.lost_after.load(Ordering::Relaxed))
    }
}

/// True if a message is a COMMIT and not READ COMMITTED.
fn holds_commit(asked: &[u8]) -> bool {
    const WORD: &[u8] = b"COMMIT";
    (0..asked.len()).any(|at| asked[at..].starts_with(WORD) && asked.get(at + WORD.len()) != Some(&b'T'))
}

/// Forwards bytes until one side ends or the connection is interrupted.
async fn pass(mut client: TcpStream, server: SocketAddr, counts: Arc<Counts>, every: u64) {
    let Ok(mut server) = TcpStream::connect(server).await else { return };
    let (mut asked, mut answered) = (vec![0; 65_536], vec![0; 65_536]);
    loop {
        tokio::select! {
            read = client.read(&mut asked) => {
                let Ok(length @ 1..) = read else { return };
                let is_commit = holds_commit(&asked[..length]);
                if is_commit {
                    let number = counts.commits.fetch_add(1, Ordering::Relaxed) + 1;
                    if number.is_multiple_of(every) {
                        if (number / every).is_multiple_of(2) {
                            counts.lost_after.fetch_add(1, Ordering::Relaxed);
                            let _ = server.write_all(&asked[..length]).await;
                            // The response confirms the commit; it is dropped.
                            let _ = server.read(&mut answered).await;
                        } else {
                            counts.lost_before.fetch_add(1, Ordering::Relaxed);
                        }
                        return;
                    }
                }
                if server.write_all(&asked[..length]).await.is_err() {
                    return;
                }
            }
            read = server.read(&mut answered) => {
                let Ok(length @ 1..) = read else { return };
                if client.write_all(&answered[..length]).await.is_err() {
                    return;
                }
            }
        }
    }
}
