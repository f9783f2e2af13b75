//! Statistics for people: charts of text. Every bar stands beside its number,
//! and no color says what no word says.

use chrono::NaiveDate;
use dialoguer::console::{measure_text_width, truncate_str};

use crate::cli::commands::stats::bars::{bar, share};
use crate::cli::ui::printer::{Hue, Printer};
use crate::cli::ui::table::{facts, status_hue};
use crate::cli::ui::text::{counted, grouped, safe, time_or};
use crate::invites::stats::{DAYS_AHEAD, Day, PolicyStats, Stats};
use crate::limits::LimitUsage;
use crate::model::invite::Status;

/// Where nobody looks at it in a window of a known width.
const COLUMNS: u16 = 80;

/// Wider than that a bar only leads the eye away from its number.
const WIDEST: u16 = 120;

/// As much as a label takes of a line.
const LONGEST_LABEL: usize = 24;

/// More days than that are shown by weeks.
const MAX_DAYS: usize = 31;

const NONE: &str = "  None.\n";

const NONE_THEN: &str = "  None.\n";

/// The whole report.
pub(crate) fn screen(printer: &Printer, stats: &Stats, policy: Option<&str>) -> String {
    let width = usize::from(printer.width().unwrap_or(COLUMNS).min(WIDEST));
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

/// The prefixes and lengths that are locked, and the command that unlocks them.
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

/// A line of a chart.
struct Line {
    label: String,
    /// The color of the label; none: it has none.
    hue: Option<Hue>,
    /// What stands before the bar.
    numbers: Vec<String>,
    value: u64,
    bar: Hue,
}

/// Lines under each other, with names over their numbers where there are some.
fn chart(printer: &Printer, width: usize, names: &[&str], lines: &[Line]) -> String {
    let label = lines.iter().map(|line| measure_text_width(&line.label)).max().unwrap_or(0);
    let columns: Vec<usize> = (0..lines.first().map_or(0, |line| line.numbers.len()))
        .map(|at| {
            let numbers = lines.iter().map(|line| line.numbers[at].len());
            numbers.chain(names.get(at).map(|name| name.len())).max().unwrap_or(0)
        })
        .collect();
    let taken = 2 + label + columns.iter().map(|column| column + 2).sum::<usize>() + 2;
    let greatest = lines.iter().map(|line| line.value).max().unwrap_or(0);
    let mut text = String::new();
    if !names.is_empty() {
        text.push_str(&" ".repeat(2 + label));
        for (name, column) in names.iter().zip(&columns) {
            text.push_str(&format!("  {name:>column$}"));
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    for line in lines {
        let mut shown = format!("  {}", painted(printer, &line.label, label, line.hue));
        for (number, column) in line.numbers.iter().zip(&columns) {
            shown.push_str(&format!("  {number:>column$}"));
        }
        let bar = bar(line.value, greatest, width.saturating_sub(taken).max(1));
        if !bar.is_empty() {
            shown.push_str(&format!("  {}", printer.hued(&bar, line.bar)));
        }
        text.push_str(shown.trim_end());
        text.push('\n');
    }
    text
}

/// A text in so many columns, colored as far as it goes.
fn painted(printer: &Printer, text: &str, columns: usize, hue: Option<Hue>) -> String {
    let rest = " ".repeat(columns.saturating_sub(measure_text_width(text)));
    hue.filter(|_| !text.is_empty()).map_or_else(|| text.to_owned(), |hue| printer.hued(text, hue)) + &rest
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

/// The name of a policy, as much of it as a label takes.
fn short(name: &str) -> String {
    truncate_str(&safe(name), LONGEST_LABEL, "…").into_owned()
}

fn by_policy(printer: &Printer, width: usize, policies: &[PolicyStats]) -> String {
    let total = policies.iter().map(|of| of.invites.total()).sum();
    let lines: Vec<Line> = policies
        .iter()
        .map(|of| {
            let count = of.invites.total();
            let numbers = vec![grouped(of.spaces), grouped(count), share(count, total)];
            Line { label: short(&of.policy), hue: None, numbers, value: count, bar: Hue::Cyan }
        })
        .collect();
    let bars = chart(printer, width, &["spaces", "invites", ""], &lines);
    // Of a single policy the statuses are told already.
    if policies.len() < 2 { bars } else { format!("{bars}\n{}", statuses(printer, width, policies)) }
}

/// How many invites of each policy are in each state: as a table where there is
/// room for it, else under each other.
fn statuses(printer: &Printer, width: usize, policies: &[PolicyStats]) -> String {
    let number = |count: u64| if count == 0 { "-".to_owned() } else { grouped(count) };
    let label = policies.iter().map(|of| measure_text_width(&short(&of.policy))).max().unwrap_or(0);
    let columns = Status::ALL.map(|status| {
        let numbers = policies.iter().map(|of| number(of.invites.of(status)).len());
        numbers.max().unwrap_or(0).max(status.as_str().len())
    });
    if 2 + label + columns.iter().map(|column| column + 2).sum::<usize>() > width {
        return policies.iter().map(listed).collect();
    }
    let mut text = " ".repeat(2 + label);
    for (status, column) in Status::ALL.iter().zip(columns) {
        let word = status.as_str();
        text.push_str(&" ".repeat(2 + column - word.len()));
        text.push_str(&printer.hued(word, status_hue(word)));
    }
    text.push('\n');
    for of in policies {
        text.push_str(&format!("  {}", painted(printer, &short(&of.policy), label, None)));
        for ((_, count), column) in of.invites.iter().zip(columns) {
            text.push_str(&format!("  {:>column$}", number(count)));
        }
        text.push('\n');
    }
    text
}

fn listed(of: &PolicyStats) -> String {
    let some = of.invites.iter().filter(|(_, count)| *count > 0);
    let pairs: Vec<(&str, String)> = some.map(|(status, count)| (status.as_str(), grouped(count))).collect();
    format!("  {}\n{}", short(&of.policy), facts(&pairs))
}

/// What came in on a day or in a week.
struct Came {
    label: String,
    uses: u64,
    joins: u64,
}

/// The heading and the chart of uses and joins, side by side on one scale.
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
        return (format!("Uses and joins {span}"), NONE_THEN.to_owned());
    }
    let came = if by_weeks { weeks(days) } else { days.iter().map(on_day).collect() };
    (heading, pairs(printer, width, &came))
}

fn on_day(day: &Day) -> Came {
    Came { label: date(day.date), uses: day.uses, joins: day.joins }
}

fn date(date: NaiveDate) -> String {
    date.format("%a %Y-%m-%d").to_string()
}

/// Weeks that end today and before; the first may be shorter, and says so.
fn weeks(days: &[Day]) -> Vec<Came> {
    let week = |week: &[Day]| {
        let first = week.first().map_or_else(String::new, |day| format!("from {}", day.date));
        let label = if week.len() < 7 { format!("{first} ({})", counted(week.len() as u64, "day")) } else { first };
        let sum = |of: fn(&Day) -> u64| week.iter().map(of).sum();
        Came { label, uses: sum(|day| day.uses), joins: sum(|day| day.joins) }
    };
    let mut weeks: Vec<Came> = days.rchunks(7).map(week).collect();
    weeks.reverse();
    weeks
}

fn pairs(printer: &Printer, width: usize, came: &[Came]) -> String {
    let label = came.iter().map(|one| one.label.len()).max().unwrap_or(0);
    let greatest = came.iter().map(|one| one.uses.max(one.joins)).max().unwrap_or(0);
    let number = came.iter().map(|one| grouped(one.uses.max(one.joins)).len()).max().unwrap_or(0).max("joins".len());
    let taken = 2 + label + 2 * (2 + number + 2);
    let columns = (width.saturating_sub(taken) / 2).max(1);
    let mut text = format!("  {:label$}  {:>number$}{:columns$}    {:>number$}\n", "", "uses", "", "joins");
    for one in came {
        let uses = painted(printer, &bar(one.uses, greatest, columns), columns, Some(Hue::Cyan));
        let joins = printer.hued(&bar(one.joins, greatest, columns), Hue::Magenta);
        let (label_of, count, joined) = (&one.label, grouped(one.uses), grouped(one.joins));
        let left = format!("  {label_of:label$}  {count:>number$}  {uses}  {joined:>number$}");
        text.push_str(&if one.joins == 0 { left } else { format!("{left}  {joins}") });
        text.push('\n');
    }
    text
}

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
