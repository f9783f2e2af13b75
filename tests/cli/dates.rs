//! Dates, times and months in the configured time zone.

use crate::machine::Machine;

const CONFIG: &str = "time_zone = \"America/New_York\"\n[policy.container]\nexpires = \"1month\"\n";

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.now = "2027-01-31T15:00:00Z".parse().unwrap();
    machine.write("invite.toml", CONFIG);
    for line in ["migrate", "space add c --policy container --name C"] {
        assert_eq!(machine.run(line).exit, 0, "{line}");
    }
    machine
}

#[test]
fn expiry_follows_calendar_of_time_zone() {
    let mut machine = machine();
    for (options, expires_at) in [
        ("", "2027-02-28T15:00:00Z"),
        ("--expires-in 1y", "2028-01-31T15:00:00Z"),
        ("--expires-in 36h", "2027-02-02T03:00:00Z"),
        ("--expires-at 2027-03-14", "2027-03-15T03:59:59.999999Z"),
        ("--expires-at '2027-03-14 12:00'", "2027-03-14T16:00:00Z"),
        ("--expires-at '2027-03-14 12:00:00+0530'", "2027-03-14T06:30:00Z"),
    ] {
        let screen = machine.run(&format!("generate --space c {options} -o json --config ~/invite.toml"));
        assert_eq!(screen.exit, 0, "{options}: {screen:?}");
        assert_eq!(screen.json()["invites"][0]["expires_at"], expires_at, "{options}");
    }
    let screen = machine.run("generate --space c --starts-at 2027-02-10 -o json --config ~/invite.toml");
    let invite = &screen.json()["invites"][0];
    assert_eq!(
        (&invite["starts_at"], &invite["expires_at"]),
        (&"2027-02-10T05:00:00Z".into(), &"2027-03-10T05:00:00Z".into())
    );
}

#[test]
fn unstorable_times_are_refused_with_hint() {
    let mut machine = machine();
    for (options, why) in [
        ("--expires-at infinity", "never"),
        ("--expires-at 1969-12-31", "1970 to 9999"),
        ("--expires-at 10000-01-01", "1970 to 9999"),
        ("--expires-at 2027-12-31T23:59:60Z", "leap seconds"),
        ("--expires-at 2027-02-30", "the day does not exist"),
        ("--expires-in 2000y", "1000 years"),
    ] {
        let screen = machine.run(&format!("generate --space c {options}"));
        assert!(screen.exit == 2 && screen.err.contains(why), "{options}: {screen:?}");
    }
    machine.write("zone.toml", "time_zone = \"Europe/Berlim\"\n");
    let screen = machine.run("list --config ~/zone.toml");
    assert!(screen.exit == 2 && screen.err.contains("Europe/Berlin") && screen.err.contains("time_zone"), "{screen:?}");
    machine.write("years.toml", "[policy.container]\nexpires = \"9000y\"\n");
    let screen = machine.run("list --config ~/years.toml");
    assert!(screen.exit == 2 && screen.err.contains("1000 years"), "{screen:?}");
}
