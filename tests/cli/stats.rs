//! `invite stats`: charts fit the terminal, the page is self-contained, and totals agree in
//! every format.

use std::os::unix::fs::PermissionsExt as _;

use dialoguer::console::{measure_text_width, strip_ansi_codes};

use crate::machine::Machine;

/// Returns a machine with data of every kind.
fn machine() -> Machine {
    let mut machine = Machine::new();
    for line in [
        "space add c --policy container --name Journal",
        "space add d --policy director --name 'John Smith'",
        "generate --space c --count 1204 --expires-in 3d -q -o code",
        "generate --space d --count 7 -q -o code",
        "generate --space c --count 20 --starts-at 2030-01-01 -q -o code",
        "member add c u1",
    ] {
        assert_eq!(machine.run(line).exit, 0, "{line}");
    }
    machine
}

/// Changes the database without the library, like another program.
fn tamper(machine: &Machine, sql: &'static str) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::Connection as _;
        let url = format!("sqlite://{}", machine.database().display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    });
}

#[test]
fn charts_fit_terminal_and_need_no_color() {
    let mut machine = machine();
    tamper(&machine, "UPDATE invite_spaces SET policy = '山田山田山田山田 and a name that is too long' WHERE id = 'd'");
    for width in [60, 80, 120, 200] {
        machine.width = Some(width);
        for days in [1, 14, 31, 32, 366] {
            let plain = machine.run(&format!("stats --days {days} --color never")).out;
            for line in plain.lines() {
                assert!(measure_text_width(line) <= usize::from(width), "{width} columns, {days} days:\n{line}");
            }
            let colored = machine.run(&format!("stats --days {days}")).out;
            assert!(colored.contains("\u{1b}[38;5;2mactive"), "{colored}");
            assert_eq!(strip_ansi_codes(&colored), plain);
        }
    }
    machine.width = None;
    let out = machine.run("stats").out;
    assert!(out.lines().any(|line| measure_text_width(line) == 80), "{out}");
    assert!(out.contains("1,204") && !out.contains('\u{1b}'), "{out}");
}

#[test]
fn stored_control_characters_are_escaped_in_charts_and_page() {
    let mut machine = machine();
    tamper(
        &machine,
        "UPDATE invite_spaces SET policy = '<script>' || char(27) || '[2J' || char(8238) || '\"&' WHERE id = 'd'",
    );
    let screen = machine.run("stats");
    assert!(screen.out.contains("<script>") && !screen.out.contains(['\u{1b}', '\u{202e}']), "{screen:?}");
    machine.run("stats --html ~/page.html");
    let page = std::fs::read_to_string(machine.home().join("page.html")).unwrap();
    assert!(page.contains("&lt;script&gt;\u{fffd}[2J\u{fffd}&quot;&amp;"), "{page}");
    assert!(!page.contains("<script") && !page.contains(['\u{1b}', '\u{202e}']));
    let csv = machine.run("stats -o csv").out;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    assert!(reader.records().all(|record| record.unwrap().len() == 5));
}

#[test]
fn stats_add_up_in_every_format() {
    let mut machine = machine();
    let json = machine.run("stats -o json").json();
    assert_eq!((&json["invites"]["active"], &json["invites"]["scheduled"]), (&1211.into(), &20.into()));
    assert_eq!(json["days"].as_array().unwrap().len(), 14);
    let csv = machine.run("stats -o csv").out;
    let mut reader = csv::Reader::from_reader(csv.as_bytes());
    let sum = |kind: &str, records: &[csv::StringRecord]| -> u64 {
        records.iter().filter(|record| &record[0] == kind).map(|record| record[4].parse::<u64>().unwrap()).sum()
    };
    let records: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    assert_eq!((sum("spaces", &records), sum("invites", &records)), (2, 1231));
    assert_eq!((sum("uses", &records), sum("joins", &records), sum("expiring", &records)), (0, 1, 1211));
    assert_eq!(machine.run("stats -o code").out, "");
}

#[test]
fn stats_page_never_overwrites_a_file() {
    let mut machine = machine();
    let screen = machine.run("stats --html ~/page.html -q");
    assert_eq!((screen.exit, screen.out.as_str(), screen.err.as_str()), (0, "", ""));
    let path = machine.home().join("page.html");
    let plain = machine.write("plain", "x");
    let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode();
    assert_eq!(mode(&path), mode(plain.as_ref()));
    let before = std::fs::read_to_string(&path).unwrap();
    assert!(before.contains(">1,204 (") || before.contains(">1,211 ("), "{before}");
    assert_eq!(machine.run("stats --html ~/page.html").exit, 2);
    assert_eq!(std::fs::read_to_string(&path).unwrap(), before);
}
