//! Manual pages, as `mandoc` reads them.

use std::process::Command;

use crate::{files, output, said};

/// What it may say of pages that are made by `clap_mangen`.
const EXCLUDED: [&str; 4] = [
    // A date would make the pages others whenever they are made.
    "cannot parse date, using it verbatim: TH ",
    // How it sets the possible values of an option apart.
    "skipping paragraph macro: br before sp",
    "skipping paragraph macro: br after sp",
    // The first heading of a topic ends no paragraph.
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
