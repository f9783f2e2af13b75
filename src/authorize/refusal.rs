//! The words of a refusal, made from a policy's data.

use crate::authorize::{Deed, Right};
use crate::error::Error;
use crate::policy::Policy;
use crate::shell::word;
use crate::store::tables::members::UserSpace;
use crate::text::with_article;

impl Deed {
    /// The words of the refusal, those of the seeds where they have some.
    fn words(self) -> &'static str {
        match self {
            Deed::Create => "create invites",
            Deed::Regenerate => "regenerate invite codes",
            Deed::Extend => "extend invites",
            Deed::View => "view invites",
            Deed::Revoke => "revoke invites",
            Deed::Resend => "resend invites",
            Deed::UseById => "use invites without their code",
        }
    }
}

/// The refusal of a user who may do something in no space at all, of a policy
/// or of any; `known` is one of their memberships.
pub(crate) fn forbidden_everywhere(deed: Deed, user: &str, policy: Option<&str>, known: Option<&UserSpace>) -> Error {
    let spaces = policy.map_or("any space".to_owned(), |policy| format!("any space of the policy {policy}"));
    let error = Error::forbidden(format!("{user} may not {} in {spaces}", deed.words()));
    match known {
        Some(UserSpace { space, role, policy }) => {
            let policy = word(policy);
            let role = with_article(role);
            error.hint(format!("{user} is {role} of the space {space}; see the rules: invite policy show {policy}"))
        }
        None => error.hint(format!(
            "{user} is not a member of {spaces}; list their spaces: invite space list --as {}",
            word(user)
        )),
    }
}

/// The refusal: who may, what the user is instead, and where the rules are.
pub(crate) fn forbidden(deed: Deed, policy: &Policy, user: &str, space: &str, role: Option<&str>) -> Error {
    let able = deed.right().roles(policy);
    let mut who: Vec<String> = able.iter().map(|role| plural(role)).collect();
    if deed.right() == Right::Revoke && policy.creator_can_revoke {
        who.push("the creator".to_owned());
    }
    let message = match who.as_slice() {
        [] => format!("no role can {} under the policy {}", deed.words(), policy.name),
        who => format!("Only {} can {}", listed(who, "and"), deed.words()),
    };
    let is = match role {
        Some(role) => format!("{user} is {} of the space {space}", with_article(role)),
        None => format!("{user} is not a member of the space {space}"),
    };
    // Never the command that would promote the user: whoever reads this acts
    // with the permissions of the user.
    let helps = match able.first() {
        Some(_) if deed == Deed::UseById => "use the code instead".to_owned(),
        _ => format!("see the rules: invite policy show {}", word(&policy.name)),
    };
    Error::forbidden(message).hint(format!("{is}; {helps}"))
}

/// "owners, admins and editors".
fn listed(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// "owner or admin"; none of no role.
pub(crate) fn either(roles: &[String]) -> Option<String> {
    (!roles.is_empty()).then(|| listed(roles, "or"))
}

/// A role in the plural, as the seeds write it.
fn plural(role: &str) -> String {
    let before_y = role.strip_suffix('y').filter(|stem| !stem.ends_with(['a', 'e', 'i', 'o', 'u']));
    match before_y {
        Some(stem) => format!("{stem}ies"),
        None if role.ends_with(['s', 'x', 'z']) || role.ends_with("ch") || role.ends_with("sh") => format!("{role}es"),
        None => format!("{role}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    fn refusal(deed: Deed, policy: &str, role: Option<&str>) -> (String, String) {
        let policies = Policies::layered(&[]).unwrap();
        let error = forbidden(deed, policies.get(policy).unwrap(), "u7", "s", role);
        (error.to_string(), error.help().unwrap_or_default().to_owned())
    }

    #[test]
    fn refusals_speak_as_the_seeds_do() {
        for (deed, policy, words) in [
            (Deed::Regenerate, "space", "Only owners and admins can regenerate invite codes"),
            (Deed::Create, "container", "Only admins can create invites"),
            (Deed::View, "director", "Only directors can view invites"),
            (Deed::Resend, "tree", "Only custodians can resend invites"),
            (Deed::Extend, "tree", "Only custodians can extend invites"),
            (Deed::Revoke, "container", "Only admins and the creator can revoke invites"),
            (Deed::Revoke, "tree", "Only custodians can revoke invites"),
            (Deed::UseById, "container", "Only admins can use invites without their code"),
        ] {
            assert_eq!(refusal(deed, policy, None).0, words);
        }
    }

    #[test]
    fn a_refusal_says_what_the_user_is_and_what_helps() {
        let (_, hint) = refusal(Deed::Create, "space", Some("member"));
        assert_eq!(hint, "u7 is a member of the space s; see the rules: invite policy show space");
        let (_, hint) = refusal(Deed::UseById, "container", None);
        assert_eq!(hint, "u7 is not a member of the space s; use the code instead");
        let (_, hint) = refusal(Deed::Create, "tree", None);
        assert_eq!(hint, "u7 is not a member of the space s; see the rules: invite policy show tree");
    }

    #[test]
    fn roles_have_a_plural() {
        for (one, many) in [("owner", "owners"), ("deputy", "deputies"), ("boss", "bosses"), ("attorney", "attorneys")]
        {
            assert_eq!(plural(one), many);
        }
    }
}
