use sqlx::SqlSafeStr as _;

use super::*;

fn text(engine: Engine, statement: &'static str, args: Args<'_>) -> (String, usize) {
    let (sql, values) = render(engine, &Statement::from(statement), args);
    (sql.into_sql_str().as_str().to_owned(), values.len())
}

#[test]
fn names_become_numbers_and_repeat() {
    let args: Args<'_> = &[("now", 1.into()), ("id", "x".into())];
    let statement = "SELECT 'a:b' || :id WHERE :now < 2 AND :id <> '' {skip_conflicts}";
    let (sql, values) = text(Engine::Sqlite, statement, args);
    assert_eq!(sql, "SELECT 'a:b' || $1 WHERE $2 < 2 AND $1 <> '' ON CONFLICT DO NOTHING");
    assert_eq!(values, 2);
    let (sql, values) = text(Engine::Mysql, statement, args);
    assert_eq!(sql, "SELECT 'a:b' || ? WHERE ? < 2 AND ? <> '' ");
    assert_eq!(values, 3);
}

#[test]
fn rows_are_columns_of_arrays_where_the_engine_has_arrays() {
    let args: Args<'_> = &[("rows", shape::ADDRESSES.rows(vec![vec!["s".into(), "a@b".into()]]))];
    let (sql, values) = text(Engine::Postgres, "SELECT * FROM {rows:addresses} AS r", args);
    assert_eq!(sql, "SELECT * FROM (SELECT * FROM unnest($1::text[], $2::text[]) AS u(row_space, row_email)) AS r");
    assert_eq!(values, 2);
}

#[test]
fn an_update_names_its_rows_where_the_engine_wants_them() {
    let statement = "UPDATE t{with:addresses} SET a = 1 {from:addresses} WHERE id = row_space";
    let args: Args<'_> = &[("rows", shape::ADDRESSES.rows(Vec::new()))];
    let sqlite = text(Engine::Sqlite, statement, args).0;
    assert!(sqlite.starts_with("UPDATE t SET a = 1 FROM (SELECT value ->> 0 AS row_space,"), "{sqlite}");
    assert!(sqlite.ends_with(" FROM json_each($1)) AS r WHERE id = row_space"), "{sqlite}");
    let mysql = text(Engine::Mysql, statement, args).0;
    assert!(mysql.starts_with("UPDATE t, JSON_TABLE(?, "), "{mysql}");
    assert!(mysql.ends_with(" AS r SET a = 1  WHERE id = row_space"), "{mysql}");
}

#[test]
fn a_list_is_an_array_where_the_engine_has_arrays() {
    let args: Args<'_> = &[("list", Arg::texts(&["a"]))];
    let statement = "SELECT 1 WHERE x {in_texts:list} OR y {not_in_texts:list}";
    assert_eq!(
        text(Engine::Postgres, statement, args),
        ("SELECT 1 WHERE x = ANY($1::text[]) OR y <> ALL($1::text[])".to_owned(), 1)
    );
    let (sqlite, values) = text(Engine::Sqlite, statement, args);
    assert!(sqlite.contains("y NOT IN (SELECT value FROM json_each($1))"), "{sqlite}");
    assert_eq!(values, 1);
}
