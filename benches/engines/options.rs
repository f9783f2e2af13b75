//! Command-line options of the benchmark.

use std::path::PathBuf;

use clap::Parser;

use crate::testbed::Engine;
use crate::work::Work;

/// Compares invite with the shells of the engines
#[derive(Debug, Parser)]
#[command(name = "benches/run.sh", bin_name = "sh benches/run.sh")]
pub struct Options {
    /// Number of spaces and invites
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub rows: u64,

    /// Number of rounds, after one that is not counted
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,

    /// Engines to measure [default: all]
    #[arg(long, value_name = "ENGINE,...", value_delimiter = ',', value_enum)]
    engine: Vec<Engine>,

    /// Kinds of work to measure [default: all]
    #[arg(long, value_name = "WORK,...", value_delimiter = ',', value_enum)]
    work: Vec<Work>,

    /// Measure instead how time and memory grow from N rows to ten times as many
    #[arg(long)]
    pub scale: bool,

    /// Number of spaces for the Python script
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..))]
    pub python_rows: u64,

    /// Number of uses; a multiple of 12, the number of connections
    #[arg(long, value_name = "N", default_value_t = 24_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub uses: u64,

    /// Give SQLite's shell the page cache of invite instead of its default
    #[arg(long)]
    pub same_cache: bool,

    /// Folder for the files of SQLite, to measure on a disk [default: in memory]
    #[arg(long, value_name = "FOLDER", default_value = "/dev/shm", hide_default_value = true)]
    pub folder: PathBuf,

    /// Print instead the statements that a server logs for one use
    #[arg(long)]
    pub record: bool,

    /// Redeem the codes of a file in this process
    #[arg(long, hide = true, requires = "use_url")]
    pub use_codes: Option<PathBuf>,

    /// Database for `--use-codes`
    #[arg(long, hide = true)]
    pub use_url: Option<String>,

    /// Binary to measure instead of the one that is built with the benchmark
    #[arg(long, value_name = "PATH", default_value = env!("CARGO_BIN_EXE_invite"))]
    pub invite: PathBuf,

    /// Cargo passes this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// Returns the engines to measure.
    pub fn engines(&self) -> &[Engine] {
        if self.engine.is_empty() { &Engine::ALL } else { &self.engine }
    }

    /// Returns the kinds of work to measure.
    pub fn works(&self) -> &[Work] {
        if self.work.is_empty() { Work::ALL } else { &self.work }
    }
}
