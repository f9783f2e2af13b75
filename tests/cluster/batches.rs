//! On a cluster a transaction takes at most 1,000 rows unless it is told
//! otherwise: all nodes wait for the longest.

use std::fmt::Write as _;

use tempfile::TempDir;

use crate::tool;
use crate::world::{World, quiet};

const ROWS: u64 = 2_500;

/// The most rows of one transaction: those of a batch, and the operation.
const MOST: u32 = 1_001;

/// Lets a node refuse greater transactions, until it goes.
struct Bound<'w>(&'w World);

impl<'w> Bound<'w> {
    fn of(world: &'w World, rows: u32) -> Self {
        world.ask(1, &format!("SET GLOBAL wsrep_max_ws_rows = {rows}"));
        Bound(world)
    }
}

impl Drop for Bound<'_> {
    fn drop(&mut self) {
        self.0.ask(1, "SET GLOBAL wsrep_max_ws_rows = 0");
    }
}

/// A world with a folder, where the tool works on node 1 alone.
struct Workshop {
    world: World,
    folder: TempDir,
}

impl Workshop {
    async fn new() -> Self {
        let workshop = Workshop { world: World::shared().await, folder: tempfile::tempdir().unwrap() };
        workshop.run(&["space", "add", "club", "--policy", "container", "--name", "Club"]);
        workshop
    }

    /// A report of the tool, and how many transactions it took.
    fn run(&self, args: &[&str]) -> (serde_json::Value, u64) {
        let before = self.world.counter(1, "wsrep_replicated");
        let args = [args, &["-o", "json", "--yes"]].concat();
        let report = tool::report(&tool::run(&[self.world.url(1)], &args));
        (report, self.world.counter(1, "wsrep_replicated") - before)
    }

    /// A table with a line for each number.
    fn file(&self, header: &str, line: impl Fn(u64) -> String) -> String {
        let mut text = format!("{header}\n");
        for number in 0..ROWS {
            writeln!(text, "{}", line(number)).unwrap();
        }
        let file = self.folder.path().join("rows.csv");
        std::fs::write(&file, text).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Makes every invite expired, or closed long ago, on a node without bounds.
    fn age(&self, column: &str) {
        self.world.ask(2, &format!("UPDATE invites SET {column} = utc_timestamp(6) - INTERVAL 100 DAY"));
    }
}

/// Three batches and the end of the operation.
const IN_THREE: u64 = 4;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn transactions_have_at_most_1000_rows() {
    let _quiet = quiet().await;
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

    // Twice the rows: those of the spaces and those of the club.
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
    let _quiet = quiet().await;
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
    let _bound = Bound::of(&shop.world, MOST);
    let output = tool::run(&[shop.world.url(1)], &["cleanup", "--batch-size", "3000"]);
    // A batch that is too large for the cluster is halved.
    assert_eq!(output.status.code(), Some(0), "{}", tool::text(&output.stderr));
    assert_eq!(shop.world.ask_all("SELECT count(*) FROM invites WHERE closed_at IS NULL"), "0");
}
