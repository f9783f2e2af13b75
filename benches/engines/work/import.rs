//! Taking in spaces from a CSV file, against the engine's own way to do so into
//! the same table.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::contest::{Contest, Side};
use crate::options::Options;
use crate::place::{Engine, Place};
use crate::report;
use crate::sql::REFERENCE;

/// The most that our time may be to theirs.
const TARGET: f64 = 1.3;

/// When the shell of SQLite writes that the spaces were added, in microseconds.
const ADDED: u64 = 1_760_000_000_000_000;

pub fn run(place: &Place, options: &Options) {
    let engine = place.engine;
    place.empty();
    place.keep("empty");
    let file = csv_file(place, options.rows);
    let whole = if engine == Engine::Sqlite { whole_csv_file(place, options.rows) } else { file.clone() };
    let contest = Contest {
        ours: place.invite(&["space", "import", "--yes"]).args([&file]),
        theirs: place.shell(&statement(engine, &whole)),
        times: 1,
        clock: None,
        prepare: &|side| {
            place.restore("empty");
            if side == Side::Theirs && engine == Engine::Postgres {
                place.ask(&format!(
                    "ALTER TABLE invite_spaces ALTER created_at SET DEFAULT now(), \
                     ALTER changed_op SET DEFAULT '{REFERENCE}'"
                ));
            }
        },
        check: &|side| {
            let added = place.ask("SELECT count(*) FROM invite_spaces WHERE policy = 'space';");
            assert_eq!(added, options.rows.to_string(), "spaces taken in by {side:?}");
        },
    };
    report::contest(place, "space import", &contest.run(options.rounds), TARGET);
    place.forget("empty");
}

/// A file as `invite space import` takes it.
pub fn csv_file(place: &Place, rows: u64) -> PathBuf {
    written(place, "id,name,policy", rows, |n| format!("space-{n:08},The space of team {n},space"))
}

/// The shell of SQLite takes files only that have every column.
fn whole_csv_file(place: &Place, rows: u64) -> PathBuf {
    let line = |n| format!("space-{n:08},space,The space of team {n},{ADDED},{REFERENCE}");
    written(place, "id,policy,name,created_at,changed_op", rows, line)
}

fn written<T: Display>(place: &Place, head: &str, rows: u64, line: impl Fn(u64) -> T) -> PathBuf {
    let path = place.file("spaces.csv");
    let mut file = BufWriter::new(File::create(&path).expect("the folder takes files"));
    writeln!(file, "{head}").expect("memory holds the file");
    for n in 1..=rows {
        writeln!(file, "{}", line(n)).expect("memory holds the file");
    }
    file.flush().expect("memory holds the file");
    path
}

/// All three write into the table of `invite` itself, with its constraints.
fn statement(engine: Engine, file: &Path) -> String {
    let file = file.display();
    match engine {
        Engine::Sqlite => format!(".import --csv --skip 1 {file} invite_spaces"),
        Engine::Postgres => format!("\\copy invite_spaces (id, name, policy) FROM '{file}' WITH (FORMAT csv, HEADER)"),
        Engine::Mariadb => format!(
            "LOAD DATA LOCAL INFILE '{file}' INTO TABLE invite_spaces CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' \
             OPTIONALLY ENCLOSED BY '\"' IGNORE 1 LINES (id, name, policy) \
             SET created_at = utc_timestamp(6), changed_op = '{REFERENCE}';"
        ),
    }
}
