//! Which limits apply to an attempt of a client; `client_counters.rs` counts against them.
//!
//! The limits depend on the given text alone, not on whether an invite has this code:
//! otherwise a client that has reached one limit could learn from the others which codes
//! exist.

use crate::client::Client;
use crate::limits::kind::LimitKind;
use crate::model::code::{Storage, matches_format};
use crate::model::reference::Reference;
use crate::policy::{Policies, Policy};

/// A counter of a client with its limit.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct ClientLimit {
    pub(crate) bucket: String,
    pub(crate) kind: LimitKind,
    pub(crate) policy: String,
    pub(crate) max_hits: i64,
    pub(crate) counts_failures: bool,
}

/// Returns the counters of an attempt, in the order in which all transactions lock them,
/// which prevents deadlocks.
///
/// `found` is the policy of the invite that was found. It matters only for references by
/// ID or fingerprint, which cannot be guessed.
pub(crate) fn limits_of(
    policies: &Policies,
    client: &Client,
    attempted: LimitKind,
    reference: &Reference,
    found: Option<&str>,
) -> Vec<ClientLimit> {
    let mut limits = Vec::new();
    let has_unknown_format = has_unknown_format(policies, reference);
    let is_named = |policy: &Policy| !matches!(reference, Reference::Code(_)) && found == Some(policy.name.as_str());
    for policy in policies.iter() {
        let kinds: &[LimitKind] = if may_match(policy, reference) || is_named(policy) {
            &[attempted, LimitKind::Failed]
        } else if has_unknown_format {
            kinds_for_unknown_format(policy, attempted)
        } else {
            &[]
        };
        for kind in kinds {
            if let Some(max_hits) = kind.limit(policy) {
                let bucket = kind.bucket(&policy.name, client.as_str());
                limits.push(ClientLimit {
                    bucket,
                    kind: *kind,
                    policy: policy.name.clone(),
                    max_hits,
                    counts_failures: *kind != attempted,
                });
            }
        }
    }
    limits.sort();
    limits
}

/// Returns the kinds that a text of unknown format counts for under a policy that may
/// have used such a format earlier. If failed attempts are limited, it is only counted
/// as one: imported standing codes have any format, and their users must not be stopped
/// by the limits of another policy.
fn kinds_for_unknown_format(policy: &Policy, attempted: LimitKind) -> &'static [LimitKind] {
    match attempted {
        _ if policy.limit_failed.is_some() => &[LimitKind::Failed],
        LimitKind::Use => &[LimitKind::Use],
        _ => &[LimitKind::Validate],
    }
}

/// Returns true if no policy has the format of a code. The code may then be from before a change
/// of the format, under any policy.
fn has_unknown_format(policies: &Policies, reference: &Reference) -> bool {
    match reference {
        Reference::Code(code) => !policies.iter().any(|policy| matches_format(&policy.code, code.reveal())),
        Reference::Fingerprint(_) | Reference::Id(_) => false,
    }
}

/// Returns true if a reference may be a code or fingerprint under a policy. An ID cannot
/// be guessed, so it matches no policy.
fn may_match(policy: &Policy, reference: &Reference) -> bool {
    let is_text = policy.storage == Storage::Text;
    match reference {
        // Imported standing codes have any format.
        Reference::Code(code) => matches_format(&policy.code, code.reveal()) || (policy.standing && is_text),
        Reference::Fingerprint(_) => !is_text,
        Reference::Id(_) => false,
    }
}

#[cfg(test)]
pub(crate) mod tests;
