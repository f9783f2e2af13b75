//! What `-v` tells: what is done, on standard error, and no secret.

use crate::workshop::{Engine, Workshop, text};

every_engine! {
    logs_name_actions_but_no_code,
}

fn logs_name_actions_but_no_code(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let made = workshop.run(&["generate", "--space", "1", "-o", "code", "-vv"]);
    let code = text(&made.stdout).trim().to_owned();
    assert!(code.len() == 8 && !code.contains(' '), "data stays what it is: {code}");
    let told = text(&made.stderr);
    assert!(told.contains(" INFO connected database=") && told.contains("DEBUG transaction "), "{told}");
    let used = text(&workshop.run(&["use", &code, "--user", "u1", "-v", "--log-format", "json"]).stderr);
    let looked = text(&workshop.run(&["validate", &code, "-vv", "-o", "json"]).stderr);
    let events: Vec<&str> = used.lines().chain(looked.lines()).filter(|line| line.contains("timestamp")).collect();
    assert!(events.len() >= 6, "each begins, connects and ends: {events:?}");
    for event in events {
        let event: serde_json::Value = serde_json::from_str(event).unwrap();
        assert!(event["message"].is_string() && event["level"].is_string(), "{event}");
    }
    for told in [&told, &used, &looked] {
        assert!(told.contains("finished") && !told.contains(&code), "{told}");
        let password = workshop
            .url()
            .split_once(':')
            .and_then(|(_, rest)| Some(rest.split_once(':')?.1.split('@').next()?.to_owned()));
        assert!(password.is_none_or(|password| password.is_empty() || !told.contains(&password)), "{told}");
    }
    assert!(text(&workshop.run(&["list"]).stderr).is_empty());
}
