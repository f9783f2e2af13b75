//! Which limits a try touches. They follow from the text alone that a client
//! handed in, whether an invite is found by it or not: whoever has filled one
//! counter must not learn from another one which texts are codes.

use crate::client::Client;
use crate::limits::Limited;
use crate::model::code::{KeptAs, matches_format};
use crate::model::reference::Reference;
use crate::policy::{Policies, Policy};

/// One counter with its limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Limit {
    pub(crate) bucket: String,
    pub(crate) kind: Limited,
    pub(crate) policy: String,
    pub(crate) most: i64,
    pub(crate) is_of_failures: bool,
}

/// The counters that a try touches, in the one order in which all transactions
/// take them: none of them holds what another one waits for.
///
/// `found` is the policy of the invite that was found. It matters to those who
/// name one otherwise than by its code, which nobody guesses.
pub(crate) fn limits_of(
    policies: &Policies,
    client: &Client,
    tried: Limited,
    reference: &Reference,
    found: Option<&str>,
) -> Vec<Limit> {
    let mut limits = Vec::new();
    let is_of_no_format = is_of_no_format(policies, reference);
    let is_named = |policy: &Policy| !matches!(reference, Reference::Code(_)) && found == Some(policy.name.as_str());
    for policy in policies.iter() {
        let kinds: &[Limited] = if may_be_meant(policy, reference) || is_named(policy) {
            &[tried, Limited::Failed]
        } else if is_of_no_format {
            suspected(policy, tried)
        } else {
            &[]
        };
        for kind in kinds {
            if let Some(most) = kind.limit(policy) {
                let bucket = kind.bucket(&policy.name, client.as_str());
                limits.push(Limit {
                    bucket,
                    kind: *kind,
                    policy: policy.name.clone(),
                    most,
                    is_of_failures: *kind != tried,
                });
            }
        }
    }
    limits.sort();
    limits
}

/// What a text that no policy makes counts for each that may have made such
/// ones once. Only as a guess, where guesses have a limit: a standing code that
/// a space brought along has any form, and whoever is right with one is not
/// held up by the limits of another system.
fn suspected(policy: &Policy, tried: Limited) -> &'static [Limited] {
    match tried {
        _ if policy.limit_failed.is_some() => &[Limited::Failed],
        Limited::Use => &[Limited::Use],
        _ => &[Limited::Validate],
    }
}

/// Whether no policy makes such codes: then it may be one from before a format
/// was changed, of any policy.
fn is_of_no_format(policies: &Policies, reference: &Reference) -> bool {
    match reference {
        Reference::Code(code) => !policies.iter().any(|policy| matches_format(&policy.code, code.reveal())),
        Reference::Fingerprint(_) | Reference::Id(_) => false,
    }
}

/// Whether a text may have been meant for an invite of this policy: nobody
/// guesses one by its id.
fn may_be_meant(policy: &Policy, reference: &Reference) -> bool {
    let is_text = policy.storage == KeptAs::Text;
    match reference {
        // Spaces bring standing codes along, in any form.
        Reference::Code(code) => matches_format(&policy.code, code.reveal()) || (policy.standing && is_text),
        Reference::Fingerprint(_) => !is_text,
        Reference::Id(_) => false,
    }
}

#[cfg(test)]
pub(crate) mod tests;
