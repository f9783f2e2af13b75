use std::path::Path;

use chrono::TimeDelta;

use crate::duration::Lifetime;
use crate::model::code::{CodeFormat, Storage};
use crate::policy::*;

fn layered(text: &str) -> Result<Policies> {
    PolicyTables::read(Path::new("config.toml"), text).and_then(|tables| Policies::layered(&[tables]))
}

#[test]
fn four_policies_are_built_in() {
    let policies = Policies::built_in().unwrap();
    let names: Vec<&str> = policies.iter().map(|policy| policy.name.as_str()).collect();
    assert_eq!(names, ["container", "director", "space", "tree"]);

    let space = policies.get("space").unwrap();
    assert!(space.standing && space.lifetime == Lifetime::Never && space.max_uses.is_none());
    let tree = policies.get("tree").unwrap();
    assert_eq!((tree.storage, tree.max_uses, tree.max_resends), (Storage::Hash, Some(1), 3));
    assert_eq!(tree.lifetime, Lifetime::For(TimeDelta::days(7).into()));
    assert_eq!(tree.grant(None).unwrap(), "viewer");
    let director = policies.get("director").unwrap();
    assert!(!director.revoke_used);
    assert_eq!(director.lifetime, Lifetime::For(TimeDelta::hours(24).into()));
    assert_eq!((director.limit_create, director.limit_validate, director.limit_use), (Some(10), Some(100), Some(5)));
    assert_eq!(director.limit_failed, Some(5));
    let odds = director.odds().unwrap();
    assert_eq!((odds.attempts, odds.text().as_str()), (50, "1 in 20"));
    let container = policies.get("container").unwrap();
    let CodeFormat::Random { alphabet, length } = &container.code else { panic!("not random") };
    assert_eq!((alphabet.len(), *length), (32, 8));
    assert!("0OI1".chars().all(|letter| !alphabet.contains(&letter)));
}

#[test]
fn file_changes_one_key_and_keeps_the_rest() {
    let policies = layered("[policy.director]\nexpires = \"48h\"\n").unwrap();
    let director = policies.get("director").unwrap();
    assert_eq!(director.lifetime, Lifetime::For(TimeDelta::hours(48).into()));
    assert_eq!(director.max_uses, Some(1));
}

#[test]
fn file_adds_a_policy() {
    let policies = layered("[policy.club]\ncode = \"random\"\nlength = 12\nroles = [\"guest\"]\n").unwrap();
    let club = policies.get("club").unwrap();
    assert_eq!(club.grant(None).unwrap(), "guest");
    assert!(matches!(club.code, CodeFormat::Random { length: 12, .. }));
}

#[test]
fn invalid_policy_is_refused_with_place_key_and_reason() {
    for (text, expected) in [
        ("[policy.space]\nlenght = 9\n", "config.toml, line 2: policy.space: unknown key \"lenght\""),
        ("[policy.space]\nlength = 2\n", "config.toml, line 2: policy.space: length: 2 is outside 6 to 64"),
        ("[policy.space]\nlength = 5\n", "config.toml, line 2: policy.space: length: 5 is outside 6 to 64"),
        (
            "[policy.director]\nletters = 2\n",
            "policy.director: digits: letters = 2 and digits = 3 give a code of 5 characters (minimum 6)",
        ),
        (
            "[policy.director]\ndigits = 1\n",
            "line 2: policy.director: digits: letters = 3 and digits = 1 give a code of 4 characters",
        ),
        ("[policy.director]\nmax_digits = 2\n", "line 2: policy.director: max_digits: 2 is less than digits, 3"),
        ("[policy.director]\nlimit_failed_all = 40\n", "unknown key \"limit_failed_all\""),
        ("[policy.tree]\nprefix = \"_t\"\n", "line 2: policy.tree: prefix: write up to 16 of A-Z"),
        ("[policy.tree]\nprefix = \"t-\"\n", "line 2: policy.tree: prefix: write up to 16 of A-Z"),
        (
            "[policy.space]\nstorage = \"hash\"\n",
            "line 2: policy.space: storage: a code of 8 characters can be recovered from its hash",
        ),
        (
            "[policy.container]\nstorage = \"hash\"\nlength = 22\n",
            "policy.container: storage: a code of 22 characters can be recovered from its hash by brute force: write \
             \"text\", a length of 23",
        ),
        ("[policy.space]\n\nlength = \"9\"\n", "config.toml, line 3: policy.space: length: write a whole number"),
        ("[policy.space]\nalphabet = \"AABCDEFGHIJK\"\n", "line 2: policy.space: alphabet: 'A' is a duplicate"),
        ("[policy.space]\nalphabet = \"abcdefghijkl\"\n", "line 2: policy.space: alphabet: 'a' is not one of A-Z"),
        ("[policy.space]\nexpires = \"7\"\n", "line 2: policy.space: expires: invalid duration \"7\""),
        ("[policy.space]\nmax_uses = 0\n", "line 2: policy.space: max_uses: 0 is outside 1"),
        ("[policy.space]\nroles = []\n", "line 2: policy.space: roles: an invite must grant a role"),
        ("[policy.space]\nlink = \"/join\"\n", "line 2: policy.space: link: write a path"),
        ("[policy.space]\nlink = \"//evil.example/{code}\"\n", "link: write a path on the base URL"),
        ("[policy.space]\nlink = \"/\\\\evil.example/{code}\"\n", "link: write a path on the base URL"),
        ("[policy.space]\nlink = \"/join//{code}\"\n", "link: write a path on the base URL"),
        ("[policy.space]\nlink = \"/@evil.example/{code}\"\n", "link: write a path on the base URL"),
        ("[policy.tree]\nstorage = \"text\"\n", "line 2: policy.tree: storage: a token can only be stored as a hash"),
        ("[policy.tree]\nstanding = true\n", "line 2: policy.tree: standing: a standing code cannot be bound"),
        ("[policy.club]\nroles = [\"a\"]\n", "line 1: policy.club: code: it is missing"),
        ("[policy.\"A B\"]\ncode = \"random\"\n", "line 1: a policy's name has 1 to 32 of a-z"),
        (
            "[policy.space]\nview_roles = [\"owner\"]\n",
            "config.toml, line 2: policy.space: view_roles: \"admin\" is in create_roles, which requires view_roles: \
             add it here, or remove it from create_roles",
        ),
        (
            "[policy.space]\ncreate_roles = [\"owner\", \"boss\"]\n",
            "config.toml, line 2: policy.space: create_roles: \"boss\" must also be in view_roles",
        ),
        ("[policy.space]\nlength = 1.5\n", "line 2: policy.space: length: a float is not allowed"),
        ("[policy.space\n", "config.toml, line 1: "),
        ("policy = 3\n", "line 1: policy must be a table of tables"),
    ] {
        let error = layered(text).unwrap_err();
        assert!(error.to_string().contains(expected), "{text:?} gave {error}");
    }
}

#[test]
fn mail_limits_have_defaults_unless_set_to_none() {
    let club = "[policy.club]\ncode = \"token\"\nstorage = \"hash\"\nmax_uses = 1\nroles = [\"guest\"]\n";
    let limits = |text: &str, name| {
        let policies = layered(&format!("{club}{text}")).unwrap();
        let policy = policies.get(name).unwrap();
        [policy.limit_mails, policy.limit_mails_space, policy.limit_mails_address]
    };
    let defaults = [Some(50), Some(500), Some(4)];
    assert_eq!(limits("", "tree"), defaults);
    assert_eq!(limits("email = \"required\"\n", "club"), defaults);
    assert_eq!(limits("", "club"), [None; 3]);
    for name in ["space", "director", "container"] {
        assert_eq!(limits("", name), [None; 3], "{name}");
    }
    let own = "email = \"required\"\nlimit_mails = \"none\"\nlimit_mails_space = 7\nlimit_mails_address = \"none\"\n";
    assert_eq!(limits(own, "club"), [None, Some(7), None]);
    for (value, why) in
        [("0", "0 is outside 1 to 1000000000"), ("\"some\"", "\"some\" is neither a number nor \"none\"")]
    {
        let error = layered(&format!("[policy.tree]\nlimit_mails_address = {value}\n")).unwrap_err().to_string();
        assert_eq!(error, format!("config.toml, line 2: policy.tree: limit_mails_address: {why}"));
    }
}

#[test]
fn long_random_codes_can_be_stored_as_hashes() {
    let long = layered("[policy.container]\nstorage = \"hash\"\nlength = 23\n").unwrap();
    assert!(long.get("container").unwrap().entropy_bits() >= 112.0);
}

#[test]
fn misspelt_role_of_a_permission_is_refused() {
    let club = "[policy.club]\ncode = \"random\"\nroles = [\"guest\"]\n";
    for (text, key, wrong, right) in [
        ("[policy.space]\ncreate_roles = [\"admni\"]\n".to_owned(), "create_roles", "admni", "admin"),
        (
            "[policy.tree]\nview_roles = [\"custodian\", \"custodians\"]\n".to_owned(),
            "view_roles",
            "custodians",
            "custodian",
        ),
        (format!("{club}view_roles = [\"Owner\"]\n"), "view_roles", "Owner", "owner"),
        (format!("{club}view_roles = [\"guests\"]\n"), "view_roles", "guests", "guest"),
        (
            format!("{club}view_roles = [\"steward\"]\nrevoke_roles = [\"stewart\"]\n"),
            "view_roles",
            "steward",
            "stewart",
        ),
    ] {
        let error = layered(&text).unwrap_err();
        let expected = format!("{key}: {wrong:?} is one letter away from the role {right:?}");
        assert!(error.to_string().contains(&expected), "{text:?} gave {error}");
        assert!(error.hint().unwrap().starts_with(&format!("did you mean {right:?}?")), "{:?}", error.hint());
    }
}

#[test]
fn similar_role_names_are_accepted() {
    for (granted, able) in [
        ("guest", vec!["steward", "editor"]),
        ("level1", vec!["level2", "level10"]),
        ("user", vec!["mod", "mom", "god"]),
        ("actors", vec!["actors", "actor"]),
    ] {
        let able = able.iter().map(|role| format!("{role:?}")).collect::<Vec<String>>().join(", ");
        let text = format!("[policy.club]\ncode = \"random\"\nroles = [{granted:?}]\nview_roles = [{able}]\n");
        layered(&text).unwrap();
    }
    // A role that is named twice is not a typing error.
    for (granted, able) in [("trainee", "trainer"), ("reader", "leader"), ("Member", "Owner"), ("user", "admins")] {
        let club = format!("[policy.club]\ncode = \"random\"\nroles = [{granted:?}]\n");
        layered(&format!("{club}create_roles = [{able:?}]\nview_roles = [{able:?}]\n")).unwrap();
    }
}

#[test]
fn unknown_policy_suggests_the_nearest() {
    let policies = Policies::built_in().unwrap();
    let error = policies.get("sapce").unwrap_err();
    assert!(error.hint().unwrap().contains("did you mean \"space\""));
}
