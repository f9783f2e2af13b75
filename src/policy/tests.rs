use std::path::Path;

use chrono::TimeDelta;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};

use crate::duration::Lifetime;
use crate::keys::{Rule, Value};
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
    assert!(space.standing && space.expires == Lifetime::Never && space.max_uses.is_none());
    let tree = policies.get("tree").unwrap();
    assert_eq!((tree.storage, tree.max_uses, tree.max_resends), (Storage::Hash, Some(1), 3));
    assert_eq!(tree.expires, Lifetime::For(TimeDelta::days(7).into()));
    assert_eq!(tree.grant(None).unwrap(), "viewer");
    let director = policies.get("director").unwrap();
    assert!(!director.revoke_used);
    assert_eq!(director.expires, Lifetime::For(TimeDelta::hours(24).into()));
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
    assert_eq!(director.expires, Lifetime::For(TimeDelta::hours(48).into()));
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

/// Replaces the lines between two marks; compares them with the file unless
/// `UPDATE_GENERATED=1` writes it.
fn compare_generated(file: &str, begin: &str, end: &str, lines: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(file);
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(begin).unwrap();
    let (_, after) = rest.split_once(end).unwrap();
    let current = format!("{before}{begin}{lines}{end}{after}");
    if std::env::var_os("UPDATE_GENERATED").is_some() {
        return std::fs::write(&path, &current).unwrap();
    }
    assert!(page == current, "{file} is not current: UPDATE_GENERATED=1 cargo test --lib policy::");
}

#[test]
fn documentation_has_table_of_generated_keys() {
    let mut table = "| key | meaning | default |\n|---|---|---|\n".to_owned();
    for key in policy_keys() {
        let default = match (key.rule.default(), &key.rule) {
            (Some(value), _) => format!("`{}`", value.to_toml()),
            (_, Rule::ListAs(other)) => format!("as `{other}`"),
            (_, Rule::MailLimit(limit)) => format!("{limit} with `email = \"required\"`, else `\"none\"`"),
            _ => "required".to_owned(),
        };
        let details = key.paragraphs().split_off(1).concat();
        table.push_str(
            &format!("| `{}` | {}. {details} | {default} |\n", key.name, key.summary()).replace(".  |", " |"),
        );
    }
    compare_generated("docs/policies.md", "<!-- keys: begin -->\n", "<!-- keys: end -->\n", &table);
}

/// Returns the lines of every key in the example configuration.
fn example_lines() -> String {
    let mut lines = String::new();
    for key in policy_keys() {
        let default = key.rule.default();
        let note = if default.is_some() { String::new() } else { key.default_note() };
        let value = default.unwrap_or_else(|| match key.rule {
            Rule::RequiredText(_) => Value::Text("random".into()),
            Rule::RequiredList(_) => Value::List(vec!["guest".to_owned()]),
            Rule::MailLimit(_) => Value::Text("none".into()),
            _ => Value::List(Vec::new()),
        });
        for line in key.lines(&note, 76) {
            lines.push_str(&format!("# {line}\n"));
        }
        lines.push_str(&format!("#{} = {}\n", key.name, value.to_toml()));
    }
    lines
}

#[test]
fn example_configuration_has_generated_keys() {
    let lines = example_lines();
    compare_generated("contrib/config.toml.example", "# keys: begin\n", "# keys: end\n", &lines);
}

#[test]
fn omitted_keys_have_documented_defaults() {
    let lines = example_lines();
    let set = lines.lines().filter_map(|line| line.strip_prefix('#')).filter(|line| !line.starts_with(' '));
    let every = ["[policy.club]"].into_iter().chain(set).collect::<Vec<&str>>().join("\n");
    let few = "[policy.club]\ncode = \"random\"\nroles = [\"guest\"]\n";
    let club = |text: &str| layered(text).unwrap().get("club").unwrap().clone();
    assert_eq!(every.lines().count(), 1 + policy_keys().count());
    assert_eq!(club(&every), club(few));
}

/// Writes the rules of a policy as a table of a configuration file.
fn written(policy: &Policy) -> String {
    let values = policy.rules().values().unwrap();
    let mut text = format!("[policy.{}]\n", policy.name);
    for key in policy_keys() {
        match (values.get(key.name), key.rule.none()) {
            (Some(serde_json::Value::Null), Some(none)) => text.push_str(&format!("{} = {none:?}\n", key.name)),
            (Some(value), _) => text.push_str(&format!("{} = {value}\n", key.name)),
            (None, _) => {}
        }
    }
    text
}

#[test]
fn written_built_in_policies_are_parsed_back() {
    for policy in Policies::built_in().unwrap().iter() {
        let text = written(policy).replacen(&policy.name, "copy", 1);
        let expected = Policy { name: "copy".to_owned(), ..policy.clone() };
        assert_eq!(layered(&text).unwrap().get("copy").unwrap(), &expected, "{text}");
    }
}

#[test]
fn rules_have_every_key_in_order() {
    for policy in Policies::built_in().unwrap().iter() {
        let rules = serde_json::to_value(policy.rules()).unwrap();
        let fields: Vec<&str> = rules.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(fields, PolicyRules::FIELDS);
        let keys: Vec<&str> = policy_keys().map(|key| key.name).collect();
        let computed = ["name", "guess_attempts", "guess_odds", "entropy_bits"];
        let of_file: Vec<&str> = fields.into_iter().filter(|field| !computed.contains(field)).collect();
        assert_eq!(of_file, keys);
    }
}

/// Generates the keys of a code format.
fn formats() -> impl Strategy<Value = String> {
    let storages = prop::sample::select(vec!["", "storage = \"text\"\n"]);
    prop_oneof![
        (6..=64_u8, "[0-9A-Z]{9}", storages).prop_map(|(length, letters, storage)| {
            let mut alphabet: Vec<char> = letters.chars().chain('A'..='Z').collect();
            alphabet.sort_unstable();
            alphabet.dedup();
            let alphabet: String = alphabet.into_iter().collect();
            format!("code = \"random\"\nalphabet = \"{alphabet}\"\nlength = {length}\n{storage}")
        }),
        (16..=64_u8, "([A-Za-z0-9][A-Za-z0-9_]{0,15})?").prop_map(|(bytes, prefix)| {
            format!("code = \"token\"\nbytes = {bytes}\nprefix = \"{prefix}\"\nstorage = \"hash\"\n")
        }),
        (1..=16_u8, 5..=9_u8)
            .prop_map(|(letters, digits)| { format!("code = \"name\"\nletters = {letters}\ndigits = {digits}\n") }),
    ]
}

/// Generates lines of a table, each of which may be missing.
fn rules() -> impl Strategy<Value = String> {
    let roles = || subsequence(vec!["guest", "host", "steward"], 0..=3);
    let lists = (subsequence(vec!["guest", "host"], 1..=2), roles(), roles(), roles()).prop_map(
        |(granted, create, revoke, resend)| {
            format!(
                "roles = {granted:?}\nview_roles = [\"guest\", \"host\", \"steward\"]\ncreate_roles = {create:?}\n\
                 revoke_roles = {revoke:?}\nresend_roles = {resend:?}\n"
            )
        },
    );
    let flags = ["standing", "custom_max_uses", "creator_can_revoke", "revoke_used"];
    let limits = ["max_uses", "limit_create", "limit_validate", "limit_use", "limit_failed", "limit_mails"];
    let others = (any::<Index>(), any::<bool>(), any::<Index>(), 1..=1_000_000_000_i64, 1..=400_u16, 0..=1_000_u16)
        .prop_map(move |(flag, is_set, limit, number, months, resends)| {
            format!(
                "{} = {is_set}\n{} = {number}\nexpires = \"{months}months\"\nmax_resends = {resends}\n\
                 link = \"/{number}/{{code}}\"\n",
                flag.get(&flags),
                limit.get(&limits)
            )
        });
    (lists, others, "[ -~]{0,30}").prop_map(|(lists, others, description)| {
        format!("{lists}{others}description = {}\n", serde_json::Value::from(description))
    })
}

proptest! {
    #[test]
    fn written_policy_is_parsed_back(format in formats(), rules in rules(), sends in any::<bool>()) {
        let email = "email = \"required\"\n";
        let excluded = ["standing", "max_uses"];
        let mut text = format!("[policy.club]\n{format}{rules}");
        if sends {
            text = text.lines().filter(|line| !excluded.iter().any(|key| line.starts_with(key)))
                .map(|line| format!("{line}\n")).chain([email.to_owned(), "max_uses = 1\n".to_owned()]).collect();
        }
        let club = |text: &str| layered(text).unwrap().get("club").unwrap().clone();
        let policy = club(&text);
        prop_assert_eq!(club(&written(&policy)), policy);
    }
}
