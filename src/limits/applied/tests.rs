use std::path::Path;

use proptest::prelude::*;
use rand::SeedableRng;
use rand::rngs::StdRng;

use crate::limits::applied::*;
use crate::model::code::{Code, CodeFormat, NamePrefix, generate};
use crate::policy::PolicyTables;

/// The built-in policies and two more of the same shapes, some of them limited.
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
    let limits = limits_of(policies, &client, Limited::Use, reference, found);
    limits.into_iter().map(|limit| limit.bucket).collect()
}

/// A text as people hand it in: a code of the policy, in some way of writing it.
fn written(policy: &Policy, name: &str, seed: u64, in_lower_case: bool) -> String {
    let prefix = match &policy.code {
        CodeFormat::Name { letters, .. } => Some(NamePrefix::of(name, *letters)),
        _ => None,
    };
    let code = generate(&policy.code, prefix.as_ref(), &mut StdRng::seed_from_u64(seed));
    // A token is another token in another case.
    let is_folded = in_lower_case && policy.storage == KeptAs::Text;
    if is_folded { format!(" {} ", code.reveal().to_lowercase()) } else { code.reveal().to_owned() }
}

/// How many policies have limits.
fn most(limited: [bool; 6]) -> usize {
    limited.iter().filter(|is_limited| **is_limited).count()
}

proptest! {
    #[test]
    fn a_code_touches_the_same_counters_whether_it_exists_or_not(
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
            // Imported codes, and those of an earlier format, look otherwise.
            for text in [&own, &reference(&other)] {
                prop_assert_eq!(buckets(&policies, text, None), buckets(&policies, text, Some(&policy.name)));
            }
        }
    }

    #[test]
    fn a_text_of_no_format_is_a_guess_at_every_policy(limited in any::<[bool; 6]>(), text in any::<String>()) {
        let policies = policies(limited);
        let text = reference(&text);
        prop_assume!(is_of_no_format(&policies, &text));
        let buckets = buckets(&policies, &text, None);
        prop_assert_eq!(buckets.iter().filter(|bucket| bucket.starts_with("failed:")).count(), most(limited));
    }
}

#[test]
fn a_text_touches_the_policies_that_it_may_be_meant_for() {
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

/// Where guesses have no limit of their own, tries have one.
#[test]
fn a_policy_without_a_limit_of_guesses_counts_the_tries() {
    let text = "[policy.tree]\nlimit_validate = 3\nlimit_use = 3\n";
    let policies = Policies::layered(&[PolicyTables::read(Path::new("test.toml"), text).unwrap()]).unwrap();
    let counted = buckets(&policies, &reference("joh 11"), None);
    assert_eq!(counted, ["failed:director:203.0.113.9", "use:tree:203.0.113.9"]);
}
