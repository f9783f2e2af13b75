//! `PgBouncer` in transaction mode between the binary and `PostgreSQL`.

use std::process::{Child, Output};
use std::sync::LazyLock;

use servers::{Kind, Pooler, Server};

use crate::error_output::ErrorOutput;
use crate::proxy::{Cut, Proxy, Way};
use crate::sandbox::{Engine, Sandbox, succeeded};

/// The shared pooler: two server sessions for all processes.
static POOLER: LazyLock<Pooler> = LazyLock::new(|| Pooler::before(servers::postgres(), 2));

/// Settings for which the tool needs other values than the defaults.
const SETTINGS: &str = "SELECT string_agg(name || '=' || current_setting(name), ' ' ORDER BY name) FROM unnest(ARRAY[\
     'lock_timeout', 'statement_timeout', 'idle_in_transaction_session_timeout', 'default_transaction_isolation', \
     'synchronous_commit', 'work_mem', 'search_path', 'row_security']) AS name";

/// A sandbox whose database is reached only through the pooler.
struct Pooled {
    sandbox: Sandbox,
    url: String,
}

impl Pooled {
    fn new() -> Self {
        let sandbox = Sandbox::without_tables(Engine::Postgres);
        let url = POOLER.url(sandbox.database().name()) + "?sslmode=disable";
        Pooled { sandbox, url }
    }

    fn with_container() -> Self {
        let pooled = Pooled::new();
        pooled.succeed("migrate");
        pooled.succeed("space add 1 --policy container --name Journal");
        pooled
    }

    fn run(&self, line: &str) -> Output {
        self.start(line).wait_with_output().unwrap()
    }

    fn start(&self, line: &str) -> Child {
        let words: Vec<&str> = line.split(' ').collect();
        self.sandbox.command_without_database(&words).env("INVITE_DATABASE_URL", &self.url).spawn().unwrap()
    }

    fn succeed(&self, line: &str) -> String {
        succeeded(&self.run(line))
    }

    /// Runs commands concurrently.
    fn all(&self, lines: impl Iterator<Item = String>) -> Vec<Output> {
        let children: Vec<Child> = lines.map(|line| self.start(&line)).collect();
        children.into_iter().map(|child| child.wait_with_output().unwrap()).collect()
    }

    /// Returns the settings of each server session; two open transactions hold both sessions.
    fn asked_of_each_session(&self, sql: &str) -> Vec<String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            use sqlx::Connection as _;
            let options: sqlx::postgres::PgConnectOptions = self.url.parse().unwrap();
            let options = options.extra_float_digits(None);
            let mut answers = Vec::new();
            let mut connections = Vec::new();
            for _ in 0..2 {
                let mut connection = sqlx::PgConnection::connect_with(&options).await.unwrap();
                sqlx::raw_sql("BEGIN").execute(&mut connection).await.unwrap();
                let query = sqlx::query_scalar::<_, String>(sqlx::AssertSqlSafe(sql.to_owned())).persistent(false);
                answers.push(query.fetch_one(&mut connection).await.unwrap());
                connections.push(connection);
            }
            for mut connection in connections {
                sqlx::raw_sql("ROLLBACK").execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
            answers
        })
    }
}

/// One command of each kind, with its expected output.
const LIFE: &[(&str, &str)] = &[
    ("migrate", " migrations applied"),
    ("migrate --status", ""),
    ("space add s1 --policy space --name Quilts", ""),
    ("space add t1 --policy tree --name Oak", ""),
    ("space add 1 --policy container --name Journal", ""),
    ("member add s1 anna --role owner", ""),
    ("backfill -o json", "\"added\":1"),
    ("generate --space 1 --count 700 -q -o code", ""),
    ("generate --space t1 --email kim@example.org --role viewer --no-send", ""),
    ("space list -o csv", "Quilts"),
    ("list --all -o csv", "Journal"),
    ("list --space t1 -o json", "kim@example.org"),
    ("member list s1", "anna"),
    ("regenerate s1 --yes", ""),
    ("stats", ""),
    ("operations", "generate"),
    ("cleanup", ""),
    ("revoke --space 1 --yes -q", ""),
    ("cleanup --purge-after 1ms --yes --include-used", ""),
    ("limits", ""),
];

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn every_command_works_through_transaction_pooler() {
    let pooled = Pooled::new();
    for (line, printed) in LIFE {
        let said = pooled.succeed(line);
        assert!(said.contains(printed), "{line}: {said}");
    }
    let code = pooled.succeed("generate --space 1 --max-uses 2 -o code").trim().to_owned();
    for line in ["validate CODE", "show CODE", "use CODE --user u1", "use CODE --user u1", "use CODE --user u2"] {
        pooled.succeed(&line.replace("CODE", &code));
    }
    assert_eq!(pooled.run(&format!("use {code} --user u3")).status.code(), Some(4));
    assert_eq!(pooled.run("validate ZZZZZZZZ").status.code(), Some(5));
    assert_eq!(pooled.sandbox.number("SELECT count(*) FROM invite_uses"), 2);
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn commands_leave_no_state_in_pooled_sessions() {
    let pooled = Pooled::with_container();
    let before = pooled.asked_of_each_session(SETTINGS);
    pooled.sandbox.import_spaces(300);
    for line in ["backfill -q", "list --all -o csv", "generate --space 1 --count 300 -q -o code", "stats", "cleanup"] {
        pooled.succeed(line);
    }
    assert_eq!(pooled.asked_of_each_session(SETTINGS), before);
    assert_eq!(before[0], before[1]);
    let left = "SELECT concat((SELECT count(*) FROM pg_prepared_statements WHERE name <> ''), ' ', \
                (SELECT count(*) FROM pg_cursors WHERE name <> ''), ' ', \
                (SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()), ' ', \
                (SELECT count(*) FROM pg_class WHERE relpersistence = 't'), ' ', \
                (SELECT count(*) FROM pg_listening_channels()))";
    assert_eq!(pooled.asked_of_each_session(left), ["0 0 0 0 0"; 2]);
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn session_settings_of_other_clients_change_nothing() {
    let pooled = Pooled::with_container();
    // In both sessions of the account, with a statement name of the driver.
    let leaks = "DO $$ BEGIN PERFORM set_config('search_path', 'nowhere', false); \
                 PERFORM set_config('lock_timeout', '1', false); \
                 PERFORM set_config('synchronous_commit', 'off', false); \
                 PERFORM set_config('default_transaction_isolation', 'serializable', false); END $$";
    pooled.leave_in_each_session(leaks);
    pooled.leave_in_each_session("PREPARE sqlx_s_1 AS SELECT 'of another client'; PREPARE sqlx_s_2 AS SELECT 7");
    for line in ["list", "generate --space 1 --count 300 -q -o code", "space list", "cleanup", "stats"] {
        pooled.succeed(line);
    }
    assert_eq!(pooled.sandbox.number("SELECT count(*) FROM invites"), 300);
}

/// A pooler that first looks like a direct connection: the role sets the application name, and the
/// sessions are new.
#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn unrecognized_pooler_is_detected_by_errors() {
    let pooler = Pooler::before(servers::postgres(), 1);
    let sandbox = Sandbox::on(Engine::Postgres);
    let database = sandbox.database().name();
    sandbox.set(&format!("ALTER ROLE invite IN DATABASE {database} SET application_name = 'invite'"));
    let url = pooler.url(database) + "?sslmode=disable";
    let run = |line: &str| succeeded(&sandbox.run_at(&url, &line.split(' ').collect::<Vec<&str>>()));
    run("space add 1 --policy container --name Journal");
    run("space list");
    let code = run("generate --space 1 -o code");
    run(&format!("use {} --user u1", code.trim()));
    run("list");
    assert_eq!(sandbox.number("SELECT uses FROM invites"), 1);
    // The operator can also configure the pooler in the URL.
    let url = url + "&statement-cache-capacity=0";
    succeeded(&sandbox.run_at(&url, &["use", code.trim(), "--user", "u2"]));
}

impl Pooled {
    /// Runs statements in each server session whose effect outlives the transaction.
    fn leave_in_each_session(&self, sql: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            use sqlx::Connection as _;
            let options: sqlx::postgres::PgConnectOptions = self.url.parse().unwrap();
            let options = options.extra_float_digits(None);
            let mut connections = Vec::new();
            for _ in 0..2 {
                let mut connection = sqlx::PgConnection::connect_with(&options).await.unwrap();
                let sql = sqlx::AssertSqlSafe(format!("BEGIN; {sql}"));
                sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
                connections.push(connection);
            }
            for mut connection in connections {
                sqlx::raw_sql("COMMIT").execute(&mut connection).await.unwrap();
                connection.close().await.unwrap();
            }
        });
    }
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn concurrent_uses_through_pooler_keep_limits() {
    let pooled = Pooled::with_container();
    let code = pooled.succeed("generate --space 1 --max-uses 10 -o code").trim().to_owned();
    let outputs = pooled.all((0..24).map(|user| format!("use {code} --user u{user}")));
    let codes: Vec<i32> = outputs.iter().filter_map(|output| output.status.code()).collect();
    assert_eq!(codes.iter().filter(|code| **code == 0).count(), 10, "{codes:?}");
    assert_eq!(codes.iter().filter(|code| **code == 4).count(), 14, "{codes:?}");
    assert_eq!(pooled.sandbox.number("SELECT count(*) FROM invite_uses"), 10);
    assert_eq!(pooled.sandbox.number("SELECT count(*) FROM invite_members"), 10);

    pooled.sandbox.import_spaces(1_200);
    let backfills = pooled.all((0..4).map(|_| "backfill --batch-size 100 -o json".to_owned()));
    let added = |output: &Output| {
        let report: serde_json::Value = serde_json::from_str(&succeeded(output)).unwrap();
        report["added"].as_i64().unwrap()
    };
    assert_eq!(backfills.iter().map(added).sum::<i64>(), 1_200);
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn concurrent_migrations_through_pooler_apply_once() {
    let pooled = Pooled::new();
    let outputs = pooled.all((0..8).map(|_| "migrate -o json".to_owned()));
    let applied = |output: &Output| {
        serde_json::from_str::<serde_json::Value>(&succeeded(output)).unwrap()["applied"].as_i64().unwrap()
    };
    let applied: i64 = outputs.iter().map(applied).sum();
    assert_eq!(applied, pooled.sandbox.number("SELECT count(*) FROM invite_migrations"));
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn rows_stream_through_pooler_during_writes() {
    let pooled = Pooled::with_container();
    pooled.succeed("generate --space 1 --count 20000 -q -o code");
    // The output of the list is not read yet, so the list holds one of the two sessions.
    let list = pooled.start("list --all -o jsonl");
    pooled.succeed("generate --space 1 --count 50 -q -o code");
    let lines = succeeded(&list.wait_with_output().unwrap()).lines().count();
    assert!((20_000..=20_050).contains(&lines), "{lines}");
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn session_dropped_by_pooler_loses_nothing_acknowledged() {
    let pooled = Pooled::with_container();
    let code = pooled.succeed("generate --space 1 -o code").trim().to_owned();
    let place = format!("127.0.0.1:{}", POOLER.port());
    let used = |user: &str, cut: Cut| {
        let proxy = Proxy::before(POOLER.port(), cut);
        let url = pooled.url.replace(&place, &proxy.place());
        succeeded(&pooled.sandbox.run_at(&url, &["use", &code, "--user", user]));
        proxy.passed(Way::Answered)
    };
    let whole = used("whole", Cut::Never);
    let greeted = whole.windows(9).position(|window| window == b"is_pooled").unwrap() + 400;
    // Between statements and within responses.
    let cuts: Vec<usize> = (greeted..whole.len()).step_by((whole.len() - greeted) / 16).collect();
    for cut in &cuts {
        used(&format!("cut{cut}"), Cut::First(Way::Answered, *cut));
    }
    let count = i64::try_from(cuts.len()).unwrap() + 1;
    assert_eq!(pooled.sandbox.number("SELECT uses FROM invites"), count);
    assert_eq!(pooled.sandbox.number("SELECT count(DISTINCT user_id) FROM invite_uses"), count);
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn ended_server_sessions_of_pooler_are_retried() {
    let pooled = Pooled::with_container();
    pooled.sandbox.import_spaces(2_000);
    let codes = pooled.sandbox.path("codes.csv");
    let mut backfill = pooled.start(&format!("backfill --batch-size 20 -q --out-file {}", codes.display()));
    let ends = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
                WHERE datname = current_database() AND usename = 'invite' AND pid <> pg_backend_pid()";
    let mut ended = 0;
    while backfill.try_wait().unwrap().is_none() {
        if ended < 5 && pooled.sandbox.number("SELECT count(*) FROM invites") > 0 {
            ended += pooled.sandbox.number(ends);
        }
    }
    succeeded(&backfill.wait_with_output().unwrap());
    pooled.sandbox.assert_one_active_code_each(2_000);
}

/// PgBouncer has one SQLSTATE for every refusal, so the message decides.
#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn wrong_account_or_database_at_pooler_fails_immediately() {
    let sandbox = Sandbox::on(Engine::Postgres);
    let name = sandbox.database().name();
    let pooler = Pooler::of_database(servers::postgres(), name, 2);
    let url = pooler.url(name) + "?sslmode=disable";
    succeeded(&sandbox.run_at(&url, &["list"]));
    let user = "denied for the user";
    for (from, to, wrong, helps) in [
        ("pencil", "wrong", user, "its own accounts"),
        ("invite:", "nobody:", user, "its own accounts"),
        (name, "nowhere", "database \"nowhere\"", "[databases]"),
        ("sslmode=disable", "sslmode=disable&options=-csearch_path%3Dx", "does not support a parameter", "--schema"),
    ] {
        let output = sandbox.run_at(&url.replacen(from, to, 1), &["list", "--timeout", "60s"]);
        ErrorOutput::parse(&output, 1).names(wrong, helps);
    }
}

/// A pooler that accepts any database name passes on the error of the server.
#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn database_missing_on_server_of_pooler_is_named() {
    let pooled = Pooled::new();
    let url = pooled.url.replace(pooled.sandbox.database().name(), "nowhere");
    let output = pooled.sandbox.run_at(&url, &["list", "--timeout", "60s"]);
    ErrorOutput::parse(&output, 1).names("database \"nowhere\"", "check the name");
}

#[test]
#[ignore = "needs PgBouncer: sh tests/run.sh"]
fn stopped_server_of_pooler_is_waited_for() {
    let server = Server::with_options(Kind::Postgres, &[]);
    let sandbox = Sandbox::migrated(server.create_database(), Engine::Postgres);
    let pooler = Pooler::before(&server, 2);
    let url = pooler.url(sandbox.database().name()) + "?sslmode=disable";
    succeeded(&sandbox.run_at(&url, &["list"]));
    server.stop();
    // The pooler notices with the first client, and refuses the next one.
    assert_eq!(sandbox.run_at(&url, &["list", "--timeout", "2s"]).status.code(), Some(10));
    let output = sandbox.run_at(&url, &["list", "--timeout", "2s"]);
    ErrorOutput::parse(&output, 10).names("cannot connect to its server", "the log of the pooler");
    server.start();
    succeeded(&sandbox.run_at(&url, &["list", "--timeout", "60s"]));
}
