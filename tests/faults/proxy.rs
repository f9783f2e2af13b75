//! A proxy between the library and a server that cuts connections at COMMIT:
//! before the server has it, or after it answered and before we hear of it.
//! (That of `tests/process` cuts after so many bytes.)

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Cuts every so many COMMITs; the first cut comes before the server has it,
/// the next after, and so on in turn.
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

    /// How many COMMITs never reached the server, and of how many the answer
    /// was lost.
    pub fn lost(&self) -> (u64, u64) {
        (self.counts.lost_before.load(Ordering::Relaxed), self.counts.lost_after.load(Ordering::Relaxed))
    }
}

/// Whether a client asks for a COMMIT; the words READ COMMITTED are none.
fn holds_commit(asked: &[u8]) -> bool {
    const WORD: &[u8] = b"COMMIT";
    (0..asked.len()).any(|at| asked[at..].starts_with(WORD) && asked.get(at + WORD.len()) != Some(&b'T'))
}

/// Passes bytes on until one side ends, or the connection is cut.
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
                            // Its answer means that it was done; nobody hears it.
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
