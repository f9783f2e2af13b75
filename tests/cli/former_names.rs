//! Keys and fields that were renamed before the first release: the error names the new key
//! or field.

use crate::machine::Machine;

#[test]
fn former_policy_key_is_refused_with_its_new_name() {
    let mut machine = Machine::new();
    for (line, new) in [
        ("kept_as = \"hash\"", "storage"),
        ("may_create = [\"owner\"]", "create_roles"),
        ("may_see = [\"owner\"]", "view_roles"),
        ("may_revoke = [\"owner\"]", "revoke_roles"),
        ("may_resend = [\"owner\"]", "resend_roles"),
        ("creator_may_revoke = true", "creator_can_revoke"),
        ("digits_max = 4", "max_digits"),
        ("resends = 1", "max_resends"),
    ] {
        machine.write("former.toml", format!("[policy.space]\nlength = 9\n{line}\n"));
        let screen = machine.run("policy list --config ~/former.toml");
        let former = line.split(' ').next().unwrap();
        assert_eq!((screen.exit, screen.out.as_str()), (2, ""), "{line}");
        let said = format!("former.toml, line 3: policy.space: the key {former} is now called {new}\n");
        assert!(screen.err.contains(&said), "{screen:?}");
        assert!(screen.err.contains(&format!("hint: write {new} in place of {former}\n")), "{screen:?}");
    }
}

#[test]
fn former_field_of_a_list_is_refused_with_its_new_name() {
    let mut machine = Machine::new();
    assert_eq!(machine.run("space add 1 --policy container --name Journal").exit, 0);
    for (command, former, new) in [
        ("list", "dies_at", "effective_expiry"),
        ("operations", "acting_as", "actor"),
        ("limits", "what", "counter"),
        ("limits", "who", "subject"),
        ("limits", "hits", "count"),
        ("limits", "full", "exhausted"),
        ("limits", "until", "resets_at"),
    ] {
        let screen = machine.run(&format!("{command} --fields {former} -o csv"));
        assert_eq!((screen.exit, screen.out.as_str()), (2, ""), "{screen:?}");
        assert!(screen.err.contains(&format!("the field {former} is now called {new}")), "{screen:?}");
        let renamed = machine.run(&format!("{command} --fields {new} -o csv"));
        assert_eq!((renamed.exit, renamed.out.lines().next()), (0, Some(new)), "{renamed:?}");
    }
}

#[test]
fn former_field_of_another_list_is_unknown() {
    let mut machine = Machine::new();
    assert_eq!(machine.run("space add 1 --policy container --name Journal").exit, 0);
    let screen = machine.run("list --fields hits -o csv");
    assert!(screen.err.contains("unknown field \"hits\""), "{screen:?}");
}
