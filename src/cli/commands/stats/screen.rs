//! Statistics as charts of text. Every bar has its number, and color only repeats what words
//! say.

use chrono::NaiveDate;
use dialoguer::console::{measure_text_width, truncate_str};

use crate::cli::commands::stats::bars::{bar, share};
use crate::cli::ui::printer::{Hue, Printer};
use crate::cli::ui::table::{facts, status_hue};
use crate::cli::ui::text::{counted, grouped, safe, time_or};
use crate::invites::stats::{DAYS_AHEAD, Day, PolicyStats, Stats};
use crate::limits::LimitUsage;
use crate::model::invite::Status;

/// Width without a terminal, in columns.
const COLUMNS: u16 = 80;

/// Maximum width, because long bars are hard to compare with their numbers.
const MAX_WIDTH: u16 = 120;

/// Maximum width of a label.
const MAX_LABEL: usize = 24;

/// Maximum number of days; more are summed up by weeks.
const MAX_DAYS: usize = 31;

const NONE: &str = "  None.\n";

/// Renders the report.
pub(crate) fn screen(printer: &Printer, stats: &Stats, policy: Option<&str>) -> String {
    let width = usize::from(printer.width().unwrap_or(COLUMNS).min(MAX_WIDTH));
    let invites = counted(stats.invites().total(), "invite");
    let of = policy.map_or_else(String::new, |policy| format!(" of the policy {}", safe(policy)));
    let (spaces, at) = (counted(stats.spaces(), "space"), time_or(Some(stats.at), "-"));
    let mut text = format!("{invites} in {spaces}{of}, at {at}\n");
    let mut section = |heading: &str, body: String| {
        text.push_str(&format!("\n{}\n{body}", printer.heading(heading)));
    };
    section("Invites by status", by_status(printer, width, stats));
    if policy.is_none() {
        section("Spaces and invites by policy", by_policy(printer, width, &stats.policies));
    }
    let (heading, body) = by_day(printer, width, &stats.days);
    section(&heading, body);
    let (heading, body) = ending(printer, width, stats);
    section(&heading, body);
    if !stats.locked.is_empty() {
        section("Codes locked after failed attempts", locked(stats));
    }
    text
}

/// Renders the locked prefixes and lengths, and the command that unlocks them.
fn locked(stats: &Stats) -> String {
    let line = |lock: &LimitUsage| {
        let (codes, limit) = (safe(lock.who.as_deref().unwrap_or("-")), lock.limit.unwrap_or(lock.hits));
        let until = time_or(Some(lock.until), "-");
        format!(
            "  {codes} ({}): {} of {limit}, until {until}\n",
            safe(lock.policy.as_deref().unwrap_or("-")),
            lock.hits
        )
    };
    let lines: String = stats.locked.iter().map(line).collect();
    format!("{lines}  Unlock them: invite limits reset --policy NAME\n")
}

/// Line of a chart.
struct Line {
    label: String,
    /// Color of the label, if any.
    hue: Option<Hue>,
    /// Numbers before the bar.
    numbers: Vec<String>,
    value: u64,
    bar: Hue,
}

/// Renders a chart; `headers` are printed above the numbers.
fn chart(printer: &Printer, width: usize, headers: &[&str], lines: &[Line]) -> String {
    let label = lines.iter().map(|line| measure_text_width(&line.label)).max().unwrap_or(0);
    let columns: Vec<usize> = (0..lines.first().map_or(0, |line| line.numbers.len()))
        .map(|at| {
            let numbers = lines.iter().map(|line| line.numbers[at].len());
            numbers.chain(headers.get(at).map(|header| header.len())).max().unwrap_or(0)
        })
        .collect();
    let occupied = 2 + label + columns.iter().map(|column| column + 2).sum::<usize>() + 2;
    let maximum = lines.iter().map(|line| line.value).max().unwrap_or(0);
    let mut text = String::new();
    if !headers.is_empty() {
        text.push_str(&" ".repeat(2 + label));
        for (header, column) in headers.iter().zip(&columns) {
            text.push_str(&format!("  {header:>column$}"));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    for line in lines {
        let mut text_line = format!("  {}", padded(printer, &line.label, label, line.hue));
        for (number, column) in line.numbers.iter().zip(&columns) {
            text_line.push_str(&format!("  {number:>column$}"));
        }
        let bar = bar(line.value, maximum, width.saturating_sub(occupied).max(1));
        if !bar.is_empty() {
            text_line.push_str(&format!("  {}", printer.colored(&bar, line.bar)));
        }
        text.push_str(text_line.trim_end());
        text.push('\n');
    }
    text
}

/// Pads text to a width in columns, and colors it.
fn padded(printer: &Printer, text: &str, columns: usize, hue: Option<Hue>) -> String {
    let rest = " ".repeat(columns.saturating_sub(measure_text_width(text)));
    hue.filter(|_| !text.is_empty()).map_or_else(|| text.to_owned(), |hue| printer.colored(text, hue)) + &rest
}

fn by_status(printer: &Printer, width: usize, stats: &Stats) -> String {
    let (invites, total) = (stats.invites(), stats.invites().total());
    if total == 0 {
        return NONE.to_owned();
    }
    let lines: Vec<Line> = invites
        .iter()
        .map(|(status, count)| {
            let hue = status_hue(status.as_str());
            let numbers = vec![grouped(count), share(count, total)];
            Line { label: status.as_str().to_owned(), hue: Some(hue), numbers, value: count, bar: hue }
        })
        .collect();
    chart(printer, width, &[], &lines)
}

/// Returns the name of a policy, shortened to the width of a label.
fn label_of(name: &str) -> String {
    truncate_str(&safe(name), MAX_LABEL, "…").into_owned()
}

fn by_policy(printer: &Printer, width: usize, policies: &[PolicyStats]) -> String {
    let total = policies.iter().map(|of| of.invites.total()).sum();
    let lines: Vec<Line> = policies
        .iter()
        .map(|of| {
            let count = of.invites.total();
            let numbers = vec![grouped(of.spaces), grouped(count), share(count, total)];
            Line { label: label_of(&of.policy), hue: None, numbers, value: count, bar: Hue::Cyan }
        })
        .collect();
    let bars = chart(printer, width, &["spaces", "invites", ""], &lines);
    // The statuses of a single policy are those of the first chart.
    if policies.len() < 2 { bars } else { format!("{bars}\n{}", statuses(printer, width, policies)) }
}

/// Renders the invites by policy and status: as a table if the terminal is wide enough,
/// otherwise as a list.
fn statuses(printer: &Printer, width: usize, policies: &[PolicyStats]) -> String {
    let number = |count: u64| if count == 0 { "-".to_owned() } else { grouped(count) };
    let label = policies.iter().map(|of| measure_text_width(&label_of(&of.policy))).max().unwrap_or(0);
    let columns = Status::ALL.map(|status| {
        let numbers = policies.iter().map(|of| number(of.invites.of(status)).len());
        numbers.max().unwrap_or(0).max(status.as_str().len())
    });
    if 2 + label + columns.iter().map(|column| column + 2).sum::<usize>() > width {
        return policies.iter().map(status_list).collect();
    }
    let mut text = " ".repeat(2 + label);
    for (status, column) in Status::ALL.iter().zip(columns) {
        let word = status.as_str();
        text.push_str(&" ".repeat(2 + column - word.len()));
        text.push_str(&printer.colored(word, status_hue(word)));
    }
    text.push('\n');
    for of in policies {
        text.push_str(&format!("  {}", padded(printer, &label_of(&of.policy), label, None)));
        for ((_, count), column) in of.invites.iter().zip(columns) {
            text.push_str(&format!("  {:>column$}", number(count)));
        }
        text.push('\n');
    }
    text
}

fn status_list(of: &PolicyStats) -> String {
    let some = of.invites.iter().filter(|(_, count)| *count > 0);
    let pairs: Vec<(&str, String)> = some.map(|(status, count)| (status.as_str(), grouped(count))).collect();
    format!("  {}\n{}", label_of(&of.policy), facts(&pairs))
}

/// Uses and joins of a day or a week.
struct Period {
    label: String,
    uses: u64,
    joins: u64,
}

/// Renders the uses and joins on one scale. Returns the heading and the chart.
fn by_day(printer: &Printer, width: usize, days: &[Day]) -> (String, String) {
    let (uses, joins) = days.iter().fold((0, 0), |(uses, joins), day| (uses + day.uses, joins + day.joins));
    let span = match days.len() {
        1 => "today".to_owned(),
        count => format!("in the last {count} days"),
    };
    let by_weeks = days.len() > MAX_DAYS;
    let each = if by_weeks { "per week" } else { "per day" };
    let heading = format!("Uses and joins {each}: {} and {} {span}", grouped(uses), grouped(joins));
    if uses + joins == 0 {
        return (format!("Uses and joins {span}"), NONE.to_owned());
    }
    let periods = if by_weeks { weeks(days) } else { days.iter().map(on_day).collect() };
    (heading, pairs(printer, width, &periods))
}

fn on_day(day: &Day) -> Period {
    Period { label: date(day.date), uses: day.uses, joins: day.joins }
}

fn date(date: NaiveDate) -> String {
    date.format("%a %Y-%m-%d").to_string()
}

/// Sums up days by weeks. The last week ends today; the label of a shorter first one says so.
fn weeks(days: &[Day]) -> Vec<Period> {
    let week = |week: &[Day]| {
        let first = week.first().map_or_else(String::new, |day| format!("from {}", day.date));
        let label = if week.len() < 7 { format!("{first} ({})", counted(week.len() as u64, "day")) } else { first };
        let sum = |of: fn(&Day) -> u64| week.iter().map(of).sum();
        Period { label, uses: sum(|day| day.uses), joins: sum(|day| day.joins) }
    };
    let mut weeks: Vec<Period> = days.rchunks(7).map(week).collect();
    weeks.reverse();
    weeks
}

/// Renders uses and joins side by side.
fn pairs(printer: &Printer, width: usize, periods: &[Period]) -> String {
    let label = periods.iter().map(|period| period.label.len()).max().unwrap_or(0);
    let maximum = periods.iter().map(|period| period.uses.max(period.joins)).max().unwrap_or(0);
    let number =
        periods.iter().map(|period| grouped(period.uses.max(period.joins)).len()).max().unwrap_or(0).max("joins".len());
    let occupied = 2 + label + 2 * (2 + number + 2);
    let columns = (width.saturating_sub(occupied) / 2).max(1);
    let mut text = format!("  {:label$}  {:>number$}{:columns$}    {:>number$}\n", "", "uses", "", "joins");
    for period in periods {
        let uses = padded(printer, &bar(period.uses, maximum, columns), columns, Some(Hue::Cyan));
        let joins = printer.colored(&bar(period.joins, maximum, columns), Hue::Magenta);
        let (label_of, count, joined) = (&period.label, grouped(period.uses), grouped(period.joins));
        let left = format!("  {label_of:label$}  {count:>number$}  {uses}  {joined:>number$}");
        text.push_str(&if period.joins == 0 { left } else { format!("{left}  {joins}") });
        text.push('\n');
    }
    text
}

/// Renders the invites that expire soon. Returns the heading and the chart.
fn ending(printer: &Printer, width: usize, stats: &Stats) -> (String, String) {
    let total: u64 = stats.ending.iter().map(|day| day.invites).sum();
    let heading = format!("Active invites that expire within {DAYS_AHEAD} days");
    if total == 0 {
        return (heading, NONE.to_owned());
    }
    let lines: Vec<Line> = stats
        .ending
        .iter()
        .map(|day| {
            let today = if day.date == stats.at.date_naive() { " (today)" } else { "" };
            let label = format!("{}{today}", date(day.date));
            Line { label, hue: None, numbers: vec![grouped(day.invites)], value: day.invites, bar: Hue::Yellow }
        })
        .collect();
    (format!("{heading}: {}", grouped(total)), chart(printer, width, &[], &lines))
}
