//! Metrics of cleanup runs in the text format of Prometheus. The counters of earlier runs are
//! read back from the file.

use std::collections::HashMap;
use std::fmt::{Display, Write as _};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use crate::invites::cleanup::CleanupSummary;
use crate::invites::count_open::OpenCount;

/// Period of the metric of invites that expire soon.
pub(crate) const SOON: TimeDelta = TimeDelta::days(7);

const RUNS: &str = "invite_cleanup_runs_total";
const CLOSED: &str = "invite_cleanup_closed_total";
const PURGED: &str = "invite_cleanup_purged_total";
const LAST_SUCCESS: &str = "invite_cleanup_last_success_timestamp_seconds";

const SUCCESS: &str = "{result=\"success\"}";
const FAILURE: &str = "{result=\"failure\"}";
const EXPIRED: &str = "{reason=\"expired\"}";
const USED_UP: &str = "{reason=\"used_up\"}";

/// Run to add to the metrics.
#[derive(Debug, Clone)]
pub(crate) struct LastRun {
    /// End of the run by the clock of this machine, which Prometheus also uses.
    pub end: DateTime<Utc>,
    /// Duration of the run.
    pub duration: Duration,
    /// True if the run completed without an error.
    pub succeeded: bool,
    /// Committed work, including the work before an error.
    pub done: CleanupSummary,
    /// Number of open invites; `None` if they could not be counted.
    pub open: Option<OpenCount>,
    /// Number of prefixes and lengths of codes that are locked after failed attempts;
    /// `None` if they could not be counted.
    pub locked: Option<u64>,
}

/// Counters over all runs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    succeeded: u64,
    failed: u64,
    expired: u64,
    used_up: u64,
    purged: u64,
    /// End of the last successful run in seconds since 1970; `None` before the first.
    last_success: Option<u64>,
}

impl Totals {
    /// Parses the counters of a file; `None` if it is damaged or another file.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let samples: HashMap<&str, &str> =
            text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.rsplit_once(' ')).collect();
        let last_success = match samples.get(LAST_SUCCESS) {
            None => None,
            Some(value) => Some(value.parse().ok()?),
        };
        let count = |name: &str, label: &str| samples.get(format!("{name}{label}").as_str())?.parse().ok();
        Some(Totals {
            succeeded: count(RUNS, SUCCESS)?,
            failed: count(RUNS, FAILURE)?,
            expired: count(CLOSED, EXPIRED)?,
            used_up: count(CLOSED, USED_UP)?,
            purged: count(PURGED, "")?,
            last_success,
        })
    }

    /// Returns the counters with one more run.
    pub(crate) fn with(mut self, run: &LastRun) -> Self {
        let runs = if run.succeeded { &mut self.succeeded } else { &mut self.failed };
        *runs = runs.saturating_add(1);
        self.expired = self.expired.saturating_add(run.done.expired);
        self.used_up = self.used_up.saturating_add(run.done.used_up);
        self.purged = self.purged.saturating_add(run.done.purged);
        if run.succeeded {
            self.last_success = Some(seconds(run));
        }
        self
    }

    /// Renders the file after a run.
    pub(crate) fn render(&self, run: &LastRun) -> String {
        let mut page = Page::default();
        page.family(RUNS, "counter", "Runs of invite cleanup, by result.");
        page.sample(RUNS, SUCCESS, self.succeeded);
        page.sample(RUNS, FAILURE, self.failed);
        page.family(CLOSED, "counter", "Invites closed by cleanup, by reason.");
        page.sample(CLOSED, EXPIRED, self.expired);
        page.sample(CLOSED, USED_UP, self.used_up);
        page.single(PURGED, "counter", "Closed invites deleted by cleanup.", self.purged);
        let last = "invite_cleanup_last_run_";
        page.single(&format!("{last}timestamp_seconds"), "gauge", "Time at which the last run ended.", seconds(run));
        let duration = format!("{:.3}", run.duration.as_secs_f64());
        page.single(&format!("{last}duration_seconds"), "gauge", "Duration of the last run.", duration);
        let help = "1 if the last run succeeded, otherwise 0.";
        page.single(&format!("{last}success"), "gauge", help, u8::from(run.succeeded));
        if let Some(at) = self.last_success {
            page.single(LAST_SUCCESS, "gauge", "Time at which the last successful run ended.", at);
        }
        // A count that failed is left out, because the last one is no longer valid.
        if let Some(OpenCount { open, expiring }) = run.open {
            page.single("invite_open_invites", "gauge", "Open invites: active or scheduled.", open);
            let help = "Open invites that expire within 7 days.";
            page.single("invite_open_invites_expiring_soon", "gauge", help, expiring);
        }
        if let Some(locked) = run.locked {
            let help = "Code prefixes and lengths that are locked after failed attempts.";
            page.single("invite_locked_codes", "gauge", help, locked);
        }
        page.0
    }
}

/// Returns the end of a run in seconds since 1970; 0 if the clock shows an earlier time.
fn seconds(run: &LastRun) -> u64 {
    u64::try_from(run.end.timestamp()).unwrap_or_default()
}

/// Text in the format of Prometheus.
#[derive(Default)]
struct Page(String);

impl Page {
    fn family(&mut self, name: &str, kind: &str, help: &str) {
        let _ = writeln!(self.0, "# HELP {name} {help}\n# TYPE {name} {kind}");
    }

    fn sample(&mut self, name: &str, label: &str, value: impl Display) {
        let _ = writeln!(self.0, "{name}{label} {value}");
    }

    fn single(&mut self, name: &str, kind: &str, help: &str, value: impl Display) {
        self.family(name, kind, help);
        self.sample(name, "", value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(at: i64, succeeded: bool) -> LastRun {
        LastRun {
            end: DateTime::from_timestamp(at, 900_000_000).unwrap(),
            duration: Duration::from_micros(1_234_567),
            succeeded,
            done: CleanupSummary { expired: 3, used_up: 2, purged: 1, ..CleanupSummary::default() },
            open: succeeded.then_some(OpenCount { open: 40, expiring: 4 }),
            locked: succeeded.then_some(1),
        }
    }

    const AFTER_ONE: &str = "\
# HELP invite_cleanup_runs_total Runs of invite cleanup, by result.
# TYPE invite_cleanup_runs_total counter
invite_cleanup_runs_total{result=\"success\"} 1
invite_cleanup_runs_total{result=\"failure\"} 0
# HELP invite_cleanup_closed_total Invites closed by cleanup, by reason.
# TYPE invite_cleanup_closed_total counter
invite_cleanup_closed_total{reason=\"expired\"} 3
invite_cleanup_closed_total{reason=\"used_up\"} 2
# HELP invite_cleanup_purged_total Closed invites deleted by cleanup.
# TYPE invite_cleanup_purged_total counter
invite_cleanup_purged_total 1
# HELP invite_cleanup_last_run_timestamp_seconds Time at which the last run ended.
# TYPE invite_cleanup_last_run_timestamp_seconds gauge
invite_cleanup_last_run_timestamp_seconds 1790000000
# HELP invite_cleanup_last_run_duration_seconds Duration of the last run.
# TYPE invite_cleanup_last_run_duration_seconds gauge
invite_cleanup_last_run_duration_seconds 1.235
# HELP invite_cleanup_last_run_success 1 if the last run succeeded, otherwise 0.
# TYPE invite_cleanup_last_run_success gauge
invite_cleanup_last_run_success 1
# HELP invite_cleanup_last_success_timestamp_seconds Time at which the last successful run ended.
# TYPE invite_cleanup_last_success_timestamp_seconds gauge
invite_cleanup_last_success_timestamp_seconds 1790000000
# HELP invite_open_invites Open invites: active or scheduled.
# TYPE invite_open_invites gauge
invite_open_invites 40
# HELP invite_open_invites_expiring_soon Open invites that expire within 7 days.
# TYPE invite_open_invites_expiring_soon gauge
invite_open_invites_expiring_soon 4
# HELP invite_locked_codes Code prefixes and lengths that are locked after failed attempts.
# TYPE invite_locked_codes gauge
invite_locked_codes 1
";

    #[test]
    fn metrics_have_help_and_type() {
        let run = run(1_790_000_000, true);
        assert_eq!(Totals::default().with(&run).render(&run), AFTER_ONE);
    }

    #[test]
    fn counters_continue_after_the_last_run() {
        let (first, second) = (run(1_790_000_000, true), run(1_790_003_600, true));
        let totals = Totals::parse(&Totals::default().with(&first).render(&first)).unwrap().with(&second);
        let expected =
            Totals { succeeded: 2, failed: 0, expired: 6, used_up: 4, purged: 2, last_success: Some(1_790_003_600) };
        assert_eq!(totals, expected);
        assert_eq!(Totals::parse(&totals.render(&second)), Some(expected));
    }

    #[test]
    fn failed_run_keeps_time_of_last_success() {
        let failed = run(1_790_003_600, false);
        let text = Totals::parse(AFTER_ONE).unwrap().with(&failed).render(&failed);
        for line in [
            "invite_cleanup_runs_total{result=\"success\"} 1",
            "invite_cleanup_runs_total{result=\"failure\"} 1",
            "invite_cleanup_closed_total{reason=\"expired\"} 6",
            "invite_cleanup_last_run_success 0",
            "invite_cleanup_last_run_timestamp_seconds 1790003600",
            "invite_cleanup_last_success_timestamp_seconds 1790000000",
        ] {
            assert!(text.lines().any(|written| written == line), "no {line} in {text}");
        }
        assert!(!text.contains("invite_open") && !text.contains("invite_locked"), "{text}");
        // Without a success, there is no time of the last one.
        let text = Totals::default().with(&failed).render(&failed);
        assert!(!text.contains("last_success"), "{text}");
        assert_eq!(Totals::parse(&text).unwrap().last_success, None);
    }

    #[test]
    fn foreign_or_incomplete_file_has_no_totals() {
        for text in ["", "\n", "node_load1 0.5\n", "no metrics at all", &AFTER_ONE[..300], &AFTER_ONE[..120]] {
            assert_eq!(Totals::parse(text), None, "{text}");
        }
        assert_eq!(Totals::parse(&AFTER_ONE.replace("} 3", "} -3")), None);
        assert_eq!(Totals::parse(&AFTER_ONE.replace("} 3", "} NaN")), None);
        assert_eq!(Totals::parse(&AFTER_ONE.replace("seconds 1790000000", "seconds ?")), None);
    }
}
