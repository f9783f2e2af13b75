//! Connections that are cut in the middle: what was printed is right, and a use
//! took place once.

use std::collections::HashSet;

use crate::proxy::{Cut, Proxy, Way};
use crate::said::Said;
use crate::workshop::{Engine, Workshop, succeeded, text};

every_server! {
    list_with_lost_connection_fails_and_repeats_no_row,
    use_with_lost_connection_counts_once,
}

/// The workshop's URL by way of a proxy, which sees what is in the messages.
pub fn by_way_of(proxy: &Proxy, workshop: &Workshop) -> String {
    let place = format!("127.0.0.1:{}", workshop.engine().server().port());
    workshop.url_in_clear().replace(&place, &proxy.place())
}

fn list_with_lost_connection_fails_and_repeats_no_row(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let made = workshop.succeed(&["generate", "--space", "1", "--count", "2000", "-o", "code", "-q"]);
    let made: HashSet<&str> = made.lines().collect();
    let whole = Proxy::before(engine.server().port(), Cut::Never);
    succeeded(&workshop.run_at(&by_way_of(&whole, &workshop), &["list", "-o", "code"]));
    let bytes = whole.passed(Way::Answered).len();
    for after in [1, bytes / 100, bytes / 10, bytes / 2, bytes * 9 / 10] {
        let proxy = Proxy::before(engine.server().port(), Cut::Each(Way::Answered, after));
        let output = workshop.run_briefly_at(&by_way_of(&proxy, &workshop), &["list", "-o", "code"]);
        Said::beside_data(&output, 10).names("the connection to ", "run the same command again");
        let printed = text(&output.stdout);
        let codes: HashSet<&str> = printed.lines().collect();
        assert!(codes.is_subset(&made) && codes.len() < made.len(), "cut after {after} of {bytes}");
        assert_eq!(codes.len(), printed.lines().count(), "cut after {after} of {bytes}");
    }
}

fn use_with_lost_connection_counts_once(engine: Engine) {
    let workshop = Workshop::with_journal(engine);
    let code = workshop.succeed(&["generate", "--space", "1", "-o", "code"]).trim().to_owned();
    let whole = Proxy::before(engine.server().port(), Cut::Never);
    succeeded(&workshop.run_at(&by_way_of(&whole, &workshop), &["use", &code, "--user", "first"]));
    let mut users = 1;
    for way in [Way::Asked, Way::Answered] {
        let bytes = whole.passed(way).len();
        for part in 0..6 {
            let after = 1 + bytes * part / 6;
            let user = format!("u{users}");
            users += 1;
            let proxy = Proxy::before(engine.server().port(), Cut::First(way, after));
            let output = workshop.run_at(&by_way_of(&proxy, &workshop), &["use", &code, "--user", &user]);
            let joined = workshop.number(&format!("SELECT count(*) FROM invite_members WHERE user_id = '{user}'"));
            // The next connection is not cut.
            assert!(output.status.success(), "{way:?} cut after {after} of {bytes}: {}", text(&output.stderr));
            assert_eq!(joined, 1, "{way:?} cut after {after} of {bytes}");
        }
    }
    for counted in ["SELECT uses FROM invites", "SELECT count(*) FROM invite_uses"] {
        assert_eq!(workshop.number(counted), users, "{counted}");
    }
    let operations = "SELECT count(*) FROM invite_operations WHERE command = 'use' AND changed = 1";
    assert_eq!(workshop.number(operations), users);
}
