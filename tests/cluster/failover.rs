//! The tool finds the node that works, and where none does, says so.

use std::net::TcpListener;
use std::process::Output;
use std::time::Duration;

use servers::Cluster;
use tokio::time::Instant;

use crate::load::make_codes;
use crate::tool;
use crate::world::{World, isolate, quiet, wait_without};

/// How long one host may take to answer a connection, and the tool the rest.
const SLOW: Duration = Duration::from_secs(20);

/// A port where nobody listens.
fn closed_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// What every command does first, and a change.
fn works(urls: &[String], user: &str) {
    let begin = Instant::now();
    let made = tool::run(urls, &["generate", "--space", "hot", "-o", "code"]);
    assert!(made.status.success(), "{user}: {}", tool::text(&made.stderr));
    let code = tool::text(&made.stdout);
    tool::report(&tool::run(urls, &["validate", code.trim(), "-o", "json"]));
    tool::report(&tool::run(urls, &["use", code.trim(), "--user", user, "-o", "json"]));
    assert!(begin.elapsed() < 3 * SLOW, "{user}: {:?}", begin.elapsed());
}

/// What is said, but that the URLs stand in options, with their password.
fn without_warning(said: &str) -> &str {
    let (warned, said) = said.split_once('\n').unwrap();
    assert!(warned.starts_with("warning: a password in --database-url "), "{warned}");
    said
}

/// One clear line, which names all hosts and no password, and exit 10.
fn is_down(output: &Output, ports: &[u16]) {
    let said = tool::text(&output.stderr);
    assert_eq!(output.status.code(), Some(10), "{said}");
    assert!(output.stdout.is_empty());
    let said = without_warning(&said);
    let first = said.lines().next().unwrap();
    assert!(first.starts_with("error: no usable host in mysql://invite@"), "{said}");
    for port in ports {
        assert!(first.contains(&format!("127.0.0.1:{port}")), "{said}");
    }
    assert!(!said.contains("pencil") && !said.contains("sharpener"), "{said}");
    assert!(said.lines().count() <= 3, "{said}");
}

/// Cuts node 2 off, and does the work at it until it takes none any more: it
/// has not noticed yet, and gives up in the middle of something.
fn goes_on_while_a_node_is_cut_off(cluster: &Cluster, work: impl Fn(u32)) {
    isolate(cluster, 2, true);
    let begin = Instant::now();
    let mut turn = 0;
    while turn == 0 || takes_work(cluster, 2) {
        assert!(begin.elapsed() < 3 * SLOW, "node 2 goes on alone");
        work(turn);
        turn += 1;
    }
    wait_without(cluster, 2);
}

/// What the tool does while nodes fall out, one kind after the other.
fn falls_over(world: &World) {
    let cluster = &world.cluster;
    let [first, second, third] = Cluster::NODES.map(|node| cluster.port(node));
    let closed = closed_port();

    // Node 1 is dead, or stands still; node 2 is up and not part of a cluster.
    works(&[world.url_of(&[closed, third])], "dead");
    goes_on_while_a_node_is_cut_off(cluster, |_| {
        let listed = tool::run(&[world.url_of(&[second, third])], &["list"]);
        assert!(listed.status.success(), "{}", tool::text(&listed.stderr));
    });
    isolate(cluster, 2, false);
    cluster.wait_size(3);
    goes_on_while_a_node_is_cut_off(cluster, |turn| {
        works(&[world.url_of(&[second, third])], &format!("cut-off-just-now-{turn}"));
    });
    works(&[world.url_of(&[second, third])], "cut-off");
    works(&[world.url_of(&[closed, second, third])], "dead-cut-off");
    works(&[world.url_of(&[second, closed, third])], "cut-off-dead");
    // The same with an option for each host.
    works(&[closed, second, third].map(|port| world.url_of(&[port])), "options");
    is_down(&tool::run(&[world.url_of(&[closed, second])], &["list", "--timeout", "6s"]), &[closed, second]);
    let alone = tool::run(&[world.url_of(&[second])], &["list", "--timeout", "6s"]);
    let said = tool::text(&alone.stderr);
    let said = without_warning(&said);
    assert_eq!(alone.status.code(), Some(10), "{said}");
    assert!(said.starts_with("error: ") && said.contains("not part of a working cluster"), "{said}");
    assert!(said.contains(&format!("127.0.0.1:{second}")) && said.contains("hint: "), "{said}");
    isolate(cluster, 2, false);
    cluster.wait_size(3);

    cluster.pause(1);
    wait_without(cluster, 1);
    // Each command waits for the connection to node 1.
    let made = tool::run(&[world.url_of(&[first, second, third])], &["generate", "--space", "hot"]);
    assert!(made.status.success(), "{}", tool::text(&made.stderr));
    cluster.resume(1);
    cluster.wait_ready(1);
    cluster.wait_size(3);

    // Two at once: the one that is left cannot know that it is not cut off.
    cluster.kill9(1);
    cluster.kill9(3);
    wait_refuses(cluster, 2);
    is_down(
        &tool::run(&[world.url_of(&[first, second, third])], &["list", "--timeout", "6s"]),
        &[first, second, third],
    );
    cluster.kill9(2);
    is_down(
        &tool::run(&[world.url_of(&[first, second, third])], &["list", "--timeout", "6s"]),
        &[first, second, third],
    );
    is_down(
        &tool::run(&[first, second].map(|port| world.url_of(&[port])), &["list", "--timeout", "6s"]),
        &[first, second],
    );
}

/// Whether a node takes work.
fn takes_work(cluster: &Cluster, node: u16) -> bool {
    cluster.try_admin(node, None, "SELECT count(*) FROM mysql.db").is_ok()
}

/// Waits until a node takes no work.
fn wait_refuses(cluster: &Cluster, node: u16) {
    let begin = Instant::now();
    while takes_work(cluster, node) {
        assert!(begin.elapsed() < SLOW, "node {node} goes on alone");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn working_node_is_found_or_all_are_named() {
    let _quiet = quiet().await;
    let world = World::on(&Cluster::start()).await;
    make_codes(&*world.service(&world.url(1), 1).await, 1, 1).await;
    falls_over(&world);
}
