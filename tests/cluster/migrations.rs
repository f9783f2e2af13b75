//! Several processes migrate one new database concurrently on different nodes, which share no lock.

use std::process::Child;

use invite::Db;
use servers::Cluster;

use crate::fixture::{empty_database, exclusive};
use crate::{soak, tool};

const PROCESSES: u16 = 4;

fn migrate_concurrently(cluster: &Cluster, round: u64) {
    let database = empty_database(cluster);
    let url = |node: u16| cluster.url(node, database.name());
    let first = u16::try_from(round % 3).unwrap();
    let running: Vec<Child> = (0..PROCESSES)
        .map(|number| (first + number) % 3 + 1)
        .map(|node| tool::command(&[url(node)], &["migrate", "-o", "json"]).spawn().unwrap())
        .collect();
    let mut applied = 0;
    for process in running {
        let report = tool::report(&process.wait_with_output().unwrap());
        applied += report["applied"].as_i64().unwrap();
    }
    assert_eq!(applied, Db::newest_schema(), "each migration is applied by one of them");
    for node in Cluster::NODES {
        let output = tool::run(&[url(node)], &["migrate", "--status"]);
        assert!(output.status.success(), "node {node}: {}", tool::text(&output.stdout));
    }
}

#[tokio::test]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn four_processes_on_three_nodes_migrate_one_database() {
    let _quiet = exclusive().await;
    let rounds = soak::rounds(5);
    for round in 0..rounds {
        migrate_concurrently(servers::cluster(), round);
    }
    soak::report(&format!("Galera: {PROCESSES} concurrent migrations on 3 nodes x {rounds} rounds: all exit 0"));
}
