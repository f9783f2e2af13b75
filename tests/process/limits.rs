//! Rate limits across processes.

use std::process::Output;

use crate::sandbox::{Engine, Sandbox, text};

every_engine! {
    five_of_twelve_concurrent_guesses_are_answered,
}

fn five_of_twelve_concurrent_guesses_are_answered(engine: Engine) {
    let sandbox = Sandbox::on(engine);
    sandbox.succeed(&["space", "add", "john", "--policy", "director", "--name", "John Smith"]);
    // All hits must be in the same window.
    loop {
        let hour = hour_of(&sandbox);
        let guess = |number: usize| format!("Joh-{number:03}");
        let start = |code: &String| sandbox.start(&["validate", code, "--client", "203.0.113.9", "-o", "json"]);
        let children: Vec<_> = (0..12).map(guess).collect::<Vec<_>>().iter().map(start).collect();
        let outputs: Vec<Output> = children.into_iter().map(|child| child.wait_with_output().unwrap()).collect();
        if hour_of(&sandbox) != hour {
            sandbox.succeed(&["limits", "reset", "--all", "--yes"]);
            continue;
        }
        let said: Vec<String> = outputs.iter().map(|output| text(&output.stderr)).collect();
        let with = |exit: i32| outputs.iter().filter(|output| output.status.code() == Some(exit)).count();
        assert_eq!((with(5), with(4)), (5, 7), "{said:?}");
        let limited = said.iter().filter(|said| said.contains("\"reason\":\"rate_limited\",\"status\":429")).count();
        assert_eq!(limited, 7, "{said:?}");
        assert!(said.iter().all(|said| said.contains("\"retry_at\":\"") == said.contains("rate_limited")));
        break;
    }
    let shown = sandbox.succeed(&["limits", "--client", "203.0.113.9", "-o", "csv"]);
    assert!(shown.contains("failed,director,203.0.113.9,5,5,true,"), "{shown}");
    assert!(shown.contains("validate,director,203.0.113.9,5,100,false,"), "{shown}");
}

/// Returns the hour of the database's clock.
fn hour_of(sandbox: &Sandbox) -> String {
    let sql = match sandbox.engine() {
        Engine::Sqlite => "SELECT strftime('%Y-%m-%d %H', 'now')",
        Engine::Postgres => "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24')",
        Engine::Mariadb | Engine::Mysql => "SELECT date_format(utc_timestamp(), '%Y-%m-%d %H')",
    };
    sandbox.texts(sql).remove(0)
}
