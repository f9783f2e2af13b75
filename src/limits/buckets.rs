//! The buckets that a list, a reset or a sweep processes, as ranges of their names: all of
//! them, or those that a filter selects.

use crate::error::Result;
use crate::limits::address::address_bucket;
use crate::limits::filter::{LimitFilter, LimitSubject};
use crate::limits::kind::LimitKind;
use crate::limits::window::Window;
use crate::service::Service;
use crate::store::tables::limits::Range;
use crate::text::canonical_address;

/// A range of buckets whose counters have windows of one length.
#[derive(Debug, Clone)]
pub(crate) struct Buckets {
    pub(crate) range: Range,
    pub(crate) window: Window,
}

/// Returns all buckets below `end`, in order, split where the length of the windows
/// changes. Failed attempts at codes from names are left out: they have no window.
fn all_below(end: &str) -> Vec<Buckets> {
    let (guesses, addresses) = (LimitKind::Guesses.as_str(), LimitKind::MailsAddress.as_str());
    // The semicolon follows the colon in ASCII.
    let bounds = [
        (String::new(), format!("{guesses}:"), Window::Hour),
        (format!("{guesses};"), format!("{addresses}:"), Window::Hour),
        (format!("{addresses}:"), format!("{addresses};"), Window::Day),
        (format!("{addresses};"), end.to_owned(), Window::Hour),
    ];
    bounds.into_iter().map(|(low, high, window)| Buckets { range: (low, high), window }).collect()
}

/// Returns the buckets that are listed: their names begin with lower-case letters.
pub(crate) fn listable_buckets() -> Vec<Buckets> {
    all_below("~")
}

/// Returns the buckets whose windows are deleted after their end, including internal
/// counters.
pub(crate) fn sweepable_buckets() -> Vec<Buckets> {
    all_below("~~")
}

/// The kinds of counters that belong to a policy and have windows.
const OF_POLICY: [LimitKind; 6] = [
    LimitKind::Create,
    LimitKind::Failed,
    LimitKind::Mails,
    LimitKind::MailsSpace,
    LimitKind::Use,
    LimitKind::Validate,
];

/// Returns the ranges of buckets that a filter selects, in order.
pub(crate) fn ranges(service: &Service, filter: &LimitFilter) -> Result<Vec<Buckets>> {
    let policies: Vec<&str> = match &filter.policy {
        Some(policy) => vec![&service.policies().get(policy)?.name],
        None => service.policies().iter().map(|policy| policy.name.as_str()).collect(),
    };
    let (kinds, who) = match &filter.subject {
        None if filter.policy.is_none() => return Ok(listable_buckets()),
        None => (&OF_POLICY[..], None),
        Some(LimitSubject::Client(client)) => {
            (&[LimitKind::Failed, LimitKind::Use, LimitKind::Validate][..], Some(client.as_str()))
        }
        Some(LimitSubject::User(user)) => (&[LimitKind::Create, LimitKind::Mails][..], Some(user.as_str())),
        Some(LimitSubject::Space(space)) => (&[LimitKind::MailsSpace][..], Some(space.as_str())),
        Some(LimitSubject::Address(address)) => {
            let bucket = address_bucket(&canonical_address(address)?);
            // Counters of addresses belong to no policy.
            return Ok(if filter.policy.is_some() { Vec::new() } else { vec![only(LimitKind::MailsAddress, bucket)] });
        }
    };
    let of_policy = |kind: &LimitKind, policy: &&str| {
        if let Some(who) = who {
            return only(*kind, kind.bucket(policy, who));
        }
        let all = kind.bucket(policy, "");
        // The semicolon follows the colon in ASCII.
        let high = format!("{};", all.trim_end_matches(':'));
        Buckets { range: (all, high), window: kind.window() }
    };
    Ok(kinds.iter().flat_map(|kind| policies.iter().map(move |policy| of_policy(kind, policy))).collect())
}

/// Returns the range of one bucket.
fn only(kind: LimitKind, bucket: String) -> Buckets {
    let successor = successor(&bucket);
    Buckets { range: (bucket, successor), window: kind.window() }
}

/// Returns the first text after a bucket: buckets contain no character below the space.
pub(crate) fn successor(bucket: &str) -> String {
    format!("{bucket} ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn buckets_are_in_range_of_their_window() {
        for kind in LimitKind::ALL {
            let bucket = kind.bucket("tree", "who");
            let ranges: Vec<Buckets> = listable_buckets()
                .into_iter()
                .filter(|Buckets { range: (low, high), .. }| *low <= bucket && bucket < *high)
                .collect();
            let windows: Vec<Window> = ranges.iter().map(|range| range.window).collect();
            let expected = if kind == LimitKind::Guesses { vec![] } else { vec![kind.window()] };
            assert_eq!(windows, expected, "{bucket}");
        }
    }
}
