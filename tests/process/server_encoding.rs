//! A database with a limited encoding: texts outside it are not found and cannot be stored.

use std::process::Output;

use crate::error_output::ErrorOutput;
use crate::sandbox::{Engine, Sandbox, succeeded, text};

/// Returns a sandbox, and the URLs of two databases with the same data in UTF8 and LATIN1.
fn both() -> (Sandbox, String, String) {
    let sandbox = Sandbox::without_tables(Engine::Postgres);
    let name = sandbox.database().name().to_owned();
    servers::postgres().admin(&format!(
        "CREATE DATABASE {name}_latin1 OWNER invite TEMPLATE template0 ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C'"
    ));
    let utf8 = sandbox.unencrypted_url();
    let latin1 = utf8.replace(&name, &format!("{name}_latin1"));
    for url in [&utf8, &latin1] {
        for line in [
            "migrate",
            "space add 1 --policy container --name Élan",
            "space add t1 --policy tree --name Oak",
            "member add 1 zoé --role admin",
            "generate --space 1 --count 3 -q -o code --note café",
        ] {
            succeeded(&run(&sandbox, url, line));
        }
    }
    (sandbox, utf8, latin1)
}

fn run(sandbox: &Sandbox, url: &str, line: &str) -> Output {
    sandbox.run_at(url, &line.split(' ').collect::<Vec<&str>>())
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn text_outside_database_encoding_is_not_found() {
    let (sandbox, utf8, latin1) = both();
    for line in [
        "validate TEXT",
        "use TEXT --user u1",
        "use TEXT --user TEXT",
        "show TEXT",
        "revoke TEXT --yes",
        "extend TEXT --expires-in 3d",
        "list --space TEXT",
        "list --created-by TEXT",
        "list --email TEXT@example.org",
        "list --search TEXT",
        "list --search k -o code",
        "list --search caf -o code",
        "space show TEXT",
        "space remove TEXT --yes",
        "member list TEXT",
        "member list 1",
        "member remove 1 TEXT",
        "revoke --space TEXT --yes",
        "revoke --created-by TEXT --yes",
        "generate --space TEXT",
        "generate --as TEXT --space 1",
        "backfill --space TEXT",
        "list --as TEXT",
        "list --as zoé -o code",
        "operations --limit 1 -o csv --fields command",
        "limits",
    ] {
        for word in ["日本", "😀é", "zoé€"] {
            let line = line.replace("TEXT", word);
            let (in_utf8, in_latin1) = (run(&sandbox, &utf8, &line), run(&sandbox, &latin1, &line));
            let said = format!("{line}: {}\n{}", text(&in_utf8.stderr), text(&in_latin1.stderr));
            assert_eq!(in_latin1.status.code(), in_utf8.status.code(), "{said}");
            assert_eq!(text(&in_latin1.stdout).lines().count(), text(&in_utf8.stdout).lines().count(), "{said}");
            assert!(!text(&in_latin1.stderr).contains("encoding"), "{said}");
        }
    }
    // A stored text is found next to one that cannot be stored.
    let codes = text(&run(&sandbox, &latin1, "list -o code").stdout);
    let code = codes.lines().next().unwrap();
    let output = run(&sandbox, &latin1, &format!("revoke 日本 {code} --yes"));
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    assert_eq!(run(&sandbox, &latin1, &format!("validate {code}")).status.code(), Some(4));
    drop_latin1(&sandbox);
}

#[test]
#[ignore = "needs PostgreSQL: sh tests/run.sh"]
fn text_outside_database_encoding_is_not_stored() {
    let (sandbox, _, latin1) = both();
    let codes = text(&run(&sandbox, &latin1, "list -o code").stdout);
    let used = format!("use {} --user 日", codes.lines().next().unwrap());
    for line in [
        "space add 2 --policy container --name 日本",
        "generate --space 1 --note 日本",
        "generate --space t1 --email kim@example.org --role viewer --no-send --note 日",
        used.as_str(),
    ] {
        let output = run(&sandbox, &latin1, line);
        ErrorOutput::parse(&output, 2).names("does not support the character '日' (U+65E5)", "encoding UTF8");
    }
    let spaces = sandbox.path("spaces.csv");
    std::fs::write(&spaces, "id,policy,name\na,space,Alpha\nb,space,日本\nc,space,Café\n").unwrap();
    let output = run(&sandbox, &latin1, &format!("space import {}", spaces.display()));
    assert_eq!(output.status.code(), Some(3), "{}", text(&output.stderr));
    let listed = succeeded(&run(&sandbox, &latin1, "space list -o csv"));
    assert!(listed.contains("Alpha") && listed.contains("Café") && !listed.contains("\nb,"), "{listed}");
    assert_eq!(succeeded(&run(&sandbox, &latin1, "list --status active -o code")).lines().count(), 3);
    drop_latin1(&sandbox);
}

fn drop_latin1(sandbox: &Sandbox) {
    servers::postgres().admin(&format!("DROP DATABASE {}_latin1 WITH (FORCE)", sandbox.database().name()));
}
