//! Tables, keys, checks and the view are equal on every engine.

use invite::invites::generate::{Expiry, Terms};
use invite::spaces::Space;

use crate::cells::Cell;
use crate::databases::Database;
use crate::fixture::{Engine, Fixture, days, fixtures, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::maintenance::*;
use crate::helpers::raw::Raw;
use crate::helpers::validation::*;
use crate::migrations::TABLES;
use crate::shape::{Table, tables};
use crate::status::matrix;

every_engine! {
    database_has_no_unknown_tables,
    check_constraints_refuse_invalid_invites,
    empty_and_65_character_ids_are_refused,
    code_key_is_unique_by_bytes,
}

/// Returns the tables of a newly migrated database.
async fn of(engine: Engine) -> std::collections::BTreeMap<String, Table> {
    let database = Database::migrated(engine).await;
    tables(&mut database.raw().await, &TABLES).await
}

#[tokio::test]
#[ignore = "needs PostgreSQL, MariaDB and MySQL: sh tests/run.sh"]
async fn tables_columns_and_keys_are_equal_on_every_engine() {
    let (file, postgres) = (of(Engine::Sqlite).await, of(Engine::Postgres).await);
    for engine in Engine::all().iter().filter(|engine| engine.is_mysql_family()) {
        let tables = of(*engine).await;
        for name in TABLES {
            assert_eq!(tables[name], postgres[name], "{name} on {engine:?}");
        }
    }
    for name in TABLES {
        let mut in_file = postgres[name].clone();
        in_file.columns.iter_mut().for_each(|column| column.1 = column.1.in_file());
        assert_eq!(in_file, file[name], "{name}");
        assert!(!file[name].primary_key.is_empty(), "{name} has no primary key");
    }
    let columns: usize = file.values().map(|table| table.columns.len()).sum();
    assert!(columns > 50, "only {columns} columns were found");
}

async fn database_has_no_unknown_tables(engine: Engine) {
    let database = Database::migrated(engine).await;
    let mut raw = database.raw().await;
    let mut names = raw
        .texts(match engine {
            Engine::Sqlite => "SELECT name FROM sqlite_master WHERE type IN ('table', 'view')",
            Engine::Postgres => "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'",
            Engine::Mariadb | Engine::Mysql => {
                "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database()"
            }
        })
        .await;
    names.sort();
    let mut expected = [&TABLES[..], &["invite_migrations", "invite_overview"]].concat();
    expected.sort_unstable();
    assert_eq!(names, expected, "{engine:?}");
}

/// Inserts a valid invite with some columns changed; returns whether it was accepted.
async fn takes(raw: &mut Raw, changes: &[(&str, &str)]) -> bool {
    let mut row = vec![
        ("id", "'00000000-0000-0000-0000-000000000001'".to_owned()),
        ("space_id", "'s'".to_owned()),
        ("role", "'member'".to_owned()),
        ("code_key", "'KEY'".to_owned()),
        ("created_at", raw.at(crate::fixture::noon())),
        ("created_op", "'00000000-0000-0000-0000-000000000002'".to_owned()),
    ];
    for (column, value) in changes {
        let value = if *value == "AT" { raw.at(crate::fixture::noon()) } else { (*value).to_owned() };
        row.retain(|(name, _)| name != column);
        row.push((column, value));
    }
    let (names, values): (Vec<&str>, Vec<String>) = row.into_iter().unzip();
    let sql = format!("INSERT INTO invites ({}) VALUES ({})", names.join(", "), values.join(", "));
    let taken = raw.try_run(sql).await.is_ok();
    raw.run("DELETE FROM invites").await;
    taken
}

async fn check_constraints_refuse_invalid_invites(fixture: Fixture) {
    let closed = [("closed_at", "AT"), ("closed_reason", "'revoked'")];
    let cases: [(&[(&str, &str)], bool); 19] = [
        (&[], true),
        (&closed, true),
        (&[("max_uses", "1"), ("uses", "1")], true),
        (&[("uses", "1000000")], true),
        (&[("slot", "'standing:s'")], true),
        (&[("uses", "-1")], false),
        (&[("max_uses", "0")], false),
        (&[("max_uses", "-1")], false),
        (&[("max_uses", "1"), ("uses", "2")], false),
        (&[("closed_at", "AT")], false),
        (&[("closed_reason", "'revoked'")], false),
        (&[("closed_at", "AT"), ("closed_reason", "'lost'")], false),
        (&[("closed_at", "AT"), ("closed_reason", "'REVOKED'")], false),
        (&[closed[0], closed[1], ("slot", "'standing:s'")], false),
        (&[("space_id", "NULL")], false),
        (&[("code_key", "NULL")], false),
        (&[("created_op", "NULL")], false),
        (&[("uses", "NULL")], false),
        (&[("created_at", "NULL")], false),
    ];
    space(&fixture.service, "container", "s").await;
    let mut raw = fixture.raw().await;
    for (changes, expected) in cases {
        assert_eq!(takes(&mut raw, changes).await, expected, "{changes:?}");
    }
}

async fn empty_and_65_character_ids_are_refused(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let at = raw.at(fixture.now);
    for (id, expected) in
        [("x".to_owned(), true), ("\u{1F600}".repeat(64), true), (String::new(), false), ("y".repeat(65), false)]
    {
        let space = format!(
            "INSERT INTO invite_spaces (id, policy, name, created_at, changed_op) \
             VALUES ('{id}', 'space', 'A', {at}, '00000000-0000-0000-0000-000000000001')"
        );
        assert_eq!(raw.try_run(space).await.is_ok(), expected, "a space {id:?}");
        let user = format!("INSERT INTO invite_users (id, created_at) VALUES ('{id}', {at})");
        assert_eq!(raw.try_run(user).await.is_ok(), expected, "a user {id:?}");
    }
}

async fn code_key_is_unique_by_bytes(fixture: Fixture) {
    space(&fixture.service, "container", "c").await;
    let mut raw = fixture.raw().await;
    // Keys that only a linguistic collation considers equal.
    let keys = ["KEY", "key", "K\u{c9}Y", "KE\u{301}Y", "KEY ", "K\u{df}", "Kss", "KEY\u{200d}"];
    for (number, key) in (1_u128..).zip(keys) {
        insert_raw(&mut raw, &[RawInvite::new(number, "c", key)]).await;
    }
    let stored = raw.texts("SELECT code_key FROM invites ORDER BY code_key").await;
    let mut expected = keys.map(str::to_owned);
    expected.sort();
    assert_eq!(stored, expected, "ordered by bytes");
    let again = "INSERT INTO invites (id, space_id, role, code_key, created_at, created_op) \
         SELECT '00000000-0000-0000-0000-00000000ffff', space_id, role, 'key', created_at, created_op \
         FROM invites WHERE code_key = 'KEY'";
    assert!(raw.try_run(again).await.is_err(), "a key was taken twice");
}

/// Returns the rows of the view.
async fn overview(raw: &mut Raw) -> Vec<Vec<Cell>> {
    raw.cells("SELECT * FROM invite_overview ORDER BY id").await
}

/// Creates invites with all values that the view shows.
async fn make_some(fixture: &Fixture) {
    let service = &fixture.service;
    let add = |id: &str, name: &str| Space::new(id, "space", name);
    for named in [add("s1", "Caf\u{e9} \u{1F600}"), add("s2", "O'Hara \\ \"x\" %")] {
        service.add_space(&operator(), &named).await.unwrap();
    }
    space(service, "tree", "t").await;
    let noted = terms_to("ann@example.org").note("for \u{1F468}\u{200d}\u{1F469}, it's \\ 100 %");
    create_as(service, "eve", "t", 1, noted).await;
    create_one(service, "t", terms_to("bob@example.org").expiry(Expiry::After(hours(3)))).await;
    let used = create_one(service, "s1", terms_with_limit(2)).await;
    join(service, &code_of(&used), "ann").await;
    create_one(service, "s2", Terms::new()).await;
    regenerate_code(&fixture.later(days(1)), "s2", None).await.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL, MariaDB and MySQL: sh tests/run.sh"]
async fn overview_has_equal_rows_on_every_engine() {
    let mut seen: Vec<(Engine, Vec<Vec<Cell>>)> = Vec::new();
    let mut now = None;
    for fixture in fixtures().await {
        let mut raw = fixture.raw().await;
        make_some(&fixture).await;
        space(&fixture.service, "container", "c1").await;
        // Around one time with fractional seconds, from one clock.
        let now = match now {
            Some(now) => now,
            None => *now.insert(raw.now().await),
        };
        insert_raw(&mut raw, &matrix(now, "c1", 1)).await;
        seen.push((fixture.engine(), overview(&mut raw).await));
    }
    let (_, first) = &seen[0];
    assert_eq!(first.len(), 9 * 6 * 9 + 5);
    for (engine, rows) in &seen[1..] {
        assert_eq!(rows.len(), first.len());
        for (row, expected) in rows.iter().zip(first) {
            assert_eq!(row, expected, "{engine:?}");
        }
    }
}
