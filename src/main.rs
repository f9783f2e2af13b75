//! The `invite` command: runs the command line of the library on this process.

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

/// Number of file descriptors that the command needs, without those of the database.
const SPARE_FILES: usize = 12;

fn main() -> ExitCode {
    let args: Vec<OsString> = std::env::args_os().collect();
    let interrupt = Interrupt::default();
    let mut host = host(interrupt.clone());
    if let Some(code) = complete(&args, &mut host) {
        return ExitCode::from(code);
    }
    // Help, the version and usage errors need no runtime.
    let cli = match parse(&args, &mut host) {
        Ok(cli) => cli,
        Err(code) => return ExitCode::from(code),
    };
    // A single thread avoids a switch between threads for every answer of a server.
    let started = check_spare_files()
        .and_then(|()| tokio::runtime::Builder::new_current_thread().enable_all().build())
        .and_then(|runtime| handle_file_limit(&runtime).map(|()| runtime))
        .and_then(|runtime| spawn_signal_handler(interrupt).map(|_| runtime));
    let runtime = match started {
        Ok(runtime) => runtime,
        Err(error) => return ExitCode::from(cannot_start(&cli, host, error)),
    };
    let code = runtime.block_on(Box::pin(execute(cli, host)));
    runtime.shutdown_background();
    ExitCode::from(code)
}

/// Checks that enough files can be opened: the runtime and the signal handler panic without
/// file descriptors.
fn check_spare_files() -> io::Result<()> {
    (0..SPARE_FILES).map(|_| File::open("/dev/null")).collect::<io::Result<Vec<File>>>().map(|_| ())
}

/// Makes a write beyond the limit of file sizes (`ulimit -f`) fail like a write to a full
/// disk. Without a handler, its signal would end the process.
fn handle_file_limit(runtime: &Runtime) -> io::Result<()> {
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
        // Variables that are not UTF-8 cannot be variables of this command.
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

/// Returns the account that runs the command; under sudo, the calling account.
fn account() -> String {
    let name = whoami::username().unwrap_or_else(|_| "unknown".to_owned());
    invite::cli::operator_name(name, std::env::var("SUDO_USER").ok().as_deref())
}

/// Handles signals on a thread of its own, because the main thread may wait for input or for
/// the reader of its output.
fn spawn_signal_handler(interrupt: Interrupt) -> io::Result<JoinHandle<()>> {
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        // Without a runtime, signals end the process.
        if let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() {
            runtime.block_on(handle_signals(interrupt));
        }
    })
}

/// Records SIGINT and SIGTERM. The first signal lets a batch complete its transaction; a
/// second signal, and any signal during other work, ends the process, which rolls back.
async fn handle_signals(interrupt: Interrupt) {
    let (Ok(mut int), Ok(mut term)) = (signal(SignalKind::interrupt()), signal(SignalKind::terminate())) else {
        return;
    };
    loop {
        let code = tokio::select! {
            _ = int.recv() => 130,
            _ = term.recv() => 143,
        };
        if !interrupt.raise(code) {
            end_process(code, interrupt.has_line());
        }
    }
}

#[expect(clippy::exit, reason = "the main thread may be waiting for input or for the database")]
fn end_process(code: u8, has_line: bool) {
    let terminal = Term::stderr();
    if terminal.is_term() {
        let _ = terminal.show_cursor();
        if has_line {
            let _ = terminal.clear_line();
        }
    }
    std::process::exit(i32::from(code));
}
