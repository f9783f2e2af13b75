//! Statistics as an HTML page without scripts and external files. It follows the color
//! scheme of the browser, and can be printed.

use crate::cli::commands::stats::bars::share;
use crate::cli::commands::stats::svg::{Bar, Segment, columns, lines};
use crate::cli::ui::text::{counted, escaped, grouped, time_or};
use crate::invites::stats::{DAYS_AHEAD, Stats};
use crate::limits::LimitUsage;
use crate::model::invite::Status;

const STYLE: &str = include_str!("page.css");

/// Renders the page.
pub(crate) fn page(stats: &Stats, policy: Option<&str>) -> String {
    let of = policy.map_or_else(String::new, |policy| format!(" of the policy {}", escaped(policy)));
    let at = time_or(Some(stats.at), "-");
    let mut text = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Invites{of}, {at}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <h1>Invites{of}</h1>\n<p class=\"quiet\">At {at}. Days are those of UTC.</p>\n</header>\n<main>\n"
    );
    if stats.policies.is_empty() {
        text.push_str(&format!("<section><p>There are no spaces{of} and no invites.</p></section>\n"));
    } else {
        text.push_str(&figures(stats));
        text.push_str(&by_status(stats));
        text.push_str(&by_policy(stats));
        text.push_str(&by_day(stats));
        text.push_str(&ending(stats));
        text.push_str(&locked(stats));
    }
    text.push_str(concat!(
        "</main>\n<footer>Created by invite ",
        env!("CARGO_PKG_VERSION"),
        ", from one snapshot of the database.</footer>\n</body>\n</html>\n"
    ));
    text
}

/// Renders the locked prefixes and lengths; nothing if there are none.
fn locked(stats: &Stats) -> String {
    if stats.locked.is_empty() {
        return String::new();
    }
    let line = |lock: &LimitUsage| {
        let (codes, limit) = (escaped(lock.who.as_deref().unwrap_or("-")), lock.limit.unwrap_or(lock.hits));
        let until = time_or(Some(lock.until), "-");
        format!(
            "<li>{codes} ({}): {} of {limit}, until {until}</li>\n",
            escaped(lock.policy.as_deref().unwrap_or("-")),
            lock.hits
        )
    };
    let lines: String = stats.locked.iter().map(line).collect();
    format!("<section>\n<h2>Codes locked after failed attempts</h2>\n<ul>\n{lines}</ul>\n</section>\n")
}

fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.sum()
}

/// Renders the key figures.
fn figures(stats: &Stats) -> String {
    let span = match stats.days.len() {
        1 => "today".to_owned(),
        days => format!("in {days} days"),
    };
    let figures = [
        ("Spaces".to_owned(), stats.spaces()),
        ("Invites".to_owned(), stats.invites().total()),
        ("Active now".to_owned(), stats.invites().of(Status::Active)),
        (format!("Uses {span}"), sum(stats.days.iter().map(|day| day.uses))),
        (format!("Joins {span}"), sum(stats.days.iter().map(|day| day.joins))),
        (format!("Expire in {DAYS_AHEAD} days"), sum(stats.ending.iter().map(|day| day.invites))),
    ];
    let shown = figures.map(|(what, number)| format!("<div><dt>{what}</dt><dd>{}</dd></div>\n", grouped(number)));
    format!("<dl>\n{}</dl>\n", shown.concat())
}

/// Renders a section; `note` follows its heading.
fn section(class: &str, heading: &str, note: &str, body: &str) -> String {
    format!("<section{class}>\n<h2>{heading} <small>{note}</small></h2>\n{body}</section>\n")
}

fn chart(drawings: &[String]) -> String {
    format!("<div class=\"chart\">{}</div>\n", drawings.concat())
}

fn by_status(stats: &Stats) -> String {
    let (invites, total) = (stats.invites(), stats.invites().total());
    let bars: Vec<Bar> = invites
        .iter()
        .map(|(status, count)| {
            let name = status.as_str();
            let segment = Segment { class: name, name: name.to_owned(), value: count };
            Bar {
                name: name.to_owned(),
                segments: vec![segment],
                end: format!("{} ({})", grouped(count), share(count, total)),
            }
        })
        .collect();
    let drawing = lines("status", "Invites by status", &bars).finish();
    section("", "Invites by status", &counted(total, "invite"), &chart(&[drawing]))
}

fn by_policy(stats: &Stats) -> String {
    let bars: Vec<Bar> = stats
        .policies
        .iter()
        .map(|of| {
            let segment = |(status, value): (Status, u64)| {
                let class = status.as_str();
                Segment { class, name: format!("{}, {class}", of.policy), value }
            };
            let segments = of.invites.iter().map(segment).collect();
            Bar { name: of.policy.clone(), segments, end: grouped(of.invites.total()) }
        })
        .collect();
    let drawing = lines("policy", "Invites by policy and status", &bars).finish();
    let body = chart(&[drawing]) + &policies_table(stats);
    section("", "Invites by policy", &counted(stats.spaces(), "space"), &body)
}

fn cell(number: u64) -> String {
    format!("<td>{}</td>", grouped(number))
}

/// Renders the invites by policy as a table, whose header is the legend of the colors.
fn policies_table(stats: &Stats) -> String {
    let head = Status::ALL.map(|status| format!("<th scope=\"col\"><i class=\"{0}\"></i>{0}</th>", status.as_str()));
    let cells = |invites: &crate::invites::stats::StatusCounts, spaces: u64| {
        let numbers = invites.iter().map(|(_, count)| count).chain([invites.total(), spaces]);
        numbers.map(cell).collect::<String>()
    };
    let row = |of: &crate::invites::stats::PolicyStats| {
        let (name, cells) = (escaped(&of.policy), cells(&of.invites, of.spaces));
        format!("<tr><th scope=\"row\">{name}</th>{cells}</tr>\n")
    };
    let rows: String = stats.policies.iter().map(row).collect();
    let foot = if stats.policies.len() > 1 {
        let cells = cells(&stats.invites(), stats.spaces());
        format!("<tfoot><tr><th scope=\"row\">all</th>{cells}</tr></tfoot>\n")
    } else {
        String::new()
    };
    format!(
        "<div class=\"table\"><table>\n<thead><tr><th scope=\"col\">policy</th>{}<th scope=\"col\">invites</th>\
         <th scope=\"col\">spaces</th></tr></thead>\n<tbody>\n{rows}</tbody>\n{foot}</table></div>\n",
        head.concat()
    )
}

fn by_day(stats: &Stats) -> String {
    let days = &stats.days;
    // Both charts have the same scale, so that they can be compared.
    let maximum = days.iter().map(|day| day.uses.max(day.joins)).max().unwrap_or(0);
    let uses: Vec<_> = days.iter().map(|day| (day.date, day.uses)).collect();
    let joins: Vec<_> = days.iter().map(|day| (day.date, day.joins)).collect();
    let drawings = [
        columns("uses", ("Uses of invites, by day", "uses"), &uses, maximum).finish(),
        columns("joins", ("Members who joined, by day", "joins"), &joins, maximum).finish(),
    ];
    let row = |day: &crate::invites::stats::Day| {
        let (uses, joins) = (grouped(day.uses), grouped(day.joins));
        format!("<tr><th scope=\"row\">{}</th><td>{uses}</td><td>{joins}</td></tr>\n", day.date)
    };
    let table = format!(
        "<details><summary>Numbers per day</summary>\n<table>\n<thead><tr><th scope=\"col\">day</th><th \
         scope=\"col\">uses</th><th scope=\"col\">joins</th></tr></thead>\n<tbody>\n{}</tbody>\n</table></details>\n",
        // The most recent days are of most interest.
        days.iter().rev().map(row).collect::<String>()
    );
    let span = match days.len() {
        1 => "today".to_owned(),
        count => format!("the last {count} days"),
    };
    section(" class=\"long\"", "Uses and joins", &span, &(chart(&drawings) + &table))
}

fn ending(stats: &Stats) -> String {
    let total = sum(stats.ending.iter().map(|day| day.invites));
    let heading = format!("Active invites that expire within {DAYS_AHEAD} days");
    if total == 0 {
        return section("", &heading, "", "<p>There are none.</p>\n");
    }
    let bars: Vec<Bar> = stats
        .ending
        .iter()
        .map(|day| {
            let name = day.date.format("%a %Y-%m-%d").to_string();
            let segment = Segment { class: "ending", name: name.clone(), value: day.invites };
            Bar { name, segments: vec![segment], end: grouped(day.invites) }
        })
        .collect();
    let drawing = lines("ending", &heading, &bars).finish();
    section("", &heading, &counted(total, "invite"), &chart(&[drawing]))
}

#[cfg(test)]
#[path = "page/tests.rs"]
pub(crate) mod tests;
