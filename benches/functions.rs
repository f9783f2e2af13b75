//! Benchmarks of functions that run once per row or request, without a database:
//! `cargo bench --bench functions`.

#![expect(clippy::unwrap_used, reason = "the panic shows where a benchmark failed")]

use std::io::Cursor;

use chrono::{DateTime, TimeDelta, Utc};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use invite::calendar::{Moment, Zone};
use invite::duration::{Span, format_duration, parse_duration};
use invite::model::reference::{PublicCode, Reference};
use invite::policy::Policies;
use invite::records::{FileFormat, Records};
use invite::spaces::import::SpaceRow;

/// Number of rows of a file.
const ROWS: usize = 10_000;

fn main() {
    divan::main();
}

/// Every kind of reference.
#[divan::bench(args = [
    "AB12CD34",
    " ab12-cd34 ",
    "https://app.example.org/join/AB12CD34",
    "https://app.example.org/invites/join?code=AB12CD34",
    "01890a5d-ac96-774b-bcce-b302099a8057",
    "#3fa29c81",
])]
fn parse_a_reference(text: &str) -> Reference {
    Reference::parse(black_box(text)).unwrap()
}

/// Codes and links of public requests, and texts that are no codes.
#[divan::bench(args = ["AB12CD34", "https://app.example.org/join/AB12CD34", "", "01890a5d-ac96-774b-bcce-b302099a8057"])]
fn read_a_public_code(text: &str) -> PublicCode {
    PublicCode::read(black_box(text))
}

#[divan::bench(args = ["90m", "24h", "1w 2d 3h"])]
fn parse_a_duration(text: &str) -> Span {
    parse_duration(black_box(text)).unwrap()
}

#[divan::bench(args = ["2026-12-31", "2026-12-31 18:00", "2026-12-31T18:00:00+01:00"])]
fn parse_an_instant(text: &str) -> DateTime<Utc> {
    black_box(text).parse::<Moment>().unwrap().first(&Zone::UTC).unwrap()
}

#[divan::bench]
fn write_a_duration() -> String {
    format_duration(black_box(TimeDelta::seconds(788_645)))
}

/// Runs at every start of the program.
#[divan::bench]
fn read_the_built_in_policies() -> Policies {
    Policies::built_in().unwrap()
}

#[divan::bench]
fn read_rows_of_csv(bencher: Bencher) {
    let lines: Vec<String> = (0..ROWS).map(|n| format!("space-{n:08},The space of team {n},space\n")).collect();
    read_rows(bencher, format!("id,name,policy\n{}", lines.concat()), FileFormat::Csv);
}

#[divan::bench]
fn read_rows_of_json_lines(bencher: Bencher) {
    let line = |n| format!("{{\"id\":\"space-{n:08}\",\"name\":\"The space of team {n}\",\"policy\":\"space\"}}\n");
    read_rows(bencher, (0..ROWS).map(line).collect::<Vec<_>>().concat(), FileFormat::JsonLines);
}

fn read_rows(bencher: Bencher, text: String, format: FileFormat) {
    bencher.counter(ItemsCount::new(ROWS)).with_inputs(|| Cursor::new(text.clone())).bench_values(|source| {
        let rows = Records::<SpaceRow>::open(source, format).unwrap();
        assert_eq!(rows.filter(|(_, row)| row.is_ok()).count(), ROWS);
    });
}
