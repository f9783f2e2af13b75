//! Logs of `-v`: actions on standard error, without secrets.

use crate::sandbox::{Engine, Sandbox, text};

every_engine! {
    logs_name_actions_but_no_code,
}

fn logs_name_actions_but_no_code(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let made = sandbox.run(&["generate", "--space", "1", "-o", "code", "-vv"]);
    let code = text(&made.stdout).trim().to_owned();
    assert!(code.len() == 8 && !code.contains(' '), "logging changed the data: {code}");
    let log = text(&made.stderr);
    assert!(log.contains(" INFO connected database=") && log.contains("DEBUG transaction "), "{log}");
    let used = text(&sandbox.run(&["use", &code, "--user", "u1", "-v", "--log-format", "json"]).stderr);
    let validate_log = text(&sandbox.run(&["validate", &code, "-vv", "-o", "json"]).stderr);
    let events: Vec<&str> =
        used.lines().chain(validate_log.lines()).filter(|line| line.contains("timestamp")).collect();
    assert!(events.len() >= 6, "each command logs its start, connection and end: {events:?}");
    for event in events {
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        assert!(event["message"].is_string() && event["level"].is_string(), "{event}");
    }
    for log in [&log, &used, &validate_log] {
        assert!(log.contains("finished") && !log.contains(&code), "{log}");
        let password = sandbox
            .url()
            .split_once(':')
            .and_then(|(_, rest)| Some(rest.split_once(':')?.1.split('@').next()?.to_owned()));
        assert!(password.is_none_or(|password| password.is_empty() || !log.contains(&password)), "{log}");
    }
    assert!(text(&sandbox.run(&["list"]).stderr).is_empty());
}
