//! Tells the binary which commit it was built from: `INVITE_BUILD`.
//!
//! It is read by Git, where this is a clone. Who builds from a tarball, or the
//! same bytes again, says it by `INVITE_COMMIT` and `SOURCE_DATE_EPOCH`.

use std::path::Path;
use std::process::Command;

/// So many digits name a commit.
const DIGITS: usize = 12;

fn main() {
    println!("cargo::rerun-if-env-changed=INVITE_COMMIT");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rustc-env=INVITE_BUILD={}", build());
}

/// Cargo runs this in the folder of the package.
fn build() -> String {
    // A folder that lies in another project's clone is not of its commit.
    let is_clone = Path::new(".git").exists();
    let given = variable("INVITE_COMMIT");
    if is_clone && given.is_none() {
        watch();
    }
    let commit = given.clone().or_else(|| git(&["rev-parse", "HEAD"]).filter(|_| is_clone));
    let Some(commit) = commit.filter(|commit| commit.len() >= DIGITS && commit.is_ascii()) else {
        return "unknown".to_owned();
    };
    let seconds = variable("SOURCE_DATE_EPOCH")
        .or_else(|| git(&["show", "--no-patch", "--format=%ct", "HEAD"]).filter(|_| given.is_none()));
    let commit = &commit[..DIGITS];
    match seconds.and_then(|seconds| seconds.parse().ok()) {
        Some(seconds) => format!("{commit}, {}", date(seconds)),
        None => commit.to_owned(),
    }
}

/// Has Cargo run this again when another commit is checked out, and not before:
/// a file that is not there would have it run each time.
fn watch() {
    let branch = git(&["symbolic-ref", "--quiet", "HEAD"]);
    for name in ["HEAD", "packed-refs", "logs/HEAD"].into_iter().chain(branch.as_deref()) {
        if let Some(path) = git(&["rev-parse", "--git-path", name])
            && Path::new(&path).exists()
        {
            println!("cargo::rerun-if-changed={path}");
        }
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// What Git answers; none without it.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// The day of an instant in UTC, counted by years that begin in March.
fn date(seconds: u64) -> String {
    let days = seconds / 86_400 + 719_468;
    let (era, day_of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year_of_era + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
