//! Runs a process, and measures its time and memory.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::tools;

/// A program with its arguments, which can be run repeatedly. It inherits no environment
/// variables.
#[derive(Debug, Clone)]
pub struct Call {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    input: Option<PathBuf>,
    /// File of the standard output; standard error goes to a file next to it.
    output: PathBuf,
    discards_output: bool,
}

impl Call {
    /// Creates a call that writes its output to a file.
    pub fn new(program: impl Into<PathBuf>, output: impl Into<PathBuf>) -> Self {
        Call {
            program: program.into(),
            arguments: Vec::new(),
            environment: vec![
                ("PATH".into(), "/usr/local/bin:/usr/bin:/bin".into()),
                ("LC_ALL".into(), "C.UTF-8".into()),
            ],
            input: None,
            output: output.into(),
            discards_output: false,
        }
    }

    /// Appends arguments.
    pub fn args<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// Sets an environment variable.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Sets the file of the standard input.
    pub fn input(mut self, file: impl Into<PathBuf>) -> Self {
        self.input = Some(file.into());
        self
    }

    /// Discards the output.
    pub fn discard_output(mut self) -> Self {
        self.discards_output = true;
        self
    }

    /// Returns the file of the output.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Runs the process; returns its time, or its error output if it failed.
    #[expect(clippy::disallowed_methods, reason = "benchmarks measure durations")]
    pub fn run(&self) -> Result<Duration, String> {
        let mut command = self.command(&self.program, &self.arguments);
        let start = Instant::now();
        let status = command.status();
        let time = start.elapsed();
        let status = status.map_err(|error| format!("{}: {error}", self.program.display()))?;
        if status.success() { Ok(time) } else { Err(format!("{status}\n{}", self.errors())) }
    }

    /// Runs the process; returns its time and its peak memory in KiB. The time includes
    /// that of `/usr/bin/time`, so it is not exact for short processes.
    #[expect(clippy::disallowed_methods, reason = "benchmarks measure durations")]
    pub fn run_with_peak(&self) -> Result<(Duration, u64), String> {
        let figures = self.output.with_extension("peak");
        let mut arguments: Vec<OsString> = vec!["-f".into(), "%M".into(), "-o".into(), figures.clone().into()];
        arguments.push(self.program.clone().into());
        arguments.extend(self.arguments.iter().cloned());
        let mut command = self.command(&tools::time(), &arguments);
        let start = Instant::now();
        let status = command.status();
        let time = start.elapsed();
        let status = status.map_err(|error| format!("{}: {error}", tools::time().display()))?;
        if !status.success() {
            return Err(format!("{status}\n{}", self.errors()));
        }
        let text = fs::read_to_string(&figures).map_err(|error| error.to_string())?;
        let peak = text.lines().last().and_then(|line| line.parse().ok());
        peak.map(|peak| (time, peak)).ok_or_else(|| format!("`time` printed {text:?}"))
    }

    fn command(&self, program: &Path, arguments: &[OsString]) -> Command {
        let mut command = Command::new(program);
        command.args(arguments).env_clear().envs(self.environment.iter().cloned());
        let create = |path: &Path| File::create(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        command.stdout(if self.discards_output { Stdio::null() } else { create(&self.output).into() });
        command.stderr(create(&self.error_file()));
        command.stdin(self.input.as_ref().map_or_else(Stdio::null, |path| {
            File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).into()
        }));
        command
    }

    fn error_file(&self) -> PathBuf {
        self.output.with_extension("errors")
    }

    fn errors(&self) -> String {
        fs::read_to_string(self.error_file()).unwrap_or_default()
    }
}
