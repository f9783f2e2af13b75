//! Importing spaces from a CSV file, compared with the engine's own import into the same
//! table.

use std::fmt::Display;
use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};

use crate::comparison::{Comparison, Side};
use crate::options::Options;
use crate::report;
use crate::sql::REFERENCE_OPERATION;
use crate::testbed::{Engine, Testbed};

/// Maximum ratio of the time of `invite` to that of the reference.
const TARGET: f64 = 1.3;

/// Creation time of the spaces that the shell of SQLite imports, in microseconds.
const ADDED: u64 = 1_760_000_000_000_000;

pub fn run(testbed: &Testbed, options: &Options) {
    let engine = testbed.engine;
    testbed.empty();
    testbed.save("empty");
    let file = csv_file(testbed, options.rows);
    let whole = if engine == Engine::Sqlite { whole_csv_file(testbed, options.rows) } else { file.clone() };
    let comparison = Comparison {
        ours: testbed.invite(&["space", "import", "--yes"]).args([&file]),
        theirs: testbed.shell(&statement(engine, &whole)),
        times: 1,
        clock: None,
        prepare: &|side| {
            testbed.restore("empty");
            if side == Side::Theirs && engine == Engine::Postgres {
                testbed.query(&format!(
                    "ALTER TABLE invite_spaces ALTER created_at SET DEFAULT now(), \
                     ALTER changed_op SET DEFAULT '{REFERENCE_OPERATION}'"
                ));
            }
        },
        check: &|side| {
            let added = testbed.query("SELECT count(*) FROM invite_spaces WHERE policy = 'space';");
            assert_eq!(added, options.rows.to_string(), "spaces imported by {side:?}");
        },
    };
    report::ratio(testbed, "space import", &comparison.run(options.rounds), TARGET);
    testbed.delete("empty");
}

/// Writes a file for `invite space import`.
pub fn csv_file(testbed: &Testbed, rows: u64) -> PathBuf {
    written(testbed, "id,name,policy", rows, |n| format!("space-{n:08},The space of team {n},space"))
}

/// Writes a file with all columns, which the shell of SQLite requires.
fn whole_csv_file(testbed: &Testbed, rows: u64) -> PathBuf {
    let line = |n| format!("space-{n:08},space,The space of team {n},{ADDED},{REFERENCE_OPERATION}");
    written(testbed, "id,policy,name,created_at,changed_op", rows, line)
}

fn written<T: Display>(testbed: &Testbed, head: &str, rows: u64, line: impl Fn(u64) -> T) -> PathBuf {
    let path = testbed.file("spaces.csv");
    let mut file = BufWriter::new(File::create(&path).expect("the folder takes files"));
    writeln!(file, "{head}").expect("memory holds the file");
    for n in 1..=rows {
        writeln!(file, "{}", line(n)).expect("memory holds the file");
    }
    file.flush().expect("memory holds the file");
    path
}

/// Returns the import statement into the table of `invite`, with its constraints.
fn statement(engine: Engine, file: &Path) -> String {
    let file = file.display();
    match engine {
        Engine::Sqlite => format!(".import --csv --skip 1 {file} invite_spaces"),
        Engine::Postgres => format!("\\copy invite_spaces (id, name, policy) FROM '{file}' WITH (FORMAT csv, HEADER)"),
        Engine::Mariadb => format!(
            "LOAD DATA LOCAL INFILE '{file}' INTO TABLE invite_spaces CHARACTER SET utf8mb4 FIELDS TERMINATED BY ',' \
             OPTIONALLY ENCLOSED BY '\"' IGNORE 1 LINES (id, name, policy) \
             SET created_at = utc_timestamp(6), changed_op = '{REFERENCE_OPERATION}';"
        ),
    }
}
