//! One process, from its start to its end.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::programs;

/// A program with its arguments, which can be run again and again. Of the
/// environment it gets only what is said here.
#[derive(Debug, Clone)]
pub struct Call {
    program: PathBuf,
    arguments: Vec<OsString>,
    environment: Vec<(String, String)>,
    input: Option<PathBuf>,
    /// Where its output goes; errors go beside it.
    output: PathBuf,
    is_discarded: bool,
}

impl Call {
    /// A program whose output goes into a file.
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
            is_discarded: false,
        }
    }

    /// With these further arguments.
    pub fn args<T: Into<OsString>>(mut self, arguments: impl IntoIterator<Item = T>) -> Self {
        self.arguments.extend(arguments.into_iter().map(Into::into));
        self
    }

    /// With this variable.
    pub fn env(mut self, name: &str, value: impl Into<String>) -> Self {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Reading this file.
    pub fn input(mut self, file: impl Into<PathBuf>) -> Self {
        self.input = Some(file.into());
        self
    }

    /// With its output thrown away.
    pub fn discarded(mut self) -> Self {
        self.is_discarded = true;
        self
    }

    /// Where its output is.
    pub fn output(&self) -> &Path {
        &self.output
    }

    /// Runs it; how long that took, or what it said when it failed.
    #[expect(clippy::disallowed_methods, reason = "measuring is what a benchmark is for")]
    pub fn run(&self) -> Result<Duration, String> {
        let mut command = self.command(&self.program, &self.arguments);
        let start = Instant::now();
        let status = command.status();
        let time = start.elapsed();
        let status = status.map_err(|error| format!("{}: {error}", self.program.display()))?;
        if status.success() { Ok(time) } else { Err(format!("{status}\n{}", self.errors())) }
    }

    /// The same with the most memory that it had, in KiB; the time is that of
    /// two processes, so only long ones count.
    #[expect(clippy::disallowed_methods, reason = "measuring is what a benchmark is for")]
    pub fn run_with_peak(&self) -> Result<(Duration, u64), String> {
        let figures = self.output.with_extension("peak");
        let mut arguments: Vec<OsString> = vec!["-f".into(), "%M".into(), "-o".into(), figures.clone().into()];
        arguments.push(self.program.clone().into());
        arguments.extend(self.arguments.iter().cloned());
        let mut command = self.command(&programs::time(), &arguments);
        let start = Instant::now();
        let status = command.status();
        let time = start.elapsed();
        let status = status.map_err(|error| format!("{}: {error}", programs::time().display()))?;
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
        command.stdout(if self.is_discarded { Stdio::null() } else { create(&self.output).into() });
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
