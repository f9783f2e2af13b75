//! Commands in hints work when they are pasted into a shell.

use crate::machine::Machine;

/// IDs come from the application, and a user may have chosen them: a pasted command must
/// name them and run nothing else.
#[test]
fn hints_quote_unusual_ids() {
    let odd = "a b; $(id)";
    let mut machine = Machine::new();
    let policy = "[policy.club]\ncode = \"random\"\nmax_uses = 1\ncustom_max_uses = false\nroles = [\"guest\"]\n\
                  create_roles = [\"host\"]\nview_roles = [\"host\"]\nlimit_create = 1\n\
                  [policy.space]\nlimit_create = 1\n";
    machine.write("odd.toml", policy);
    let id = format!("'{odd}'");
    for (before, line, expected) in [
        (
            &["space add ID --policy space --name X", "backfill --space ID"][..],
            "generate --space ID",
            "list --space ID --status active; replace it: invite regenerate ID",
        ),
        (&[], "member remove ID ID", "member list ID"),
        (
            &["member add ID ID --role owner", "regenerate ID --as ID --yes"],
            "regenerate ID --as ID --yes",
            "limits --user ID; see the limit: invite policy show space",
        ),
        (
            &["space remove ID --yes"],
            "space add ID --policy club --name X",
            "space restore ID; or choose another identifier",
        ),
        (
            &["cleanup --purge-after 30m --include-used --yes", "space add ID --policy club --name X"],
            "backfill --space ID",
            "generate --space ID",
        ),
        (&[], "regenerate ID", "generate --space ID"),
        (
            &["member add ID ID --role host", "generate --space ID --as ID"],
            "generate --space ID --as ID",
            "limits --user ID; see the limit: invite policy show club",
        ),
    ] {
        for step in before {
            machine.now += chrono::TimeDelta::hours(1);
            let screen = machine.run(&format!("--config ~/odd.toml {}", step.replace("ID", &id)));
            assert_eq!(screen.exit, 0, "{step}: {screen:?}");
        }
        let line = line.replace("ID", &id);
        let screen = machine.run(&format!("--config ~/odd.toml {line} -o json"));
        assert_ne!(screen.exit, 0, "{line}");
        let hint = hint_in(&screen.err);
        assert_eq!(words(&hint), words(&format!(": invite {}", expected.replace("ID", &id))), "{line}: {hint}");
    }
    // Hints about codes are quoted too: here the code is used up, and the policy fixes its
    // limit.
    let made = machine.run(&format!("--config ~/odd.toml generate --space {id} -o code"));
    let code = made.out.trim();
    assert_eq!(machine.run(&format!("--config ~/odd.toml use {code} --user one")).exit, 0);
    let screen = machine.run(&format!("--config ~/odd.toml use {code} --user other -o json"));
    assert_eq!(words(&hint_in(&screen.err)), ["generate", "--space", odd]);
    assert_eq!(
        machine.run(&format!("--config ~/odd.toml generate --space {id}")).exit,
        0,
        "the command of the hint works"
    );
}

/// Returns the shell words of the command in a hint, without `invite`.
fn words(hint: &str) -> Vec<String> {
    let (_, command) = hint.split_once(": invite ").unwrap_or_else(|| panic!("no command: {hint}"));
    shlex::split(command).unwrap_or_else(|| panic!("quotes do not close: {hint}"))
}

#[test]
fn hint_quotes_unusual_file_names() {
    let url = "sqlite:/nowhere/a b; $(id).db";
    let screen = Machine::new().run(&format!("--database-url '{url}' list -o json"));
    assert_eq!(screen.exit, 1, "{screen:?}");
    assert_eq!(words(&hint_in(&screen.err)), ["migrate", "--database-url", url]);
}

fn hint_in(error: &str) -> String {
    let line = error.lines().find(|line| line.contains("\"hint\":")).unwrap_or_else(|| panic!("no hint: {error}"));
    let (_, hint) = line.split_once("\"hint\":").unwrap_or_default();
    let mut values = serde_json::Deserializer::from_str(hint).into_iter::<String>();
    values.next().and_then(Result::ok).unwrap_or_else(|| panic!("not a text: {hint}"))
}
