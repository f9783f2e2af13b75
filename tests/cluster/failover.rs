//! The tool finds a working node, or reports that none works.

use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

use servers::Cluster;
use tokio::time::Instant;

use crate::fixture::{Fixture, exclusive, isolate, wait_without};
use crate::load::make_codes;
use crate::tool;

/// Timeouts of a connection and of the rest of a command.
const SLOW: Duration = Duration::from_secs(20);

/// A closed port.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// A read command and a change.
fn read_and_write(urls: &[String], user: &str) {
    let begin = Instant::now();
    let made = tool::run(urls, &["generate", "--space", "hot", "-o", "code"]);
    assert!(made.status.success(), "{user}: {}", tool::text(&made.stderr));
    let code = tool::text(&made.stdout);
    tool::report(&tool::run(urls, &["validate", code.trim(), "-o", "json"]));
    tool::report(&tool::run(urls, &["use", code.trim(), "--user", user, "-o", "json"]));
    assert!(begin.elapsed() < 3 * SLOW, "{user}: {:?}", begin.elapsed());
}

/// Returns the error output without the URLs of options, which contain the password.
fn without_warning(stderr: &str) -> &str {
    let (warned, stderr) = stderr.split_once('\n').unwrap();
    assert!(warned.starts_with("warning: a password in --database-url "), "{warned}");
    stderr
}

/// Asserts one error line with all hosts and no password, and exit code 10.
fn assert_cluster_down(output: &Output, ports: &[u16]) {
    let stderr = tool::text(&output.stderr);
    assert_eq!(output.status.code(), Some(10), "{stderr}");
    assert!(output.stdout.is_empty());
    let stderr = without_warning(&stderr);
    let first = stderr.lines().next().unwrap();
    assert!(first.starts_with("error: no usable host in mysql://invite@"), "{stderr}");
    for port in ports {
        assert!(first.contains(&format!("127.0.0.1:{port}")), "{stderr}");
    }
    assert!(!stderr.contains("pencil") && !stderr.contains("sharpener"), "{stderr}");
    assert!(stderr.lines().count() <= 3, "{stderr}");
}

/// Isolates node 2, and uses it until it refuses: at first it does not notice the isolation and
/// fails during a command.
fn continue_while_node_is_isolated(cluster: &Cluster, work: impl Fn(u32)) {
    isolate(cluster, 2, true);
    let begin = Instant::now();
    let mut turn = 0;
    while turn == 0 || accepts_queries(cluster, 2) {
        assert!(begin.elapsed() < 3 * SLOW, "node 2 continues alone");
        work(turn);
        turn += 1;
    }
    wait_without(cluster, 2);
}

/// Tests each kind of node failure in turn.
fn test_node_failures(fixture: &Fixture) {
    let cluster = &fixture.cluster;
    let [first, second, third] = Cluster::NODES.map(|node| cluster.port(node));
    let closed = closed_port();

    // Node 1 is killed or paused; node 2 is up but not part of the cluster.
    read_and_write(&[fixture.url_of(&[closed, third])], "closed-port");
    continue_while_node_is_isolated(cluster, |_| {
        let listed = tool::run(&[fixture.url_of(&[second, third])], &["list"]);
        assert!(listed.status.success(), "{}", tool::text(&listed.stderr));
    });
    isolate(cluster, 2, false);
    cluster.wait_size(3);
    continue_while_node_is_isolated(cluster, |turn| {
        read_and_write(&[fixture.url_of(&[second, third])], &format!("cut-off-just-now-{turn}"));
    });
    read_and_write(&[fixture.url_of(&[second, third])], "cut-off");
    read_and_write(&[fixture.url_of(&[closed, second, third])], "closed-cut-off");
    read_and_write(&[fixture.url_of(&[second, closed, third])], "cut-off-closed");
    // With one option per host.
    read_and_write(&[closed, second, third].map(|port| fixture.url_of(&[port])), "options");
    assert_cluster_down(
        &tool::run(&[fixture.url_of(&[closed, second])], &["list", "--timeout", "6s"]),
        &[closed, second],
    );
    let alone = tool::run(&[fixture.url_of(&[second])], &["list", "--timeout", "6s"]);
    let stderr = tool::text(&alone.stderr);
    let stderr = without_warning(&stderr);
    assert_eq!(alone.status.code(), Some(10), "{stderr}");
    assert!(stderr.starts_with("error: ") && stderr.contains("not part of a working cluster"), "{stderr}");
    assert!(stderr.contains(&format!("127.0.0.1:{second}")) && stderr.contains("hint: "), "{stderr}");
    isolate(cluster, 2, false);
    cluster.wait_size(3);

    cluster.pause(1);
    wait_without(cluster, 1);
    // Each command waits for the connection to node 1.
    let made = tool::run(&[fixture.url_of(&[first, second, third])], &["generate", "--space", "hot"]);
    assert!(made.status.success(), "{}", tool::text(&made.stderr));
    cluster.resume(1);
    cluster.wait_ready(1);
    cluster.wait_size(3);

    // After two nodes fail simultaneously, the remaining node cannot know that it is not isolated.
    cluster.kill9(1);
    cluster.kill9(3);
    wait_refuses(cluster, 2);
    assert_cluster_down(
        &tool::run(&[fixture.url_of(&[first, second, third])], &["list", "--timeout", "6s"]),
        &[first, second, third],
    );
    cluster.kill9(2);
    assert_cluster_down(
        &tool::run(&[fixture.url_of(&[first, second, third])], &["list", "--timeout", "6s"]),
        &[first, second, third],
    );
    assert_cluster_down(
        &tool::run(&[first, second].map(|port| fixture.url_of(&[port])), &["list", "--timeout", "6s"]),
        &[first, second],
    );
}

/// True if a node accepts queries.
fn accepts_queries(cluster: &Cluster, node: u16) -> bool {
    cluster.try_admin(node, None, "SELECT count(*) FROM mysql.db").is_ok()
}

/// Waits until a node refuses queries.
fn wait_refuses(cluster: &Cluster, node: u16) {
    let begin = Instant::now();
    while accepts_queries(cluster, node) {
        assert!(begin.elapsed() < SLOW, "node {node} continues alone");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn working_node_is_found_or_all_are_named() {
    let _quiet = exclusive().await;
    let fixture = Fixture::on(&Cluster::start()).await;
    make_codes(&*fixture.service(&fixture.url(1), 1).await, 1, 1).await;
    test_node_failures(&fixture);
}
