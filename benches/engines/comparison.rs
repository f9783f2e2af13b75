//! Compares two processes that do the same work, in alternating order.

use std::fs;
use std::time::Duration;

use crate::call::Call;

/// A side of a comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// `invite`.
    Ours,
    /// The reference.
    Theirs,
}

/// Extracts a time from the output of a process.
pub type Clock<'a> = dyn Fn(&str) -> Option<Duration> + 'a;

/// The same work by `invite` and by a reference implementation.
pub struct Comparison<'a> {
    /// The call of `invite`.
    pub ours: Call,
    /// The call of the reference.
    pub theirs: Call,
    /// Number of processes per measurement: more than 1 for work that takes milliseconds.
    pub times: u32,
    /// Extracts the time from the output; `None` measures the whole process.
    pub clock: Option<&'a Clock<'a>>,
    /// Restores the data; not measured.
    pub prepare: &'a dyn Fn(Side),
    /// Checks the result; not measured.
    pub check: &'a dyn Fn(Side),
}

/// The result of a comparison.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The time of one process of `invite`, per round.
    pub ours: Vec<Duration>,
    /// The time of one process of the reference, per round.
    pub theirs: Vec<Duration>,
    /// Peak memory of `invite`, in KiB.
    pub peak: u64,
}

impl Outcome {
    /// Computes a ratio from the seconds of both sides in each round; sorted.
    pub fn ratios(&self, ratio: impl Fn(f64, f64) -> f64) -> Vec<f64> {
        let rounds = self.ours.iter().zip(&self.theirs);
        let mut ratios: Vec<f64> =
            rounds.map(|(ours, theirs)| ratio(ours.as_secs_f64(), theirs.as_secs_f64())).collect();
        ratios.sort_by(f64::total_cmp);
        ratios
    }
}

/// Maximum number of attempts of the reference: random codes that one statement generates
/// may collide, which fails the statement.
const ATTEMPTS: usize = 5;

impl Comparison<'_> {
    /// Runs one round that is not counted, then `rounds` rounds in alternating order.
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
        clock(&output).ok_or_else(|| format!("the output contains no time:\n{output}"))
    }
}
