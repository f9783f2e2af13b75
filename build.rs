//! Sets the commit and date of the build (`INVITE_BUILD`), and generates the table of
//! migrations (`migrations.rs` in Cargo's output folder).
//!
//! In a clone, Git provides the commit. Builds from a tarball and reproducible builds set
//! `INVITE_COMMIT` and `SOURCE_DATE_EPOCH`.

use std::fmt::Write as _;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use sha2::{Digest as _, Sha384};

/// Number of hexadecimal digits of the commit.
const DIGITS: usize = 12;

/// Folders below `migrations`, and the constants with their migrations.
const ENGINES: [(&str, &str); 3] = [("sqlite", "SQLITE"), ("postgres", "POSTGRES"), ("mysql", "MYSQL")];

fn main() -> Result<()> {
    println!("cargo::rerun-if-env-changed=INVITE_COMMIT");
    println!("cargo::rerun-if-env-changed=SOURCE_DATE_EPOCH");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rustc-env=INVITE_BUILD={}", build());
    write_migrations()
}

/// Returns the commit and its date, or `unknown`. The current folder is the package's.
fn build() -> String {
    // A package inside the clone of another project is not part of its commits.
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

/// Makes Cargo run this script again when another commit is checked out. Names only
/// existing files: a missing one would make Cargo run it every time.
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
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns the output of a Git command; `None` if it fails or is empty.
fn git(args: &[&str]) -> Option<String> {
    let output = Command::new("git").args(args).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// Returns the UTC date of a Unix time. Computes with years that begin in March.
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

/// Writes `migrations.rs`: one constant per engine, ordered by version.
///
/// The macro of sqlx for this would compile the drivers of all engines a second time, as
/// dependencies of the macro.
fn write_migrations() -> Result<()> {
    let mut table = String::new();
    for (folder, name) in ENGINES {
        let _ = writeln!(table, "pub(crate) const {name}: &[Migration] = &[");
        let mut files: Vec<PathBuf> = Vec::new();
        for entry in fs::read_dir(Path::new("migrations").join(folder))? {
            files.push(entry?.path());
        }
        files.sort();
        for file in &files {
            table.push_str(&entry(file)?);
        }
        table.push_str("];\n");
    }
    let folder = env::var_os("OUT_DIR").ok_or_else(|| Error::other("Cargo has not set OUT_DIR"))?;
    fs::write(Path::new(&folder).join("migrations.rs"), table)
}

/// Returns the entry of a file such as `0001_spaces.sql`. The checksum is the one
/// that sqlx stores for an applied migration: SHA-384 of the file.
fn entry(file: &Path) -> Result<String> {
    let unknown = || Error::other(format!("{} is not named like 0001_spaces.sql", file.display()));
    let stem = file.file_name().and_then(|name| name.to_str()).and_then(|name| name.strip_suffix(".sql"));
    let (version, description) = stem.and_then(|stem| stem.split_once('_')).ok_or_else(unknown)?;
    let version: i64 = version.parse().map_err(|_| unknown())?;
    let path = file.canonicalize()?;
    let path = path.to_str().ok_or_else(|| Error::other(format!("{} is not UTF-8", path.display())))?;
    let description = description.replace('_', " ");
    let checksum = Sha384::digest(fs::read(file)?);
    Ok(format!("    migration({version}, {description:?}, include_str!({path:?}), &{:?}),\n", checksum.as_slice()))
}
