//! `mandoc` reports no problem in any manual page.

use std::process::Command;

use crate::{files, output, said};

/// Messages about code of `clap_mangen` that are accepted.
const EXCLUDED: [&str; 4] = [
    // A date would change the pages with each build.
    "cannot parse date, using it verbatim: TH ",
    // The separator of possible values of an option.
    "skipping paragraph macro: br before sp",
    "skipping paragraph macro: br after sp",
    // The first heading of a topic follows no paragraph.
    "skipping paragraph macro: PP empty",
];

#[test]
#[ignore = "needs mandoc: sh tests/run.sh"]
fn manual_pages_pass_mandoc() {
    let pages = files("man");
    assert!(pages.len() > 30, "{pages:?}");
    let output = output(Command::new("mandoc").args(["-Tlint", "-Wwarning"]).args(pages));
    let complaints = said(&output);
    let unexpected: Vec<&str> =
        complaints.lines().filter(|line| !EXCLUDED.iter().any(|known| line.contains(known))).collect();
    assert!(unexpected.is_empty(), "{}", unexpected.join("\n"));
}
