//! `invite stats`

mod bars;
mod page;
mod screen;
mod svg;

use std::path::PathBuf;

use anyhow::Result;
use chrono::NaiveDate;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value as Json};

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::global::Format;
use crate::cli::ui::csv::CsvWriter;
use crate::cli::ui::new_file::write_new_file;
use crate::cli::ui::output;
use crate::cli::ui::paths::refuse_existing;
use crate::cli::ui::printer::Printer;
use crate::cli::ui::text::{rfc3339, safe};
use crate::error::Error;
use crate::invites::stats::{MAX_DAYS, PolicyStats, Stats, StatsRequest, StatusCounts};
use crate::limits::LimitUsage;
use crate::model::invite::Status;

/// Show charts of invites, uses, joins and coming expiries
///
/// Counts at one instant of the database's clock; days are whole days in UTC. An invite counts under the status that
/// list shows. Joins are members who redeemed an invite or were added. Expiring invites are active now and expire today
/// or within the next 7 days. Reads whole tables, so the duration grows with the database.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite stats
  invite stats --days 90 --policy director
  invite stats --html stats.html
  invite stats -o csv > stats.csv")]
pub(crate) struct StatsArgs {
    /// Number of days of uses and joins, up to today; a terminal shows more than 31 by weeks
    #[arg(long, value_name = "N", default_value_t = 14, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX_DAYS)))]
    days: u32,

    /// Only spaces of this policy
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// New HTML file for the charts, instead of the terminal
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    at: String,
    /// Policy of the counts; `None` for all policies.
    policy: Option<String>,
    spaces: u64,
    /// Number of invites by status.
    invites: Map<String, Json>,
    policies: Vec<PolicyReport>,
    days: Vec<DayReport>,
    expiring: Vec<ExpiringReport>,
    lockouts: Vec<LockReport>,
    /// Path of the HTML file, if one was written.
    html: Option<String>,
}

#[derive(Serialize)]
struct PolicyReport {
    policy: String,
    spaces: u64,
    invites: Map<String, Json>,
}

#[derive(Serialize)]
struct DayReport {
    date: NaiveDate,
    uses: u64,
    joins: u64,
}

#[derive(Serialize)]
struct ExpiringReport {
    date: NaiveDate,
    invites: u64,
}

/// Prefix and length of codes that are locked after failed attempts.
#[derive(Serialize)]
struct LockReport {
    policy: String,
    codes: String,
    failed_attempts: i64,
    limit: Option<i64>,
    resets_at: String,
}

impl LockReport {
    fn of(lock: &LimitUsage) -> Self {
        LockReport {
            policy: lock.policy.clone().unwrap_or_default(),
            codes: lock.who.clone().unwrap_or_default(),
            failed_attempts: lock.hits,
            limit: lock.limit,
            resets_at: rfc3339(lock.until),
        }
    }
}

/// Line of CSV: one count.
#[derive(Default, Serialize)]
struct Line<'s> {
    kind: &'static str,
    policy: Option<&'s str>,
    status: Option<&'static str>,
    date: Option<NaiveDate>,
    count: u64,
}

impl Line<'_> {
    const FIELDS: [&'static str; 5] = ["kind", "policy", "status", "date", "count"];
}

pub(crate) async fn run(context: &mut Context, args: StatsArgs) -> Result<Exit> {
    if let Some(file) = &args.html {
        refuse_existing(file)?;
    }
    let service = context.service().await?;
    let request = StatsRequest { days: args.days, policy: args.policy.clone() };
    let stats = service.stats(&request).await?;
    if let Some(file) = &args.html {
        write_new_file(file, &page::page(&stats, args.policy.as_deref()))
            .map_err(|error| Error::database(format!("cannot write the page {}", file.display())).with_source(error))?;
    }
    match context.printer.format() {
        Format::Csv => csv(&context.printer, &stats, args.policy.as_deref())?,
        Format::Table | Format::Wide => print_screen(context, &args, &stats)?,
        Format::Json | Format::Jsonl | Format::Code => {
            output::report(&context.printer, &report(&args, &stats), None, String::new)?;
        }
    }
    Ok(Exit::Done)
}

/// Prints the charts, or the path of the HTML file.
fn print_screen(context: &Context, args: &StatsArgs, stats: &Stats) -> std::io::Result<()> {
    let printer = &context.printer;
    if let Some(file) = &args.html {
        printer.info(&format!("Wrote the page to {}.", safe(&file.display().to_string())));
        return Ok(());
    }
    if stats.policies.is_empty() {
        let none = match &args.policy {
            Some(policy) => format!("No spaces of the policy {policy} found in {}.", context.target()),
            None => context.no_spaces(),
        };
        printer.info(&none);
        return Ok(());
    }
    printer.data(&screen::screen(printer, stats, args.policy.as_deref()))
}

fn report(args: &StatsArgs, stats: &Stats) -> Report {
    let of_policy = |of: &PolicyStats| PolicyReport {
        policy: of.policy.clone(),
        spaces: of.spaces,
        invites: by_status(&of.invites),
    };
    Report {
        success: true,
        at: rfc3339(stats.at),
        policy: args.policy.clone(),
        spaces: stats.spaces(),
        invites: by_status(&stats.invites()),
        policies: stats.policies.iter().map(of_policy).collect(),
        days: stats.days.iter().map(|day| DayReport { date: day.date, uses: day.uses, joins: day.joins }).collect(),
        expiring: stats.ending.iter().map(|day| ExpiringReport { date: day.date, invites: day.invites }).collect(),
        lockouts: stats.locked.iter().map(LockReport::of).collect(),
        html: args.html.as_ref().map(|file| file.display().to_string()),
    }
}

fn by_status(invites: &StatusCounts) -> Map<String, Json> {
    invites.iter().map(|(status, count)| (status.as_str().to_owned(), Json::from(count))).collect()
}

/// Writes one count per line. No count includes another, so that a spreadsheet can sum them.
fn csv(printer: &Printer, stats: &Stats, policy: Option<&str>) -> Result<()> {
    let mut lines = Vec::new();
    for of in &stats.policies {
        let policy = Some(of.policy.as_str());
        lines.push(Line { kind: "spaces", policy, count: of.spaces, ..Line::default() });
        let line = |(status, count): (Status, u64)| Line {
            kind: "invites",
            policy,
            status: Some(status.as_str()),
            count,
            ..Line::default()
        };
        lines.extend(of.invites.iter().map(line));
    }
    let on = |kind, date, count| Line { kind, policy, date: Some(date), count, ..Line::default() };
    lines.extend(stats.days.iter().map(|day| on("uses", day.date, day.uses)));
    lines.extend(stats.days.iter().map(|day| on("joins", day.date, day.joins)));
    lines.extend(stats.ending.iter().map(|day| on("expiring", day.date, day.invites)));
    lines.extend(stats.policies.iter().map(|of| Line {
        kind: "lockouts",
        policy: Some(&of.policy),
        count: stats.locked.iter().filter(|lock| lock.policy.as_ref() == Some(&of.policy)).count() as u64,
        ..Line::default()
    }));
    let mut writer = CsvWriter::default();
    printer.csv_line(writer.header(Line::FIELDS.iter()))?;
    for line in &lines {
        printer.csv_line(writer.row(line)?)?;
    }
    Ok(())
}
