//! Every file argument and setting with every kind of file: no command blocks forever, and no
//! existing file is overwritten.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::sandbox::{Engine, Sandbox, signal, text, wait_for};

/// Maximum duration of a command in seconds.
const BOUND: &str = "30";

/// Kind of file that a command gets as an argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Link,
    Dangling,
    Loop,
    Fifo,
    HardLink,
    Socket,
    Folder,
    Zero,
    Null,
}

const KINDS: [Kind; 9] = [
    Kind::Link,
    Kind::Dangling,
    Kind::Loop,
    Kind::Fifo,
    Kind::HardLink,
    Kind::Socket,
    Kind::Folder,
    Kind::Zero,
    Kind::Null,
];

/// The purpose of a file argument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    /// Input: links are followed.
    Input,
    /// Output: a new file.
    New,
    /// A file that the tool replaces.
    Kept,
    /// The database.
    Database,
}

/// Command lines with `@` for the file, and its purpose.
const ARGUMENTS: [(&str, Role); 26] = [
    ("--config @ list", Role::Input),
    ("--database-url-file @ list", Role::Input),
    ("space import @", Role::Input),
    ("space import @ --dry-run", Role::Input),
    ("member import @", Role::Input),
    ("backfill --import @", Role::Input),
    ("generate --from @ --yes", Role::Input),
    ("CREDENTIALS_DIRECTORY=% list", Role::Input),
    ("XDG_CONFIG_HOME=% list", Role::Input),
    ("INVITE_DATABASE_URL=postgres://u@127.0.0.1:1/x?sslrootcert=@ list", Role::Input),
    ("INVITE_DATABASE_URL=mysql://u@127.0.0.1:1/x?ssl-ca=@ list", Role::Input),
    (
        "INVITE_SMTP_URL=smtp://127.0.0.1:1?ca=@ FROM_EMAIL=a@b.example generate --space t --email a@c.example",
        Role::Input,
    ),
    (
        "INVITE_SMTP_URL=smtp://127.0.0.1:1 FROM_EMAIL=a@b.example INVITE_MAIL_TEMPLATES=% generate --space t --email a@c.example",
        Role::Input,
    ),
    ("completing --config @", Role::Input),
    ("completing --database-url-file @", Role::Input),
    ("--config @ init --yes", Role::New),
    ("generate --space 1 --sheet @", Role::New),
    ("generate --space 1 --qr-svg @", Role::New),
    ("backfill --out-file @", Role::New),
    ("stats --html @", Role::New),
    ("man %", Role::Kept),
    ("cleanup --metrics-file @", Role::Kept),
    ("cleanup --metrics-file %/other.prom", Role::Kept),
    ("cleanup --purge-after 1ms --archive @ --yes", Role::Kept),
    ("--database-url sqlite:@ list", Role::Database),
    ("--database-url sqlite:@ migrate", Role::Database),
];

/// A folder with one entry, and a file outside that it may link to.
struct Place {
    folder: tempfile::TempDir,
    path: PathBuf,
    _socket: Option<UnixListener>,
}

impl Place {
    fn of(kind: Kind, name: &str, content: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let inner = folder.path().join("in");
        fs::create_dir_all(inner.join("invite")).unwrap();
        let (path, victim) = (inner.join(name), folder.path().join("victim"));
        fs::write(&victim, content).unwrap();
        let mut socket = None;
        match kind {
            Kind::Link => symlink(&victim, &path).unwrap(),
            Kind::Dangling => symlink(folder.path().join("nowhere"), &path).unwrap(),
            Kind::Loop => symlink(&path, &path).unwrap(),
            Kind::Fifo => assert!(Command::new("mkfifo").arg(&path).status().unwrap().success()),
            Kind::HardLink => fs::hard_link(&victim, &path).unwrap(),
            Kind::Socket => socket = Some(UnixListener::bind(&path).unwrap()),
            Kind::Folder => fs::create_dir(&path).unwrap(),
            // The device itself, because creating a device node needs a privilege.
            Kind::Zero => return Place { path: "/dev/zero".into(), folder, _socket: None },
            Kind::Null => return Place { path: "/dev/null".into(), folder, _socket: None },
        }
        Place { folder, path, _socket: socket }
    }

    /// Asserts that existing files are unchanged, and that no link target was created.
    fn check(&self, kind: Kind, content: &str, what: &str) {
        let found = fs::read_to_string(self.folder.path().join("victim")).unwrap();
        assert_eq!(found, content, "{what}: another file was written to");
        assert!(!self.folder.path().join("nowhere").exists(), "{what}: written through a link");
        let now = fs::symlink_metadata(&self.path).map(|found| found.file_type());
        let is_kept = match kind {
            Kind::Link | Kind::Dangling | Kind::Loop => now.is_ok_and(|now| now.is_symlink()),
            Kind::Fifo => now.is_ok_and(|now| now.is_fifo()),
            Kind::Socket => now.is_ok_and(|now| now.is_socket()),
            Kind::Folder => now.is_ok_and(|now| now.is_dir()),
            Kind::Zero | Kind::Null => now.is_ok_and(|now| now.is_char_device()),
            Kind::HardLink => now.is_ok_and(|now| now.is_file()),
        };
        assert!(is_kept, "{what}: it was replaced");
    }
}

/// The file name for arguments that name a folder.
fn name_in_folder(line: &str) -> &'static str {
    match line {
        _ if line.starts_with("CREDENTIALS") => "database-url",
        _ if line.starts_with("XDG_CONFIG") => "invite/config.toml",
        _ if line.starts_with("man") => "invite.1",
        _ if line.contains("MAIL_TEMPLATES") => "invitation.txt",
        _ if line.contains("other.prom") => ".other.prom.lock",
        _ => "file.prom",
    }
}

/// Content that is valid for the argument.
fn content(line: &str, sandbox: &Sandbox) -> String {
    match line {
        _ if line.contains("URL") || line.contains("url-file") || line.starts_with("CREDENTIALS") => sandbox.url(),
        _ if line.contains("config") => "base_url = \"https://example.org\"\n".to_owned(),
        _ => "space_id,id,user_id\n1,1,u1\n".to_owned(),
    }
}

fn command(sandbox: &Sandbox, line: &str, place: &Place) -> Command {
    let path = place.path.to_str().unwrap();
    let folder = place.folder.path().join("in");
    let line = line.replace('@', "\u{1}").replace("a\u{1}b", "a@b").replace("a\u{1}c", "a@c").replace("u\u{1}1", "u@1");
    let words: Vec<String> =
        line.split(' ').map(|word| word.replace('\u{1}', path).replace('%', folder.to_str().unwrap())).collect();
    let (variables, words): (Vec<&String>, Vec<&String>) =
        words.iter().partition(|word| word.split_once('=').is_some_and(|(name, _)| name.chars().all(is_of_a_variable)));
    let mut args: Vec<&str> = words.into_iter().map(String::as_str).collect();
    let is_completing = args.first() == Some(&"completing");
    if is_completing {
        args.splice(..1, ["--", "invite"]);
        args.extend(["space", "show", ""]);
    }
    let mut command = sandbox.command(&args);
    if is_completing {
        let last = args.len() - 2;
        command.env("INVITE_COMPLETE", "bash").env("_CLAP_COMPLETE_INDEX", last.to_string());
    }
    for (name, value) in variables.into_iter().filter_map(|pair| pair.split_once('=')) {
        command.env(name, value);
    }
    command
}

fn is_of_a_variable(c: char) -> bool {
    c.is_ascii_uppercase() || c == '_'
}

/// Runs a command; panics if it exceeds the maximum duration.
fn run(command: Command, what: &str) -> Output {
    let mut bounded = Command::new("timeout");
    bounded.args(["--signal=KILL", BOUND]).arg(command.get_program()).args(command.get_args()).env_clear();
    bounded.env("PATH", "/usr/bin:/bin").env("INVITE_TIMEOUT", "1s");
    for (name, value) in command.get_envs() {
        bounded.env(name, value.unwrap());
    }
    let output = bounded.stdin(Stdio::null()).output().unwrap();
    assert!(!matches!(output.status.code(), None | Some(124 | 137)), "{what}: the command hung");
    output
}

fn sandbox() -> Sandbox {
    let sandbox = Sandbox::with_container(Engine::Sqlite);
    sandbox.succeed(&["space", "add", "t", "--policy", "tree", "--name", "Tree"]);
    sandbox.succeed(&["space", "add", "s", "--policy", "space", "--name", "Space"]);
    sandbox.succeed(&["generate", "--space", "1", "-q"]);
    sandbox.succeed(&["revoke", "--space", "1", "--yes", "-q"]);
    sandbox
}

#[test]
fn every_file_argument_handles_every_kind_of_file() {
    let shop = sandbox();
    for (line, role) in ARGUMENTS {
        for kind in KINDS {
            // `/dev/zero` and `/dev/null` have a fixed path, so the argument must accept any path.
            if (kind == Kind::Zero || kind == Kind::Null) && !line.contains('@') {
                continue;
            }
            let content = content(line, &shop);
            let place = Place::of(kind, name_in_folder(line), &content);
            let what = format!("{line} with {kind:?}");
            let output = run(command(&shop, line, &place), &what);
            place.check(kind, &content, &what);
            let (code, said) = (output.status.code().unwrap(), text(&output.stderr));
            assert!(!said.contains("panicked"), "{what}: {said}");
            let is_followed = role == Role::Input && matches!(kind, Kind::Link | Kind::HardLink | Kind::Null);
            let is_quiet = line.starts_with("completing") || line.contains("other.prom");
            let is_replaced = line.starts_with("man") && kind == Kind::HardLink;
            if !is_followed && !is_quiet && !is_replaced {
                assert!(code == 1 || code == 2 || code == 6, "{what}: exit {code}: {said}");
                assert!(said.contains("error: "), "{what}: {said}");
            }
        }
    }
}

/// The log of a database and its index are checked too.
#[test]
fn database_with_non_file_log_is_refused() {
    for end in ["-wal", "-shm", "-journal"] {
        for kind in KINDS {
            if kind == Kind::Zero || kind == Kind::Null {
                continue;
            }
            let shop = sandbox();
            let place = Place::of(kind, "invite.db", "kept");
            let log_file = PathBuf::from(format!("{}{end}", shop.file().display()));
            fs::rename(&place.path, &log_file).unwrap();
            let what = format!("{end} as {kind:?}");
            let output = run(shop.command(&["generate", "--space", "1"]), &what);
            assert_eq!(output.status.code(), Some(1), "{what}: {}", text(&output.stderr));
            assert_eq!(fs::read_to_string(place.folder.path().join("victim")).unwrap(), "kept", "{what}");
            assert!(!place.folder.path().join("nowhere").exists(), "{what}");
        }
    }
}

/// File descriptors opened by a shell or parent process are read, whatever their kind.
#[test]
fn shell_pipe_is_read_by_number_and_as_standard_input() {
    let shop = sandbox();
    let invite = env!("CARGO_BIN_EXE_invite");
    for script in [
        "printf 'id,policy,name\\nx,space,X\\n' | \"$0\" space import - -q",
        "printf 'id,policy,name\\nx,space,X\\n' | \"$0\" space import /dev/stdin -q",
        "printf 'id,policy,name\\nx,space,X\\n' | \"$0\" space import /dev/fd/3 -q 3<&0 </dev/null",
        "\"$0\" space import --policy space - -q </dev/null || test $? = 2",
        "printf 'base_url = \"https://example.org\"' | \"$0\" --config /dev/stdin list -q",
        "\"$0\" --config /dev/null list -q",
    ] {
        let mut command = Command::new("sh");
        command.args(["-c", script, invite]).env_clear().env("HOME", shop.path("")).env("XDG_DATA_HOME", shop.path(""));
        let output = run(command, script);
        assert!(output.status.success(), "{script}: {}", text(&output.stderr));
    }
}

/// Commands that stream their input: the first signal ends their wait.
#[test]
fn first_signal_ends_command_that_waits_for_input() {
    for (line, begin) in [
        ("space import -", "id,policy,name\na,space,A\n"),
        ("member import -", "space_id,user_id\n1,u1\n"),
        ("backfill --import -", "id,policy,name\na,space,A\n"),
        ("generate --from - --yes", "space_id,note\n1,n\n"),
        ("revoke - --yes", "A1B2C3D4\n"),
        ("validate -", "A1B2"),
    ] {
        for (name, code) in [("TERM", 143), ("INT", 130)] {
            let shop = sandbox();
            let words: Vec<&str> = line.split(' ').collect();
            let mut child = shop.command(&words).stdin(Stdio::piped()).spawn().unwrap();
            let mut stdin = child.stdin.take().unwrap();
            std::io::Write::write_all(&mut stdin, begin.as_bytes()).unwrap();
            let id = child.id();
            wait_for("it to wait for its input", || waits_for_input(id));
            signal(&child, name);
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(code), "{line}: {}", text(&output.stderr));
            drop(stdin);
        }
    }
}

/// True if the process handles signals, and one of its threads is in `poll`.
fn waits_for_input(id: u32) -> bool {
    let process = Path::new("/proc").join(id.to_string());
    // SIGINT is bit 1 of the caught set.
    let status = fs::read_to_string(process.join("status")).unwrap_or_default();
    let caught = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap_or("0").trim();
    let listens = u64::from_str_radix(caught, 16).is_ok_and(|set| set & 2 != 0);
    // System call numbers of poll and ppoll on x86-64, and of ppoll on aarch64.
    let polls = |thread: fs::DirEntry| {
        let call = fs::read_to_string(thread.path().join("syscall")).unwrap_or_default();
        ["7 ", "271 ", "73 "].iter().any(|number| call.starts_with(number))
    };
    let threads = fs::read_dir(process.join("task"));
    listens && threads.is_ok_and(|mut threads| threads.any(|thread| thread.is_ok_and(polls)))
}
