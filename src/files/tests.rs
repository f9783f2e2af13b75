use std::os::fd::AsRawFd as _;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::process::Command;

use crate::files::*;

/// One file of each type; none of them may be written to.
struct Kinds {
    folder: tempfile::TempDir,
    _socket: UnixListener,
}

const VICTIM: &str = "kept";

impl Kinds {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("victim"), VICTIM).unwrap();
        symlink(at("victim"), at("link")).unwrap();
        symlink(at("nowhere"), at("dangling")).unwrap();
        symlink(at("loop"), at("loop")).unwrap();
        fs::hard_link(at("victim"), at("hard")).unwrap();
        fs::create_dir(at("folder")).unwrap();
        assert!(Command::new("mkfifo").arg(at("fifo")).status().unwrap().success());
        let socket = UnixListener::bind(at("socket")).unwrap();
        Kinds { folder, _socket: socket }
    }

    fn at(&self, name: &str) -> PathBuf {
        if name.starts_with('/') { PathBuf::from(name) } else { self.folder.path().join(name) }
    }

    fn check_untouched(&self) {
        assert_eq!(fs::read_to_string(self.at("victim")).unwrap(), VICTIM);
        assert!(!self.at("nowhere").exists());
        assert!(fs::symlink_metadata(self.at("fifo")).unwrap().file_type().is_fifo());
        assert!(fs::symlink_metadata(self.at("link")).unwrap().is_symlink());
    }
}

fn refusal<T>(outcome: io::Result<T>) -> Option<String> {
    outcome.err().map(|error| error.to_string())
}

#[test]
fn input_must_be_a_regular_file() {
    let kinds = Kinds::new();
    for (name, part) in [
        ("folder", "it is a folder"),
        ("fifo", "it is a named pipe (FIFO)"),
        ("socket", "it is a socket"),
        ("/dev/zero", "it is a device"),
        ("/dev/tty", "it is a device"),
        ("dangling", "No such file"),
        ("loop", "symbolic links"),
        ("victim/x", "Not a directory"),
    ] {
        let refused = refusal(open_input(&kinds.at(name))).unwrap_or_else(|| panic!("{name} was opened"));
        assert!(refused.contains(part), "{name}: {refused}");
        assert!(refusal(read_text(&kinds.at(name))).is_some_and(|refused| refused.contains(part)));
    }
    for name in ["victim", "link", "hard"] {
        assert_eq!(read_text(&kinds.at(name)).unwrap(), VICTIM, "{name}");
    }
    assert_eq!(read_text(Path::new("/dev/null")).unwrap(), "");
    kinds.check_untouched();
}

#[test]
fn long_or_invalid_utf8_text_is_refused() {
    let kinds = Kinds::new();
    let long = kinds.at("long");
    File::create(&long).unwrap().set_len(MAX_TEXT + 1).unwrap();
    assert!(refusal(read_text(&long)).unwrap().contains("longer than"));
    fs::write(kinds.at("bytes"), b"\xff\xfe").unwrap();
    assert!(refusal(read_text(&kinds.at("bytes"))).unwrap().contains("UTF-8"));
}

#[test]
fn descriptors_of_every_type_can_be_read() {
    let (reader, mut writer) = io::pipe().unwrap();
    let path = PathBuf::from(format!("/dev/fd/{}", reader.as_raw_fd()));
    let mut input = open_input(&path).unwrap();
    writer.write_all(b"some").unwrap();
    let mut bytes = [0; 10];
    assert_eq!(input.read(&mut bytes).unwrap(), 4);
    drop(writer);
    assert_eq!(input.read(&mut bytes).unwrap(), 0);
}

#[test]
fn wait_for_input_ends_when_stopped() {
    let (reader, _writer) = io::pipe().unwrap();
    let file = File::from(std::os::fd::OwnedFd::from(reader));
    let mut input = Input::that_may_block(file).stop_when(|| true);
    let error = input.read(&mut [0; 10]).unwrap_err();
    assert!(is_stopped(&error), "{error}");
    assert!(!is_stopped(&io::Error::other("something else")));
}

#[test]
fn creating_a_file_never_overwrites_or_follows_links() {
    let kinds = Kinds::new();
    for name in ["victim", "link", "dangling", "loop", "hard", "folder", "fifo", "socket", "/dev/null"] {
        let error = create_private(&kinds.at(name)).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists, "{name}");
        assert!(exists(&kinds.at(name)));
    }
    kinds.check_untouched();
}

#[test]
fn appending_refuses_links_and_special_files() {
    let kinds = Kinds::new();
    for (name, part) in [
        ("link", "a symbolic link"),
        ("dangling", "a symbolic link"),
        ("loop", "a symbolic link"),
        ("hard", "2 names"),
        ("victim", "2 names"),
        ("folder", "a folder"),
        ("fifo", "FIFO"),
        ("socket", "a socket"),
        ("/dev/null", "a device"),
    ] {
        let refused = refusal(open_or_create(&kinds.at(name), 0o600)).unwrap_or_else(|| panic!("{name} was opened"));
        assert!(refused.contains(part), "{name}: {refused}");
    }
    let mut new = open_or_create(&kinds.at("new"), 0o600).unwrap();
    new.write_all(b"a").unwrap();
    open_or_create(&kinds.at("new"), 0o600).unwrap().write_all(b"b").unwrap();
    assert_eq!(fs::read_to_string(kinds.at("new")).unwrap(), "ab");
    assert_eq!(new.metadata().unwrap().mode() & 0o7777, 0o600);
    kinds.check_untouched();
}

#[test]
fn replacing_keeps_links_and_special_files() {
    let kinds = Kinds::new();
    for name in ["link", "dangling", "loop", "folder", "fifo", "socket", "/dev/null"] {
        assert!(replace(&kinds.at(name), b"new", 0o644).is_err(), "{name}");
        assert!(check_replaceable(&kinds.at(name)).is_err(), "{name}");
        if name != "folder" {
            assert!(open_own(&kinds.at(name)).is_err(), "{name}");
        }
    }
    replace(&kinds.at("hard"), b"new", 0o644).unwrap();
    replace(&kinds.at("fresh"), b"new", 0o644).unwrap();
    assert_eq!(fs::read_to_string(kinds.at("hard")).unwrap(), "new");
    kinds.check_untouched();
}
