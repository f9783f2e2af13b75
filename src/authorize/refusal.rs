//! Error messages for missing permissions, made from the policy.

use crate::authorize::permission::{Action, Permission};
use crate::error::Error;
use crate::policy::Policy;
use crate::shell::word;
use crate::store::tables::members::UserSpace;
use crate::text::with_article;

impl Action {
    /// Returns the action as error messages name it.
    fn words(self) -> &'static str {
        match self {
            Action::Create => "create invites",
            Action::Regenerate => "regenerate invite codes",
            Action::Extend => "extend invites",
            Action::View => "view invites",
            Action::Revoke => "revoke invites",
            Action::Resend => "resend invites",
            Action::UseById => "use invites without their code",
        }
    }
}

/// Returns the error for a user who may perform an action in no space of a policy, or
/// in no space at all. `known` is one of their memberships.
pub(crate) fn forbidden_everywhere(
    action: Action,
    user: &str,
    policy: Option<&str>,
    known: Option<&UserSpace>,
) -> Error {
    let spaces = policy.map_or("any space".to_owned(), |policy| format!("any space of the policy {policy}"));
    let error = Error::forbidden(format!("{user} may not {} in {spaces}", action.words()));
    match known {
        Some(UserSpace { space, role, policy }) => {
            let policy = word(policy);
            let role = with_article(role);
            error
                .with_hint(format!("{user} is {role} of the space {space}; see the rules: invite policy show {policy}"))
        }
        None => error.with_hint(format!(
            "{user} is not a member of {spaces}; list their spaces: invite space list --as {}",
            word(user)
        )),
    }
}

/// Returns the error for a user who may not perform an action in a space: it names the
/// roles that may, and the role of the user.
pub(crate) fn forbidden(action: Action, policy: &Policy, user: &str, space: &str, role: Option<&str>) -> Error {
    let permitted_roles = action.permission().roles(policy);
    let mut holders: Vec<String> = permitted_roles.iter().map(|role| plural(role)).collect();
    if action.permission() == Permission::Revoke && policy.creator_can_revoke {
        holders.push("the creator".to_owned());
    }
    let message = match holders.as_slice() {
        [] => format!("no role can {} under the policy {}", action.words(), policy.name),
        holders => format!("Only {} can {}", joined(holders, "and"), action.words()),
    };
    let own_role = match role {
        Some(role) => format!("{user} is {} of the space {space}", with_article(role)),
        None => format!("{user} is not a member of the space {space}"),
    };
    // The hint is not the command that would promote the user: the reader acts with the
    // permissions of that user.
    let next_step = match permitted_roles.first() {
        Some(_) if action == Action::UseById => "use the code instead".to_owned(),
        _ => format!("see the rules: invite policy show {}", word(&policy.name)),
    };
    Error::forbidden(message).with_hint(format!("{own_role}; {next_step}"))
}

/// Joins words, such as `owners, admins and editors`.
fn joined(words: &[String], last: &str) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [most @ .., end] => format!("{} {last} {end}", most.join(", ")),
    }
}

/// Joins roles, such as `owner or admin`; `None` without roles.
pub(crate) fn joined_with_or(roles: &[String]) -> Option<String> {
    (!roles.is_empty()).then(|| joined(roles, "or"))
}

/// Returns the plural of a role.
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

    fn refusal(action: Action, policy: &str, role: Option<&str>) -> (String, String) {
        let policies = Policies::layered(&[]).unwrap();
        let error = forbidden(action, policies.get(policy).unwrap(), "u7", "s", role);
        (error.to_string(), error.hint().unwrap_or_default().into_owned())
    }

    #[test]
    fn refusal_names_permitted_roles() {
        for (action, policy, words) in [
            (Action::Regenerate, "space", "Only owners and admins can regenerate invite codes"),
            (Action::Create, "container", "Only admins can create invites"),
            (Action::View, "director", "Only directors can view invites"),
            (Action::Resend, "tree", "Only custodians can resend invites"),
            (Action::Extend, "tree", "Only custodians can extend invites"),
            (Action::Revoke, "container", "Only admins and the creator can revoke invites"),
            (Action::Revoke, "tree", "Only custodians can revoke invites"),
            (Action::UseById, "container", "Only admins can use invites without their code"),
        ] {
            assert_eq!(refusal(action, policy, None).0, words);
        }
    }

    #[test]
    fn refusal_hint_names_own_role_and_next_step() {
        let (_, hint) = refusal(Action::Create, "space", Some("member"));
        assert_eq!(hint, "u7 is a member of the space s; see the rules: invite policy show space");
        let (_, hint) = refusal(Action::UseById, "container", None);
        assert_eq!(hint, "u7 is not a member of the space s; use the code instead");
        let (_, hint) = refusal(Action::Create, "tree", None);
        assert_eq!(hint, "u7 is not a member of the space s; see the rules: invite policy show tree");
    }

    #[test]
    fn plural_follows_spelling_rules() {
        for (one, many) in [("owner", "owners"), ("deputy", "deputies"), ("boss", "bosses"), ("attorney", "attorneys")]
        {
            assert_eq!(plural(one), many);
        }
    }
}
