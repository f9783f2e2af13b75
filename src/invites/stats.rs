//! Counts for an operator's report: what there is, what came in, what ends soon.
//!
//! A day is a whole one in UTC.

use std::collections::HashMap;

use chrono::{DateTime, Datelike, Days, NaiveDate, NaiveTime, Utc};

use crate::error::{Error, Result};
use crate::limits::{LimitUsage, locked_groups};
use crate::model::invite::Status;
use crate::service::Service;
use crate::store::reading;
use crate::store::tables::stats as counts;
use crate::store::tables::stats::DayCount;

/// The most days that a report looks back.
pub const MOST_DAYS: u32 = 366;

/// So many days ahead, today apart, a report looks for ends.
pub const DAYS_AHEAD: u32 = 7;

/// What to count.
#[derive(Debug, Clone)]
pub struct StatsRequest {
    /// How many days to look back, today being the last: 1 to [`MOST_DAYS`].
    pub days: u32,
    /// Of spaces with this policy; none: of all.
    pub policy: Option<String>,
}

impl Default for StatsRequest {
    fn default() -> Self {
        StatsRequest { days: 14, policy: None }
    }
}

/// How many invites are in each state.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StatusCounts([u64; Status::ALL.len()]);

impl StatusCounts {
    /// How many are in this one.
    #[must_use]
    pub fn of(&self, status: Status) -> u64 {
        self.iter().find(|(known, _)| *known == status).map_or(0, |(_, count)| count)
    }

    /// Every state with its number, in the order of [`Status::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (Status, u64)> + '_ {
        Status::ALL.into_iter().zip(self.0)
    }

    /// How many there are in all.
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

/// What there is of one policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyStats {
    /// The policy, also one that no configuration knows.
    pub policy: String,
    /// How many spaces have it.
    pub spaces: u64,
    /// How many invites lead into those.
    pub invites: StatusCounts,
}

/// What came in on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Day {
    /// The day.
    pub date: NaiveDate,
    /// How often an invite was used.
    pub uses: u64,
    /// How many members joined, by an invite or added.
    pub joins: u64,
}

/// How many invites that live now die by the clock on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExpiringDay {
    /// The day.
    pub date: NaiveDate,
    /// How many.
    pub invites: u64,
}

/// All that was counted, at one instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stats {
    /// The instant, by the database's clock.
    pub at: DateTime<Utc>,
    /// Every policy that spaces have, by its name.
    pub policies: Vec<PolicyStats>,
    /// Every day that was asked for, today the last; also those without any.
    pub days: Vec<Day>,
    /// Today, and each of the [`DAYS_AHEAD`] that follow.
    pub ending: Vec<ExpiringDay>,
    /// Prefixes and lengths of codes that are locked, because failed attempts
    /// have spent their budget.
    pub locked: Vec<LimitUsage>,
}

impl Stats {
    /// How many invites of all policies are in each state.
    #[must_use]
    pub fn invites(&self) -> StatusCounts {
        let mut all = StatusCounts::default();
        for (status, count) in self.policies.iter().flat_map(|of| of.invites.iter()) {
            all.add(status, count);
        }
        all
    }

    /// How many spaces there are.
    #[must_use]
    pub fn spaces(&self) -> u64 {
        self.policies.iter().map(|of| of.spaces).sum()
    }
}

/// Counts, all of it in one view of the database.
///
/// No role governs this: who may do it is the caller's to decide.
///
/// # Errors
/// [`Error::Invalid`] for an unknown policy or a number of days that is none,
/// and what the database says.
pub async fn stats(service: &Service, request: &StatsRequest) -> Result<Stats> {
    if !(1..=MOST_DAYS).contains(&request.days) {
        return Err(Error::invalid(format!(
            "invalid number of days {}: it must be from 1 to {MOST_DAYS}",
            request.days
        )));
    }
    let policy = request.policy.as_deref();
    if let Some(policy) = policy {
        service.policies().get(policy)?;
    }
    let locked = locked_groups(service, policy).await?;
    reading!(snapshot service.db(), |session| {
        let at = service.now();
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

fn midnight(date: NaiveDate) -> DateTime<Utc> {
    date.and_time(NaiveTime::MIN).and_utc()
}

fn dates(first: NaiveDate, count: u32) -> impl Iterator<Item = NaiveDate> {
    first.iter_days().take(count as usize)
}

/// The same by the day's date.
fn by_date(days: Vec<DayCount>) -> HashMap<NaiveDate, u64> {
    let epoch = DateTime::UNIX_EPOCH.num_days_from_ce();
    let date = |number: i64| NaiveDate::from_num_days_from_ce_opt(i32::try_from(number).ok()?.checked_add(epoch)?);
    days.into_iter().filter_map(|(number, count)| Some((date(number)?, count))).collect()
}

/// The policies that spaces have, with the invites of each.
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
    // Engines have orders of their own.
    policies.sort_by(|one, other| one.policy.cmp(&other.policy));
    Ok(policies)
}
