use std::path::Path;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::limits::client_limits::*;
use crate::model::code::{Code, CodeFormat, NamePrefix, generate};
use crate::policy::PolicyTables;

/// Returns the built-in policies and two others like them, some of them limited.
fn policies(limited: [bool; 6]) -> Policies {
    let mut text = String::new();
    for (name, is_limited) in ["space", "tree", "director", "container", "stage", "board"].into_iter().zip(limited) {
        let rules = match name {
            "stage" => "code = \"name\"\nletters = 3\ndigits = 3\nroles = [\"member\"]\n",
            "board" => "code = \"random\"\nlength = 8\nstanding = true\nroles = [\"member\"]\n",
            _ => "",
        };
        let most = if is_limited { "3" } else { "\"none\"" };
        text.push_str(&format!("[policy.{name}]\n{rules}"));
        for key in ["limit_validate", "limit_use", "limit_failed"] {
            text.push_str(&format!("{key} = {most}\n"));
        }
    }
    Policies::layered(&[PolicyTables::read(Path::new("test.toml"), &text).unwrap()]).unwrap()
}

fn reference(text: &str) -> Reference {
    Reference::Code(Code::new(text))
}

fn buckets(policies: &Policies, reference: &Reference, found: Option<&str>) -> Vec<String> {
    let client = Client::parse("203.0.113.9").unwrap();
    let limits = limits_of(policies, &client, LimitKind::Use, reference, found);
    limits.into_iter().map(|limit| limit.bucket).collect()
}

/// Returns a code of a policy as a user may type it.
fn written(policy: &Policy, name: &str, seed: u64, in_lower_case: bool) -> String {
    let prefix = match &policy.code {
        CodeFormat::Name { letters, .. } => Some(NamePrefix::of(name, *letters)),
        _ => None,
    };
    let code = generate(&policy.code, prefix.as_ref(), &mut StdRng::seed_from_u64(seed));
    // Tokens are case-sensitive.
    let is_folded = in_lower_case && policy.storage == Storage::Text;
    if is_folded { format!(" {} ", code.reveal().to_lowercase()) } else { code.reveal().to_owned() }
}

/// Counts the policies that have limits.
fn limited_policies(limited: [bool; 6]) -> usize {
    limited.iter().filter(|is_limited| **is_limited).count()
}

proptest! {
    #[test]
    fn counters_do_not_depend_on_existence_of_code(
        limited in any::<[bool; 6]>(),
        name in any::<String>(),
        seed in any::<u64>(),
        in_lower_case in any::<bool>(),
        other in any::<String>(),
    ) {
        let policies = policies(limited);
        for policy in policies.iter() {
            let own = reference(&written(policy, &name, seed, in_lower_case));
            let is_touched = buckets(&policies, &own, None).iter().any(|bucket| bucket.starts_with(&format!("use:{}:", policy.name)));
            prop_assert_eq!(is_touched, policy.limit_use.is_some());
            // Imported codes and codes of an earlier format differ from the current one.
            for text in [&own, &reference(&other)] {
                prop_assert_eq!(buckets(&policies, text, None), buckets(&policies, text, Some(&policy.name)));
            }
        }
    }

    #[test]
    fn text_of_unknown_format_counts_for_every_policy(limited in any::<[bool; 6]>(), text in any::<String>()) {
        let policies = policies(limited);
        let text = reference(&text);
        prop_assume!(has_unknown_format(&policies, &text));
        let buckets = buckets(&policies, &text, None);
        prop_assert_eq!(buckets.iter().filter(|bucket| bucket.starts_with("failed:")).count(), limited_policies(limited));
    }
}

#[test]
fn text_counts_for_policies_whose_format_it_matches() {
    let all = policies([true; 6]);
    let policies_of = |reference: &Reference, found: Option<&str>, kind: &str| -> Vec<String> {
        let buckets = buckets(&all, reference, found);
        let parts = buckets.iter().map(|bucket| bucket.split(':').collect::<Vec<_>>());
        parts.filter(|parts| parts[0] == kind).map(|parts| parts[1].to_owned()).collect()
    };
    let everybody = ["board", "container", "director", "space", "stage", "tree"];
    for (text, meant, guessed) in [
        ("joh 111", &["board", "director", "space", "stage"][..], None),
        ("ABCD2345", &["board", "container", "space"], None),
        ("ABCD0000", &["board", "space"], None),
        ("joh 1111", &["board", "director", "space", "stage"], None),
        ("joh 11", &["board", "space"], Some(everybody)),
        ("tree_A", &["board", "space"], Some(everybody)),
        ("friday", &["board", "space"], Some(everybody)),
    ] {
        assert_eq!(policies_of(&reference(text), None, "use"), meant, "{text}");
        let guessed = guessed.as_ref().map_or(meant, |all| &all[..]);
        assert_eq!(policies_of(&reference(text), None, "failed"), guessed, "{text}");
    }
    let id = Reference::Id(uuid::Uuid::from_u128(7));
    assert_eq!(policies_of(&id, None, "use"), [""; 0]);
    assert_eq!(policies_of(&id, Some("tree"), "use"), ["tree"]);
    assert_eq!(policies_of(&Reference::Fingerprint("3fa29c81".into()), None, "use"), ["tree"]);
}

#[test]
fn text_of_unknown_format_counts_as_use_without_failed_limit() {
    let text = "[policy.tree]\nlimit_validate = 3\nlimit_use = 3\n";
    let policies = Policies::layered(&[PolicyTables::read(Path::new("test.toml"), text).unwrap()]).unwrap();
    let counted = buckets(&policies, &reference("joh 11"), None);
    assert_eq!(counted, ["failed:director:203.0.113.9", "use:tree:203.0.113.9"]);
}
