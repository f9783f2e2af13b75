//! Measures the duration and outcome of commands that wait for a database: `sh benches/waits.sh`
//! prints the table of docs/scaling.md. The suite does not run it; other tests cover its cases.

use std::fmt::Write as _;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Output;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use servers::Server;
use tokio::net::TcpSocket;

use crate::lock_holder::LockHolder;
use crate::proxy::{Cut, Proxy, Swallow};
use crate::sandbox::{Engine, Sandbox, text};

/// The default timeout of a case.
const TIMEOUT: u64 = 5;

/// Tolerance beyond the timeout on a busy machine.
const ALLOWANCE: Duration = Duration::from_secs(4);

/// A case: name, timeout in seconds, and measurement.
struct Case {
    name: &'static str,
    timeout: u64,
    has_file: bool,
    measure: fn(&Bench) -> Measured,
}

const fn case(name: &'static str, measure: fn(&Bench) -> Measured) -> Case {
    Case { name, timeout: TIMEOUT, has_file: false, measure }
}

const CASES: &[Case] = &[
    case("connection refused", |bench| bench.use_at("127.0.0.1:1")),
    case("packets to the server disappear", |bench| {
        let host = SilentHost::that_ignores_clients();
        bench.use_at(&host.place())
    }),
    case("the server accepts the connection and never answers", |bench| {
        let host = SilentHost::that_accepts();
        bench.use_at(&host.place())
    }),
    case("silence before the answer to the first statement", |bench| {
        bench.use_through(silence(bench.first_statement()))
    }),
    case("silence during a change", |bench| bench.use_through(silence(CHANGE))),
    case("silence during a list", |bench| {
        bench.run(&bench.through(silence("FROM invites AS i")), &["list", "--space", "1"])
    }),
    case("COMMIT lost, later connections work", |bench| {
        let swallow = Swallow { from: bench.commit(), is_heard: false, is_everything: false };
        bench.use_through(Cut::Swallow(swallow))
    }),
    case("answer to COMMIT lost, later connections work", |bench| {
        let swallow = Swallow { from: bench.commit(), is_heard: true, is_everything: false };
        bench.use_through(Cut::Swallow(swallow))
    }),
    case("silence from COMMIT on", |bench| bench.use_through(silence(bench.commit()))),
    case("each connection cut immediately", |bench| bench.use_through(Cut::Each(crate::proxy::Way::Asked, 0))),
    case("each connection cut at the first statement", |bench| bench.use_through(Cut::Before(bench.first_statement()))),
    case("each connection cut during a change", |bench| bench.use_through(Cut::Before(CHANGE))),
    case("each connection cut before COMMIT", |bench| bench.use_through(Cut::Before(bench.commit()))),
    case("each connection cut after COMMIT", |bench| bench.use_through(Cut::After(bench.commit()))),
    case("every message 200 ms late", |bench| bench.use_through(Cut::Delay(Duration::from_millis(200)))),
    Case {
        has_file: true,
        ..case("another connection holds the row (SQLite: the file)", |bench| {
            let holder = bench.sandbox.lock_invites();
            let measured = bench.use_directly();
            holder.release();
            measured
        })
    },
    case("another connection holds the table, during a list", |bench| {
        let words = match bench.engine {
            Engine::Postgres => "BEGIN; LOCK TABLE invites IN ACCESS EXCLUSIVE MODE",
            _ => "LOCK TABLES invites WRITE",
        };
        let holder = LockHolder::of(bench.engine, &bench.sandbox.url(), words);
        let measured = bench.run(&bench.sandbox.unencrypted_url(), &["list", "--space", "1"]);
        holder.release();
        measured
    }),
    Case {
        timeout: 20,
        has_file: true,
        ..case("the lock is released after 3 s", |bench| {
            let holder = bench.sandbox.lock_invites();
            thread::scope(|scope| {
                scope.spawn(|| {
                    thread::sleep(Duration::from_secs(3));
                    holder.release();
                });
                bench.use_directly_within(20)
            })
        })
    },
    case("every process of the server stopped", |bench| {
        bench.server().pause();
        let measured = bench.use_directly();
        bench.server().resume();
        measured
    }),
    Case {
        timeout: 20,
        ..case("server killed and started again", |bench| {
            bench.server().kill9();
            thread::scope(|scope| {
                scope.spawn(|| bench.server().start());
                bench.use_directly_within(20)
            })
        })
    },
];

/// The statement that counts a use.
const CHANGE: &str = "UPDATE invites SET ";

/// An engine with its own server, and a code without a usage limit.
struct Bench {
    engine: Engine,
    server: Option<Server>,
    sandbox: Sandbox,
    code: String,
}

/// The outcome of a command.
struct Measured {
    took: Duration,
    exit: Option<i32>,
    /// Reason and outcome of a JSON error.
    reason: String,
    is_unknown: bool,
    /// The user of an attempted use.
    user: Option<String>,
}

impl Measured {
    fn cell(&self) -> String {
        let exit = self.exit.map_or_else(|| "a signal".to_owned(), |code| code.to_string());
        let reason = if self.reason.is_empty() { String::new() } else { format!(" {}", self.reason) };
        let outcome = if self.is_unknown { ", outcome unknown" } else { "" };
        format!("{:.1} s, {exit}{reason}{outcome}", self.took.as_secs_f64())
    }
}

impl Bench {
    fn on(engine: Engine) -> Self {
        let server = (engine != Engine::Sqlite).then(|| Server::with_options(engine.kind(), &[]));
        let sandbox = match &server {
            None => Sandbox::on(engine),
            Some(server) => Sandbox::migrated(server.create_database(), engine),
        };
        sandbox.add_container();
        let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
        Bench { engine, server, sandbox, code }
    }

    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    fn url_at(&self, place: &str) -> String {
        self.sandbox.unencrypted_url().replace(&format!("127.0.0.1:{}", self.server().port()), place)
    }

    fn through(&self, cut: Cut) -> String {
        self.url_at(&Proxy::before(self.server().port(), cut).place())
    }

    fn use_at(&self, place: &str) -> Measured {
        self.use_by(&self.url_at(place), TIMEOUT)
    }

    fn use_through(&self, cut: Cut) -> Measured {
        self.use_by(&self.through(cut), TIMEOUT)
    }

    fn use_directly(&self) -> Measured {
        self.use_directly_within(TIMEOUT)
    }

    fn use_directly_within(&self, timeout: u64) -> Measured {
        let url = if self.server.is_some() { self.sandbox.unencrypted_url() } else { self.sandbox.url() };
        self.use_by(&url, timeout)
    }

    fn use_by(&self, url: &str, timeout: u64) -> Measured {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let user = format!("u{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let measured = self.run_within(url, &["use", &self.code, "--user", &user], timeout);
        Measured { user: Some(user), ..measured }
    }

    fn run(&self, url: &str, args: &[&str]) -> Measured {
        self.run_within(url, args, TIMEOUT)
    }

    fn run_within(&self, url: &str, args: &[&str], timeout: u64) -> Measured {
        let timeout = format!("{timeout}s");
        let args: Vec<&str> = args.iter().copied().chain(["--timeout", &timeout, "-o", "json"]).collect();
        let began = now();
        let output = self.sandbox.run_at(url, &args);
        measured(began.elapsed(), &output)
    }

    /// A text in the first statement of a connection.
    fn first_statement(&self) -> &'static str {
        if self.engine == Engine::Postgres { "SET LOCAL application_name" } else { "SHOW VARIABLES" }
    }

    /// Returns the exact COMMIT message of the tool, because READ COMMITTED contains the word too.
    fn commit(&self) -> &'static str {
        if self.engine == Engine::Postgres { "COMMIT\0" } else { "; COMMIT;" }
    }

    /// Returns true if the use is stored, by a query on the database.
    fn is_stored(&self, user: &str) -> bool {
        self.sandbox.number(&format!("SELECT count(*) FROM invite_members WHERE user_id = '{user}'")) == 1
    }

    /// Returns a complaint about an unexpected outcome.
    fn complaint(&self, case: &Case, measured: &Measured) -> Option<String> {
        let limit = Duration::from_secs(case.timeout) + ALLOWANCE;
        // Every response restarts the period, so a working server may take longer.
        if measured.took > limit && measured.exit != Some(0) {
            return Some(format!("{:?}, {}: longer than {limit:?}", self.engine, case.name));
        }
        let is_stored = measured.user.as_ref().is_some_and(|user| self.is_stored(user));
        let is_true = match measured.exit {
            Some(0) => is_stored || measured.user.is_none(),
            Some(10) => measured.reason == "unavailable" && (measured.is_unknown || !is_stored),
            _ => false,
        };
        (!is_true).then(|| format!("{:?}, {}: {}, stored: {is_stored}", self.engine, case.name, measured.cell()))
    }
}

fn measured(took: Duration, output: &Output) -> Measured {
    let said = text(&output.stderr);
    let error = said.lines().find_map(|line| serde_json::from_str::<serde_json::Value>(line).ok()).unwrap_or_default();
    Measured {
        took,
        exit: output.status.code(),
        reason: error["reason"].as_str().unwrap_or_default().to_owned(),
        is_unknown: error["outcome"] == "unknown",
        user: None,
    }
}

/// From this text on, the server receives everything and its responses are dropped.
fn silence(from: &'static str) -> Cut {
    Cut::Swallow(Swallow { from, is_heard: true, is_everything: true })
}

#[expect(clippy::disallowed_methods, reason = "measures the duration of a run")]
fn now() -> Instant {
    Instant::now()
}

/// A host that never responds.
struct SilentHost {
    address: SocketAddr,
    _held: Vec<Held>,
}

/// Keeps the host silent until dropped.
enum Held {
    Runtime(#[expect(dead_code, reason = "kept open until dropped")] tokio::runtime::Runtime),
    Listener(#[expect(dead_code, reason = "kept open until dropped")] tokio::net::TcpListener),
    Client(#[expect(dead_code, reason = "kept open until dropped")] TcpStream),
}

impl SilentHost {
    /// A host that accepts connections and reads nothing.
    fn that_accepts() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let _held: Vec<TcpStream> = listener.incoming().map_while(Result::ok).collect();
        });
        SilentHost { address, _held: Vec::new() }
    }

    /// A host with a full connection queue: the system drops further packets, like a firewall.
    fn that_ignores_clients() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let listener = runtime.block_on(async {
            let socket = TcpSocket::new_v4().unwrap();
            socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
            socket.listen(1).unwrap()
        });
        let address = listener.local_addr().unwrap();
        let mut held = vec![Held::Listener(listener), Held::Runtime(runtime)];
        while let Ok(client) = TcpStream::connect_timeout(&address, Duration::from_millis(500)) {
            held.push(Held::Client(client));
            assert!(held.len() < 20, "the queue does not fill");
        }
        SilentHost { address, _held: held }
    }

    fn place(&self) -> String {
        self.address.to_string()
    }
}

#[test]
#[ignore = "takes minutes, and prints a table: sh benches/waits.sh"]
fn waits_are_measured() {
    let engines: Vec<Engine> = Engine::servers().chain([Engine::Sqlite]).collect();
    let benches: Vec<Bench> = engines.iter().map(|engine| Bench::on(*engine)).collect();
    let mut complaints = Vec::new();
    let mut rows = Vec::new();
    for case in CASES {
        // Measure one case at a time on all engines concurrently, because the cases mostly wait.
        let cells: Vec<(String, Option<String>)> = thread::scope(|scope| {
            let runs: Vec<_> = benches.iter().map(|bench| scope.spawn(move || one(bench, case))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        rows.push((case, cells.iter().map(|(cell, _)| cell.clone()).collect::<Vec<String>>()));
        complaints.extend(cells.into_iter().filter_map(|(_, complaint)| complaint));
    }
    show(&engines, &rows);
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

/// Measures one case on one engine, and verifies its reported outcome.
fn one(bench: &Bench, case: &Case) -> (String, Option<String>) {
    if bench.server.is_none() && !case.has_file {
        return ("-".to_owned(), None);
    }
    let measured = (case.measure)(bench);
    (measured.cell(), bench.complaint(case, &measured))
}

#[expect(clippy::print_stdout, reason = "prints the measured table")]
fn show(engines: &[Engine], rows: &[(&Case, Vec<String>)]) {
    let mut table = "| case | timeout |".to_owned();
    for engine in engines {
        let name = match engine {
            Engine::Postgres => "PostgreSQL",
            Engine::Mariadb => "MariaDB",
            Engine::Mysql => "MySQL",
            Engine::Sqlite => "SQLite",
        };
        let _ = write!(table, " {name} |");
    }
    table += &format!("\n|---|---|{}\n", "---|".repeat(engines.len()));
    for (case, cells) in rows {
        let _ = writeln!(table, "| {} | {} s | {} |", case.name, case.timeout, cells.join(" | "));
    }
    let load = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split(' ').take(3).collect();
    println!("{table}\nload averages at the end: {}", load.join(", "));
}
