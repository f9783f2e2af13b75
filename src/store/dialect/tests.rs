use sqlx::SqlSafeStr as _;

use crate::store::dialect::arg::Arg;
use crate::store::dialect::row_sources::Table;
use crate::store::dialect::*;
use crate::store::explain;

fn text(engine: Engine, statement: Sql, args: Args<'_>) -> (String, usize) {
    let (sql, values) = render(engine, &RowSources::default(), &statement.into(), args).unwrap();
    (sql.into_sql_str().as_str().to_owned(), values.len())
}

fn in_space(email: &&str) -> [Arg; 2] {
    ["s".into(), (*email).into()]
}

#[test]
fn parameters_become_placeholders_of_the_engine() {
    let args: Args<'_> = &[("now", 1.into()), ("id", "x".into())];
    let statement = sql!("SELECT 'a:b' || :id WHERE :now < 2 AND :id <> '' {skip_conflicts}");
    let (sql, values) = text(Engine::Sqlite, statement, args);
    assert_eq!(sql, "SELECT 'a:b' || $1 WHERE $2 < 2 AND $1 <> '' ON CONFLICT DO NOTHING");
    assert_eq!(values, 2);
    let (sql, values) = text(Engine::Mysql, statement, args);
    assert_eq!(sql, "SELECT 'a:b' || ? WHERE ? < 2 AND ? <> '' ");
    assert_eq!(values, 3);
}

#[test]
fn row_set_becomes_arrays_on_postgres() {
    let args: Args<'_> = &[("rows", shapes::ADDRESSES.rows(&["a@b"], in_space))];
    let (sql, values) = text(Engine::Postgres, sql!("SELECT * FROM {rows:addresses} AS r"), args);
    assert_eq!(
        sql,
        "SELECT * FROM (SELECT row_space, row_email FROM unnest($1::text[], $2::text[]) AS u(row_space, row_email)) AS r"
    );
    assert_eq!(values, 2);
}

#[test]
fn update_names_row_set_before_or_after_set() {
    let statement = sql!("UPDATE t{with:addresses} SET a = 1 {from:addresses} WHERE id = row_space");
    let args: Args<'_> = &[("rows", shapes::ADDRESSES.rows(&[], in_space))];
    let sqlite = text(Engine::Sqlite, statement, args).0;
    assert!(sqlite.starts_with("UPDATE t SET a = 1 FROM (SELECT value ->> 0 AS row_space,"), "{sqlite}");
    assert!(sqlite.ends_with(" FROM jsonb_each($1) LIMIT -1) AS r WHERE id = row_space"), "{sqlite}");
    let mysql = text(Engine::Mysql, statement, args).0;
    assert!(mysql.starts_with("UPDATE t, JSON_TABLE(?, "), "{mysql}");
    assert!(mysql.ends_with(" AS r SET a = 1  WHERE id = row_space"), "{mysql}");
}

#[test]
fn list_becomes_array_on_postgres() {
    let args: Args<'_> = &[("list", Arg::texts(&["a"]))];
    let statement = sql!("SELECT 1 WHERE x {in_texts:list} OR y {not_in_texts:list}");
    assert_eq!(
        text(Engine::Postgres, statement, args),
        ("SELECT 1 WHERE x = ANY($1::text[]) OR y <> ALL($1::text[])".to_owned(), 1)
    );
    let texts: Vec<String> = (0..17).map(|number| number.to_string()).collect();
    let (sqlite, values) = text(Engine::Sqlite, statement, &[("list", Arg::texts(&texts))]);
    assert!(sqlite.contains("y NOT IN (SELECT value FROM json_each($1))"), "{sqlite}");
    assert_eq!(values, 1);
}

#[test]
fn short_list_is_written_out_padded_to_power_of_two() {
    let args: Args<'_> = &[("list", Arg::texts(&["a", "b", "c"]))];
    let statement = sql!("SELECT 1 WHERE x {in_texts:list}");
    let (sql, values) = text(Engine::Sqlite, statement, args);
    assert_eq!((sql.as_str(), values), ("SELECT 1 WHERE x IN ($1, $2, $3, $4)", 4));
    let (sql, values) = text(Engine::Mysql, statement, args);
    assert_eq!((sql.as_str(), values), ("SELECT 1 WHERE x IN (?, ?, ?, ?)", 4));
}

#[test]
fn constant_column_of_many_rows_is_bound_once() {
    let addresses: Vec<String> = (0..100).map(|row| format!("{row}@b")).collect();
    let args: Args<'_> = &[("rows", shapes::ADDRESSES.rows(&addresses, |email| ["s".into(), email.as_str().into()]))];
    let statement = sql!("SELECT * FROM {rows:addresses} AS r");
    let (sql, values) = text(Engine::Sqlite, statement, args);
    let wanted = "(SELECT $1 AS row_space, value ->> 0 AS row_email FROM jsonb_each($2))";
    assert_eq!((sql, values), (format!("SELECT * FROM {wanted} AS r"), 2));
    let (sql, values) = text(Engine::Postgres, statement, args);
    let wanted = "(SELECT $1::text AS row_space, row_email FROM unnest($2::text[]) AS u(row_email))";
    assert_eq!((sql, values), (format!("SELECT * FROM {wanted} AS r"), 2));
    let (sql, values) = text(Engine::Mysql, statement, args);
    assert!(sql.starts_with("SELECT * FROM (SELECT ? AS row_space, row_email FROM JSON_TABLE(?, "), "{sql}");
    assert_eq!(values, 2);
}

#[test]
fn source_stands_in_for_table() {
    let sources = RowSources::replacing([(Table::Invites, "(SELECT * FROM \"app\")".to_owned())]);
    let statement: Statement =
        sql!("SELECT 1 FROM {invites:slot} JOIN {invites AS i:slot} JOIN {invite_spaces AS s} JOIN {invite_users}")
            .into();
    let text = |engine, sources| render(engine, sources, &statement, &[]).unwrap().0.as_str().to_owned();
    let tables = RowSources::default();
    assert_eq!(
        text(Engine::Mysql, &tables),
        "SELECT 1 FROM invites FORCE INDEX (slot) JOIN invites AS i FORCE INDEX (slot) JOIN invite_spaces AS s \
         JOIN invite_users"
    );
    let wanted = "SELECT 1 FROM (SELECT * FROM \"app\") AS invites JOIN (SELECT * FROM \"app\") AS i \
                  JOIN invite_spaces AS s JOIN invite_users";
    for engine in [Engine::Sqlite, Engine::Postgres, Engine::Mysql] {
        assert_eq!(text(engine, &sources), wanted);
    }
}

#[test]
fn missing_argument_is_an_error() {
    let refused = |args: Args<'_>| {
        let statement = sql!("SELECT :id WHERE a {in_texts:list}").into();
        render(Engine::Sqlite, &RowSources::default(), &statement, args).err().map(|error| error.to_string())
    };
    assert_eq!(refused(&[("id", 1.into())]).as_deref(), Some("a statement has no value for :list"));
    assert_eq!(refused(&[("id", 1.into()), ("list", Arg::texts(&["a"]))]), None);
}

#[test]
fn missing_and_unused_arguments_are_recorded() {
    explain::begin_step("names");
    let statement: Statement = [sql!("SELECT :id {in_ids:list}"), sql!(" {rows:users} {matches:a b}")].into();
    let all = ["id", "list", "rows", "b"].map(|name| (name, Arg::from(1)));
    explain::check_names(&statement, &all);
    explain::check_names(&statement, &all[1..]);
    explain::check_names(&statement, &[&all[..], &[("now", 1.into())]].concat());
    let (_, complaints) = explain::end();
    let complaints: Vec<&str> = complaints.iter().map(|complaint| complaint.lines().next().unwrap()).collect();
    let wanted = ["a value is given for :now, which is no parameter of", "no value is given for :id of"];
    assert_eq!(complaints, wanted);
}
