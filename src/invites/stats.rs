//! Counts for a report: spaces and invites, recent uses and joins, and upcoming expiries.
//! Days are in UTC.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};

use crate::builder::setters;
use crate::error::{Error, Result};
use crate::limits::LimitUsage;
use crate::model::invite::Status;
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::stats as counts;
use crate::store::tables::stats::DayCount;

/// Maximum number of past days in a report.
pub const MAX_DAYS: u32 = 366;

/// Number of days after today for which a report counts expiries.
pub const DAYS_AHEAD: u32 = 7;

/// A request for a report.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StatsRequest {
    /// Number of past days, including today, from 1 to [`MAX_DAYS`].
    pub days: u32,
    /// Policy of the spaces; `None` for all.
    pub policy: Option<String>,
}

impl StatsRequest {
    /// Creates a request for 14 days and all policies.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

setters! {
    StatsRequest {
        value days: u32,
        text policy,
    }
}

impl Default for StatsRequest {
    fn default() -> Self {
        StatsRequest { days: 14, policy: None }
    }
}

/// The number of invites per status.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatusCounts([u64; Status::ALL.len()]);

impl StatusCounts {
    /// Returns the number of invites with a status.
    #[must_use]
    pub fn of(&self, status: Status) -> u64 {
        self.iter().find(|(known, _)| *known == status).map_or(0, |(_, count)| count)
    }

    /// Iterates over all statuses with their counts, in the order of [`Status::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        Status::ALL.into_iter().zip(self.0)
    }

    /// Returns the total number of invites.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.0.iter().sum()
    }

    fn add(&mut self, status: Status, count: u64) {
        for (known, sum) in Status::ALL.iter().zip(&mut self.0) {
            if *known == status {
                *sum += count;
            }
        }
    }
}

/// The counts of one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PolicyStats {
    /// The policy, which may not be configured.
    pub policy: String,
    /// Number of spaces with this policy.
    pub spaces: u64,
    /// Number of invites of these spaces, per status.
    pub invites: StatusCounts,
}

/// The counts of one past day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// Number of uses of invites.
    pub uses: u64,
    /// Number of members who joined, by invite or added.
    pub joins: u64,
}

/// The number of open invites that expire on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct ExpiringDay {
    /// The day.
    pub date: NaiveDate,
    /// Number of invites.
    pub invites: u64,
}

/// A report of one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Stats {
    /// The instant, by the database's clock.
    pub at: DateTime<Utc>,
    /// The policies of all spaces, by name.
    pub policies: Vec<PolicyStats>,
    /// The requested days, ending with today, including those without uses.
    pub days: Vec<Day>,
    /// Today and the [`DAYS_AHEAD`] days after it.
    pub ending: Vec<ExpiringDay>,
    /// Prefixes and lengths of codes that are locked because failed attempts have spent their
    /// budget.
    pub locked: Vec<LimitUsage>,
}

impl Stats {
    /// Returns the number of invites of all policies, per status.
    #[must_use]
    pub fn invites(&self) -> StatusCounts {
        let mut all = StatusCounts::default();
        for (status, count) in self.policies.iter().flat_map(|of| of.invites.iter()) {
            all.add(status, count);
        }
        all
    }

    /// Returns the number of spaces.
    #[must_use]
    pub fn spaces(&self) -> u64 {
        self.policies.iter().map(|of| of.spaces).sum()
    }
}

impl Service {
    /// Creates a report from one snapshot of the database.
    ///
    /// Checks no permission: the caller decides who may read the report.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an unknown policy or a number of days that is out of range, and
    /// any error of the database.
    pub async fn stats(&self, request: &StatsRequest) -> Result<Stats> {
        if !(1..=MAX_DAYS).contains(&request.days) {
            return Err(Error::invalid(format!(
                "invalid number of days {}: it must be from 1 to {MAX_DAYS}",
                request.days
            )));
        }
        let policy = request.policy.as_deref();
        if let Some(policy) = policy {
            self.policies().get(policy)?;
        }
        let locked = self.list_locked_groups(policy).await?;
        reading!(snapshot self.db(), |session| {
            let at = self.now();
            let today = at.date_naive();
            let first = today - Days::new(u64::from(request.days) - 1);
            let back = (midnight(first), midnight(today + Days::new(1)));
            let ahead = midnight(today + Days::new(u64::from(DAYS_AHEAD) + 1));
            let spaces = counts::spaces(session, policy).await?;
            let invites = counts::invites(session, policy, at).await?;
            let uses = by_date(counts::uses(session, policy, back).await?);
            let joins = by_date(counts::joins(session, policy, back).await?);
            let ending = by_date(counts::ending(session, policy, at, ahead).await?);
            let on = |days: &HashMap<NaiveDate, u64>, date| days.get(&date).copied().unwrap_or(0);
            Ok(Stats {
                locked: locked.clone(),
                at,
                policies: by_policy(spaces, invites)?,
                days: dates(first, request.days)
                    .map(|date| Day { date, uses: on(&uses, date), joins: on(&joins, date) })
                    .collect(),
                ending: dates(today, DAYS_AHEAD + 1).map(|date| ExpiringDay { date, invites: on(&ending, date) }).collect(),
            })
        })
    }
}

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

fn dates(first: NaiveDate, count: u32) -> impl Iterator<Item = NaiveDate> {
    first.iter_days().take(count as usize)
}

/// Maps days to their counts, by date.
fn by_date(days: Vec<DayCount>) -> HashMap<NaiveDate, u64> {
    let epoch = DateTime::UNIX_EPOCH.num_days_from_ce();
    let date = |number: i64| NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?.checked_add(epoch)?);
    days.into_iter().filter_map(|(number, count)| Some((date(number)?, count))).collect()
}

/// Combines the counts of spaces and invites, by policy.
fn by_policy(spaces: Vec<(String, u64)>, invites: Vec<(String, String, u64)>) -> Result<Vec<PolicyStats>> {
    let mut counted: HashMap<String, StatusCounts> = HashMap::new();
    for (policy, word, count) in invites {
        let status = Status::ALL.into_iter().find(|status| status.as_str() == word).ok_or_else(|| {
            Error::database("invalid closed_reason in the table invites")
                .with_hint("check the table with the client of the database")
        })?;
        counted.entry(policy).or_default().add(status, count);
    }
    let of = |(policy, spaces): (String, u64)| {
        let invites = counted.remove(&policy).unwrap_or_default();
        PolicyStats { policy, spaces, invites }
    };
    let mut policies: Vec<PolicyStats> = spaces.into_iter().map(of).collect();
    // The engines sort text differently.
    policies.sort_by(|one, other| one.policy.cmp(&other.policy));
    Ok(policies)
}
