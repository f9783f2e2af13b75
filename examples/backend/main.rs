//! A backend that embeds the library. It serves every operation of the four source
//! documents over HTTP, on the embedded database or on `INVITE_DATABASE_URL`.
//!
//! ```sh
//! cargo run --example backend -- 127.0.0.1:8000
//! curl -X POST localhost:8000/api/spaces/abc123/invite -H 'X-User: ann'
//! ```
//!
//! It is an example for one machine: the header `X-User` names the authenticated user. A
//! real backend takes the user from its session.
//!
//! The answer for an invalid code contains the reason, as the clients of the documents
//! expect. With `--one-answer` after the address, the answer is the same for every reason
//! (module `invite::public`). A service on the internet should do that: answers that
//! distinguish expired from unknown codes reveal which codes exist, and a guess that hits a
//! used code of seed 003 reveals its director.

mod http;
mod routes;

use std::error::Error;
use std::io::Write as _;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use invite::Db;
use invite::MissingFile;
use invite::Service;
use invite::clock::Clock;
use invite::config::{Flags, SYSTEM_FILE, Settings};
use invite::random::Random;
use tokio::net::{TcpListener, TcpStream};
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

use crate::routes::{App, Disclosure};

/// Maximum number of connections to the database; further requests wait.
const CONNECTIONS: u32 = 8;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let address = arguments.next().unwrap_or_else(|| "127.0.0.1:8000".to_owned());
    let disclosure = match arguments.next().as_deref() {
        None => Disclosure::Reason,
        Some("--one-answer") => Disclosure::OneAnswer,
        Some(_) => return Err("usage: backend [ADDRESS [--one-answer]]".into()),
    };
    let app = Arc::new(App { service: Arc::new(service().await?), disclosure });
    let listener = TcpListener::bind(&address).await?;
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    writeln!(std::io::stdout(), "listening on {}", listener.local_addr()?)?;

    let mut open = JoinSet::new();
    loop {
        tokio::select! {
            _ = interrupt.recv() => break,
            _ = terminate.recv() => break,
            Some(_) = open.join_next() => {}
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => {
                    open.spawn(serve(Arc::clone(&app), stream, peer));
                }
                // Probably too many open files: retry later.
                Err(_) => tokio::time::sleep(Duration::from_millis(100)).await,
            }
        }
    }
    // Accept no new connections, and finish the open ones.
    drop(listener);
    while open.join_next().await.is_some() {}
    app.service.db().close().await;
    Ok(())
}

/// Creates the service with the configuration of the command line.
async fn service() -> invite::Result<Service> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    let environment = std::env::vars_os().filter_map(text).collect();
    let settings = Settings::load(&Flags::default(), &environment, Path::new(SYSTEM_FILE))?;
    let mailer = settings.mail.mailer()?;
    let db = Db::open(settings.database.value, MissingFile::Create, CONNECTIONS).await?;
    let service = Service::new(db, settings.policies, settings.links, Clock::System, Random::from_system()?);
    Ok(match mailer {
        Some(mailer) => service.with_mailer(mailer),
        None => service,
    })
}

async fn serve(app: Arc<App>, mut stream: TcpStream, peer: SocketAddr) {
    let response = match http::read(&mut stream, peer.ip()).await {
        Ok(request) => Box::pin(routes::answer(&app, &request)).await,
        Err(refusal) => refusal,
    };
    // The client may have closed the connection.
    let _ = http::write(stream, &response).await;
}
