//! Two processes that do the same work, in turns.

use std::fs;
use std::time::Duration;

use crate::call::Call;

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// That of `invite`.
    Ours,
    /// That of what it is compared with.
    Theirs,
}

/// Reads a time out of a text.
pub type Clock<'a> = dyn Fn(&str) -> Option<Duration> + 'a;

/// The same work, done by two.
pub struct Contest<'a> {
    /// What `invite` is started with.
    pub ours: Call,
    /// What it is compared with.
    pub theirs: Call,
    /// How often each is started in its turn: work that takes milliseconds is
    /// measured by many.
    pub times: u32,
    /// Reads the time out of what a process printed; without it, it is that
    /// from its start to its end.
    pub clock: Option<&'a Clock<'a>>,
    /// Brings the data back to how it was; not measured.
    pub prepare: &'a dyn Fn(Side),
    /// Sees that the work was done; not measured.
    pub check: &'a dyn Fn(Side),
}

/// What came of it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The time of one start, each round.
    pub ours: Vec<Duration>,
    /// The same of the other.
    pub theirs: Vec<Duration>,
    /// The most memory that `invite` had, in KiB.
    pub peak: u64,
}

impl Outcome {
    /// What is made of our seconds and theirs in each round, the least first.
    pub fn ratios(&self, ratio: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let rounds = self.ours.iter().zip(&self.theirs);
        let mut ratios: Vec<f64> =
            rounds.map(|(ours, theirs)| ratio(ours.as_secs_f64(), theirs.as_secs_f64())).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }
}

/// How often a turn is repeated that fails: codes made by chance in one
/// statement may meet each other, and then all of it is for nothing.
const ATTEMPTS: usize = 5;

impl Contest<'_> {
    /// One round that is not counted, and so many that are. Who begins changes.
    pub fn run(&self, rounds: u32) -> Outcome {
        let mut outcome = Outcome { ours: Vec::new(), theirs: Vec::new(), peak: 0 };
        (self.prepare)(Side::Ours);
        (_, outcome.peak) = self.ours.run_with_peak().unwrap_or_else(|problem| panic!("invite failed: {problem}"));
        (self.check)(Side::Ours);
        self.turn(Side::Theirs);
        for round in 0..rounds {
            let order = if round % 2 == 0 { [Side::Ours, Side::Theirs] } else { [Side::Theirs, Side::Ours] };
            for side in order {
                let time = self.turn(side);
                if side == Side::Ours { outcome.ours.push(time) } else { outcome.theirs.push(time) }
            }
        }
        outcome
    }

    fn turn(&self, side: Side) -> Duration {
        let call = if side == Side::Ours { &self.ours } else { &self.theirs };
        let attempts = if side == Side::Ours { 1 } else { ATTEMPTS };
        let mut problem = String::new();
        for _ in 0..attempts {
            (self.prepare)(side);
            match (0..self.times).map(|_| self.time(call)).sum::<Result<Duration, String>>() {
                Ok(time) => {
                    (self.check)(side);
                    return time / self.times;
                }
                Err(said) => problem = said,
            }
        }
        panic!("{side:?} failed: {problem}");
    }

    fn time(&self, call: &Call) -> Result<Duration, String> {
        let whole = call.run()?;
        let Some(clock) = self.clock else { return Ok(whole) };
        let output = fs::read_to_string(call.output()).map_err(|error| error.to_string())?;
        clock(&output).ok_or_else(|| format!("no time stands in what it printed:\n{output}"))
    }
}
