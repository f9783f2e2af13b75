//! Lost connections: the printed part is correct, and a use counts once.

use std::collections::HashSet;

use crate::error_output::ErrorOutput;
use crate::proxy::{Cut, Proxy, Way};
use crate::sandbox::{Engine, Sandbox, succeeded, text};

every_server! {
    list_with_lost_connection_fails_and_repeats_no_row,
    use_with_lost_connection_counts_once,
}

/// Returns the unencrypted URL of the sandbox through a proxy, which can read the messages.
pub fn by_way_of(proxy: &Proxy, sandbox: &Sandbox) -> String {
    let place = format!("127.0.0.1:{}", sandbox.engine().server().port());
    sandbox.unencrypted_url().replace(&place, &proxy.place())
}

fn list_with_lost_connection_fails_and_repeats_no_row(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let made = sandbox.succeed(&["generate", "--space", "1", "--count", "2000", "-o", "code", "-q"]);
    let made: HashSet<&str> = made.lines().collect();
    let whole = Proxy::before(engine.server().port(), Cut::Never);
    succeeded(&sandbox.run_at(&by_way_of(&whole, &sandbox), &["list", "-o", "code"]));
    let bytes = whole.passed(Way::Answered).len();
    for after in [1, bytes / 100, bytes / 10, bytes / 2, bytes * 9 / 10] {
        let proxy = Proxy::before(engine.server().port(), Cut::Each(Way::Answered, after));
        let output = sandbox.run_at_with_short_timeout(&by_way_of(&proxy, &sandbox), &["list", "-o", "code"]);
        ErrorOutput::parse_after_data(&output, 10).names("the connection to ", "run the same command again");
        let printed = text(&output.stdout);
        let codes: HashSet<&str> = printed.lines().collect();
        assert!(codes.is_subset(&made) && codes.len() < made.len(), "cut after {after} of {bytes}");
        assert_eq!(codes.len(), printed.lines().count(), "cut after {after} of {bytes}");
    }
}

fn use_with_lost_connection_counts_once(engine: Engine) {
    let sandbox = Sandbox::with_container(engine);
    let code = sandbox.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let whole = Proxy::before(engine.server().port(), Cut::Never);
    succeeded(&sandbox.run_at(&by_way_of(&whole, &sandbox), &["use", &code, "--user", "first"]));
    let mut users = 1;
    for way in [Way::Asked, Way::Answered] {
        let bytes = whole.passed(way).len();
        for part in 0..6 {
            let after = 1 + bytes * part / 6;
            let user = format!("u{users}");
            users += 1;
            let proxy = Proxy::before(engine.server().port(), Cut::First(way, after));
            let output = sandbox.run_at(&by_way_of(&proxy, &sandbox), &["use", &code, "--user", &user]);
            let joined = sandbox.number(&format!("SELECT count(*) FROM invite_members WHERE user_id = '{user}'"));
            // The next connection is not interrupted.
            assert!(output.status.success(), "{way:?} cut after {after} of {bytes}: {}", text(&output.stderr));
            assert_eq!(joined, 1, "{way:?} cut after {after} of {bytes}");
        }
    }
    for counted in ["SELECT uses FROM invites", "SELECT count(*) FROM invite_uses"] {
        assert_eq!(sandbox.number(counted), users, "{counted}");
    }
    let operations = "SELECT count(*) FROM invite_operations WHERE command = 'use' AND changed = 1";
    assert_eq!(sandbox.number(operations), users);
}
