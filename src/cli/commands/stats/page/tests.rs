use chrono::{DateTime, NaiveDate};

use crate::cli::commands::stats::page::*;
use crate::invites::stats::{Day, ExpiringDay, PolicyStats, StatusCounts};
use crate::limits::LimitKind;

fn date(day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 9, day).unwrap()
}

fn stats(policy: &str, days: u32) -> Stats {
    Stats {
        at: DateTime::from_timestamp(1_790_000_000, 0).unwrap(),
        policies: vec![PolicyStats { policy: policy.to_owned(), spaces: 2, invites: StatusCounts::default() }],
        days: (0..days).map(|day| Day { date: date(1) + chrono::Days::new(day.into()), uses: 3, joins: 1 }).collect(),
        ending: (21..29).map(|day| ExpiringDay { date: date(day), invites: 1_204 }).collect(),
        locked: vec![LimitUsage {
            what: LimitKind::Guesses,
            policy: Some(policy.to_owned()),
            who: Some("Joh-###".to_owned()),
            hits: 50,
            limit: Some(50),
            full: true,
            until: DateTime::from_timestamp(1_790_090_000, 0).unwrap(),
        }],
    }
}

#[test]
fn database_values_are_escaped() {
    let evil = "<script>alert(\"1\")</script>&'\u{202e}\u{7}";
    let page = page(&stats(evil, 14), Some(evil));
    assert!(!page.contains("<script") && !page.contains(['\u{202e}', '\u{7}']), "{page}");
    assert!(page.contains("<h1>Invites of the policy &lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&amp;&#39;"));
    assert!(page.contains("<th scope=\"row\">&lt;script&gt;"));
}

#[test]
fn page_loads_nothing() {
    let page = page(&stats("tree", 14), None);
    for part in ["src=", "href=", "url(", "@import", "<script", "http:", "https:"] {
        assert!(!page.contains(part), "{part}");
    }
    assert!(page.starts_with("<!DOCTYPE html>\n<html lang=\"en\">") && page.ends_with("</html>\n"));
    assert!(page.contains("prefers-color-scheme: dark"));
}

#[test]
fn every_drawing_has_title_and_description() {
    let page = page(&stats("tree", 14), None);
    let drawings: Vec<&str> = page.split("<svg ").skip(1).collect();
    assert_eq!(drawings.len(), 5);
    let mut ids = std::collections::BTreeSet::new();
    for drawing in drawings {
        let (id, _) = drawing.split_once("aria-labelledby=\"").unwrap().1.split_once("-title ").unwrap();
        assert!(ids.insert(id.to_owned()), "{id}");
        assert!(drawing.contains(&format!("<title id=\"{id}-title\">")));
        assert!(drawing.contains(&format!("<desc id=\"{id}-desc\">")) && !drawing.contains("-desc\"></desc>"));
    }
    assert!(page.contains("<li>Joh-### (tree): 50 of 50, until"), "{page}");
    // The bars are labeled with their numbers.
    assert!(page.contains(">1,204</text>"));
    assert!(page.contains("<td>3</td><td>1</td>"));
}

#[test]
fn every_shape_lies_within_its_drawing() {
    for days in [1, 2, 31, 366] {
        let page = page(&stats("tree", days), None);
        for drawing in page.split("<svg ").skip(1) {
            let number = |text: &str, name: &str| -> f64 {
                let rest = text.split_once(&format!(" {name}=\"")).unwrap().1;
                rest.split_once('"').unwrap().0.parse().unwrap()
            };
            let (_, height) = drawing
                .split_once("viewBox=\"0 0 900 ")
                .unwrap()
                .1
                .split_once('"')
                .map_or_else(|| panic!("{drawing}"), |(height, rest)| (rest, height.parse::<f64>().unwrap()));
            for shape in drawing.split("<rect").skip(1) {
                assert!(number(shape, "x") + number(shape, "width") <= 900.0, "{days}: {shape}");
                assert!(number(shape, "y") + number(shape, "height") <= height, "{days}: {shape}");
            }
        }
    }
}

#[test]
fn page_without_invites_has_a_sentence() {
    let mut none = stats("tree", 14);
    none.policies.clear();
    let page = page(&none, None);
    assert!(page.contains("There are no spaces and no invites.") && !page.contains("<svg"));
}
