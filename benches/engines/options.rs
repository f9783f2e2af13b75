//! What the benchmark is told.

use std::path::PathBuf;

use clap::Parser;

use crate::place::Engine;
use crate::work::Work;

/// Compares invite with the shells of the engines
#[derive(Debug, Parser)]
#[command(name = "benches/run.sh", bin_name = "sh benches/run.sh")]
pub struct Options {
    /// How many spaces and invites there are
    #[arg(long, value_name = "N", default_value_t = 1_000_000, value_parser = clap::value_parser!(u64).range(100..=10_000_000))]
    pub rows: u64,

    /// How many rounds are counted, after one that is not
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..))]
    pub rounds: u32,

    /// On which engines
    #[arg(long, value_name = "ENGINE,...", value_delimiter = ',', value_enum)]
    engine: Vec<Engine>,

    /// Which kinds of work
    #[arg(long, value_name = "WORK,...", value_delimiter = ',', value_enum)]
    work: Vec<Work>,

    /// Instead: how time and memory grow from N rows to ten times as many
    #[arg(long)]
    pub scale: bool,

    /// How many spaces the script in Python goes through
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..))]
    pub python_rows: u64,

    /// How many uses of codes there are; a multiple of 12, for as many connections
    #[arg(long, value_name = "N", default_value_t = 24_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub uses: u64,

    /// Give SQLite's shell the page cache that invite takes; without it, the shell has its own
    #[arg(long)]
    pub same_cache: bool,

    /// Folder for SQLite's files, to measure on its disk; without it, they are in memory
    #[arg(long, value_name = "FOLDER", default_value = "/dev/shm", hide_default_value = true)]
    pub folder: PathBuf,

    /// Instead: print what one use of a code has a server log
    #[arg(long)]
    pub record: bool,

    /// Makes this process a user of the codes of a file
    #[arg(long, hide = true, requires = "use_url")]
    pub use_codes: Option<PathBuf>,

    /// On this database
    #[arg(long, hide = true)]
    pub use_url: Option<String>,

    /// Binary to measure, in place of the one that is built with the benchmark
    #[arg(long, value_name = "PATH", default_value = env!("CARGO_BIN_EXE_invite"))]
    pub invite: PathBuf,

    /// Cargo gives this to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    /// The engines that were asked for, or all.
    pub fn engines(&self) -> &[Engine] {
        if self.engine.is_empty() { &Engine::ALL } else { &self.engine }
    }

    /// The kinds of work that were asked for, or all.
    pub fn works(&self) -> &[Work] {
        if self.work.is_empty() { Work::ALL } else { &self.work }
    }
}
