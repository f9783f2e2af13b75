//! On a cluster a transaction has at most 1,000 rows by default, because all nodes wait for the
//! longest transaction.

use std::fmt::Write as _;

use tempfile::TempDir;

use crate::fixture::{Fixture, exclusive};
use crate::tool;

const ROWS: u64 = 2_500;

/// Maximum number of rows of a transaction: a batch and the operation.
const MOST: u32 = 1_001;

/// Makes a node refuse larger transactions until dropped.
struct Bound<'w>(&'w Fixture);

impl<'w> Bound<'w> {
    fn of(fixture: &'w Fixture, rows: u32) -> Self {
        fixture.ask(1, &format!("SET GLOBAL wsrep_max_ws_rows = {rows}"));
        Bound(fixture)
    }
}

impl Drop for Bound<'_> {
    fn drop(&mut self) {
        self.0.ask(1, "SET GLOBAL wsrep_max_ws_rows = 0");
    }
}

/// A fixture with a home folder, in which the tool uses only node 1.
struct Workshop {
    fixture: Fixture,
    folder: TempDir,
}

impl Workshop {
    async fn new() -> Self {
        let workshop = Workshop { fixture: Fixture::shared().await, folder: tempfile::tempdir().unwrap() };
        workshop.run(&["space", "add", "club", "--policy", "container", "--name", "Club"]);
        workshop
    }

    /// Returns a report of the tool and the number of its transactions.
    fn run(&self, args: &[&str]) -> (serde_json::Value, u64) {
        let before = self.fixture.counter(1, "wsrep_replicated");
        let args = [args, &["-o", "json", "--yes"]].concat();
        let report = tool::report(&tool::run(&[self.fixture.url(1)], &args));
        (report, self.fixture.counter(1, "wsrep_replicated") - before)
    }

    /// Returns a CSV file with one row per number.
    fn file(&self, header: &str, line: impl Fn(u64) -> String) -> String {
        let mut text = format!("{header}\n");
        for number in 0..ROWS {
            writeln!(text, "{}", line(number)).unwrap();
        }
        let file = self.folder.path().join("rows.csv");
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Makes every invite expired or closed long ago, on a node without the row limit.
    fn age(&self, column: &str) {
        self.fixture.ask(2, &format!("UPDATE invites SET {column} = utc_timestamp(6) - INTERVAL 100 DAY"));
    }
}

/// Three batches and the end of the operation.
const IN_THREE: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn transactions_have_at_most_1000_rows() {
    let _quiet = exclusive().await;
    let shop = Workshop::new().await;
    let spaces = shop.file("id,name", |number| format!("s{number:05},Space {number}"));
    let (report, transactions) = shop.run(&["space", "import", &spaces, "--policy", "space"]);
    assert_eq!((report["added"].as_u64(), transactions), (Some(ROWS), IN_THREE), "{report}");
    let (report, transactions) = shop.run(&["backfill"]);
    assert_eq!((report["added"].as_u64(), transactions), (Some(ROWS), IN_THREE));
    let (_, transactions) = shop.run(&["generate", "--space", "club", "--count", "2500"]);
    assert_eq!(transactions, IN_THREE);
    let people = shop.file("space_id,user_id,role", |number| format!("club,u{number:05},member"));
    let (report, transactions) = shop.run(&["member", "import", &people]);
    assert_eq!((report["added"].as_u64(), transactions), (Some(ROWS), IN_THREE), "{report}");

    // Twice the rows: those of the spaces and of the club.
    shop.age("expires_at");
    let (report, transactions) = shop.run(&["cleanup"]);
    assert_eq!((report["expired"].as_u64(), transactions), (Some(2 * ROWS), 5 + 1), "{report}");
    shop.age("closed_at");
    let (report, transactions) = shop.run(&["cleanup", "--purge-after", "30d"]);
    assert_eq!((report["purged"].as_u64(), transactions), (Some(2 * ROWS), 5 + 1), "{report}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn given_batch_size_is_kept() {
    let _quiet = exclusive().await;
    let shop = Workshop::new().await;
    let spaces = shop.file("id,name", |number| format!("s{number:05},Space {number}"));
    shop.run(&["space", "import", &spaces, "--policy", "space"]);
    let (_, transactions) = shop.run(&["backfill", "--batch-size", "100"]);
    assert_eq!(transactions, ROWS / 100 + 1);
    shop.age("expires_at");
    let (report, transactions) = shop.run(&["cleanup", "--batch-size", "5000"]);
    assert_eq!((report["expired"].as_u64(), transactions), (Some(ROWS), 2));
    shop.age("closed_at");
    let (report, transactions) = shop.run(&["cleanup", "--purge-after", "30d", "--batch-size", "500"]);
    assert_eq!((report["purged"].as_u64(), transactions), (Some(ROWS), ROWS / 500 + 1));

    shop.run(&["backfill"]);
    shop.age("expires_at");
    let _bound = Bound::of(&shop.fixture, MOST);
    let output = tool::run(&[shop.fixture.url(1)], &["cleanup", "--batch-size", "3000"]);
    // A batch that is too large for the cluster is split.
    assert_eq!(output.status.code(), Some(0), "{}", tool::text(&output.stderr));
    assert_eq!(shop.fixture.ask_all("SELECT count(*) FROM invites WHERE closed_at IS NULL"), "0");
}
