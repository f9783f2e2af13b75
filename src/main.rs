//! The `invite` command: hands the outside world to the library's command line
//! and answers its exit code.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, BufWriter, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread::{self, JoinHandle};

use dialoguer::console::Term;
use invite::cli::{Host, Interrupt, cannot_start, complete, execute, parse, standard_input};
use invite::clock::Clock;
use rustix::process::Signal;
use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};

/// How many files are open beside the database's.
const SPARE_FILES: usize = 12;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let interrupt = Interrupt::default();
    let mut host = host(interrupt.clone());
    if let Some(code) = complete(&args, &mut host) {
        return ExitCode::from(code);
    }
    // Help, the version and mistakes are answered before anything is started.
    let cli = match parse(&args, &mut host) {
        Ok(cli) => cli,
        Err(code) => return ExitCode::from(code),
    };
    // One thread does the work and reads the sockets itself: an answer of a
    // server wakes nobody else first.
    let started = check_spare_files()
        .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_all().build())
        .and_then(|runtime| survive_file_limit(&runtime).map(|()| runtime))
        .and_then(|runtime| listen(interrupt).map(|_| runtime));
    let runtime = match started {
        Ok(runtime) => runtime,
        Err(error) => return ExitCode::from(cannot_start(&cli, host, error)),
    };
    let code = runtime.block_on(Box::pin(execute(cli, host)));
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// The runtime and what listens to signals need some files, and panic without.
fn check_spare_files() -> io::Result<()> {
    (0..SPARE_FILES).map(|_| File::open("/dev/null")).collect::<io::Result<Vec<File>>>().map(|_| ())
}

/// Lets a write beyond the limit of file sizes (`ulimit -f`) fail as one to a full
/// disk does: without a handler, its signal would end the process.
fn survive_file_limit(runtime: &Runtime) -> io::Result<()> {
    let _context = runtime.enter();
    signal(SignalKind::from_raw(Signal::XFSZ.as_raw())).map(|_| ())
}

fn host(interrupt: Interrupt) -> Host {
    let (stdout, stderr) = (io::stdout(), io::stderr());
    let stdout_is_terminal = stdout.is_terminal();
    let stderr_is_terminal = stderr.is_terminal();
    Host {
        can_ask: io::stdin().is_terminal() && stderr_is_terminal,
        stdin: standard_input(&interrupt),
        stdout: Box::new(BufWriter::with_capacity(64 * 1024, stdout)),
        stderr: Box::new(stderr),
        stdout_is_terminal,
        stderr_is_terminal,
        width: Term::stdout().size_checked().map(|(_, columns)| columns),
        // Variables that are not text are none of ours.
        environment: std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect(),
        system_config: PathBuf::from(invite::config::SYSTEM_FILE),
        account,
        clock: Clock::System,
        random: None,
        interrupt,
    }
}

/// The account that runs the command; behind sudo, the one that called it.
fn account() -> String {
    let name = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    invite::cli::operator_name(name, std::env::var("SUDO_USER").ok().as_deref())
}

/// Listens to signals on a thread of its own: the main thread may be waiting
/// for input, or for a reader of its output.
fn listen(interrupt: Interrupt) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        // Where this fails, signals end the process in their own way.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
            runtime.block_on(obey(interrupt));
        }
    })
}

/// The first SIGINT or SIGTERM lets a batch end its transaction; any other work
/// and a second signal end at once, which rolls back.
async fn obey(interrupt: Interrupt) {
    let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return;
    };
    loop {
        let code = tokio::select! {
            _ = int.recv() => 130,
            _ = term.recv() => 143,
        };
        if !interrupt.raise(code) {
            end_now(code, interrupt.has_line());
        }
    }
}

#[expect(clippy::exit, reason = "the main thread may be waiting for input or for the database")]
fn end_now(code: u8, has_line: bool) {
    let terminal = Term::stderr();
    if terminal.is_term() {
        let _ = terminal.show_cursor();
        if has_line {
            let _ = terminal.clear_line();
        }
    }
    std::process::exit(i32::from(code));
}
