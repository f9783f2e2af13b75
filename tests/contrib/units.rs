//! The systemd units and the commands that they start, run without systemd in a similar
//! environment.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

use crate::{assert_clean, output, read, said};

const SERVICE: &str = "contrib/systemd/invite-cleanup.service";
const TIMER: &str = "contrib/systemd/invite-cleanup.timer";
const METRICS: &str = "contrib/systemd/metrics.conf";

const BINARY: &str = env!("CARGO_BIN_EXE_invite");

/// Copies the units into a folder, with the path of the tested binary.
fn units(folder: &Path) -> [PathBuf; 2] {
    let drop_in = folder.join("invite-cleanup.service.d");
    fs::create_dir(&drop_in).unwrap();
    fs::write(drop_in.join("metrics.conf"), read(METRICS).replace("/usr/bin/invite", BINARY)).unwrap();
    [SERVICE, TIMER].map(|unit| {
        let copy = folder.join(Path::new(unit).file_name().unwrap());
        fs::write(&copy, read(unit).replace("/usr/bin/invite", BINARY)).unwrap();
        copy
    })
}

#[test]
#[ignore = "needs systemd-analyze: sh tests/run.sh"]
fn units_pass_systemd_analyze() {
    let folder = tempfile::tempdir().unwrap();
    let units = units(folder.path());
    assert_clean(Command::new("systemd-analyze").args(["verify", "--man=no", "--recursive-errors=no"]).args(units));
}

/// The exposure score is at most 2.0 of 10; most of the rest is network access, which the
/// service needs.
#[test]
#[ignore = "needs systemd-analyze: sh tests/run.sh"]
fn service_is_sandboxed() {
    let mut command = Command::new("systemd-analyze");
    command.args(["security", "--offline=true", "--no-pager", "--threshold=20", SERVICE]);
    let output = output(&mut command);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
#[ignore = "needs systemd-analyze: sh tests/run.sh"]
fn timer_expression_is_valid() {
    let timer = read(TIMER);
    let calendar = timer.lines().find_map(|line| line.strip_prefix("OnCalendar=")).unwrap();
    let output = output(Command::new("systemd-analyze").args(["calendar", calendar]));
    assert!(said(&output).contains("*-*-* *:00:00"), "{}", said(&output));
}

/// A simulated machine that exposes to the service what systemd would.
struct Machine {
    folder: TempDir,
}

impl Machine {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["state/invite", "credentials", "node-exporter"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        Machine { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Runs the command of a unit in the environment of the service.
    fn start(&self, unit: &str) -> Output {
        let text = read(unit);
        let line = text.lines().filter_map(|line| line.strip_prefix("ExecStart=")).next_back().unwrap();
        let line = line.replace("/var/lib/prometheus/node-exporter", self.path("node-exporter").to_str().unwrap());
        self.run(line.strip_prefix("/usr/bin/invite ").unwrap().split(' '))
    }

    fn run<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Output {
        let mut command = Command::new(BINARY);
        command.args(args).env_clear().env("USER", "invite").env("CREDENTIALS_DIRECTORY", self.path("credentials"));
        let service = read(SERVICE);
        let variables = service.lines().find_map(|line| line.strip_prefix("Environment=")).unwrap();
        for pair in variables.split(' ') {
            let (name, value) = pair.split_once('=').unwrap();
            command.env(name, value.replace("%S", self.path("state").to_str().unwrap()));
        }
        command.current_dir("/").output().unwrap()
    }

    fn succeed<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> String {
        let output = self.run(args);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }
}

#[test]
fn service_uses_database_of_its_credential() {
    let machine = Machine::new();
    let file = machine.path("state/invite/of-the-credential.db");
    fs::write(machine.path("credentials/database-url"), format!("sqlite://{}\n", file.display())).unwrap();
    // Without tables the service fails, and its error names the solution.
    let output = machine.start(SERVICE);
    assert!(!output.status.success() && said(&output).contains("invite migrate"), "{}", said(&output));

    machine.succeed(["migrate"]);
    machine.succeed(["space", "add", "1", "--policy", "container", "--name", "Journal"]);
    machine.succeed(["generate", "--space", "1"]);
    for unit in [SERVICE, METRICS] {
        let output = machine.start(unit);
        assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
    }
    let metrics = fs::read_to_string(machine.path("node-exporter/invite.prom")).unwrap();
    assert!(metrics.contains("\ninvite_open_invites 1\n"), "{metrics}");
    let files = fs::read_dir(machine.path("state/invite")).unwrap().count();
    assert_eq!(files, 1, "nothing but the file of the credential");
}

#[test]
fn service_without_credential_uses_file_in_its_folder() {
    let machine = Machine::new();
    let file = machine.path("state/invite/invite.db");
    let output = machine.start(SERVICE);
    assert!(!output.status.success() && said(&output).contains("no database at"), "{}", said(&output));
    assert!(!file.exists(), "a mistyped path creates no database");
    machine.succeed(["migrate"]);
    let output = machine.start(SERVICE);
    assert!(output.status.success() && said(&output).is_empty(), "{}", said(&output));
    assert!(file.exists());
}

/// The cron line does nothing where systemd runs, and until the URL is configured.
#[test]
fn cron_line_runs_only_without_systemd() {
    let machine = Machine::new();
    let table = read("contrib/cron.d/invite");
    let line = table.lines().find(|line| line.contains(" * ")).unwrap().splitn(7, ' ').nth(6).unwrap();
    let (systemd, url) = (machine.path("systemd"), machine.path("database-url"));
    let line = line
        .replace("/run/systemd/system", systemd.to_str().unwrap())
        .replace("/etc/invite/database-url", url.to_str().unwrap());
    let folder = std::path::Path::new(BINARY).parent().unwrap();
    let run_in = |path: &str| {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &line]).env_clear().env("HOME", machine.path("")).env("PATH", path);
        let output = command.output().unwrap();
        (output.status.success(), said(&output))
    };
    let run = || run_in(folder.to_str().unwrap());
    assert_eq!(run(), (true, String::new()), "without a configured URL");
    fs::write(&url, format!("sqlite://{}", machine.path("missing.db").display())).unwrap();
    assert_eq!(run_in("/nowhere"), (true, String::new()), "removed");
    let (succeeded, words) = run();
    assert!(!succeeded && words.starts_with("error: "), "{words}");
    fs::create_dir(&systemd).unwrap();
    assert_eq!(run(), (true, String::new()), "systemd runs the job");
}
