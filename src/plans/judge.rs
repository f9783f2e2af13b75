//! Comparison of the recorded plans with the exceptions.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::plans::exceptions::{ELSEWHERE, EXCEPTIONS, Planner};
use crate::plans::source;
use crate::store::explain::Explained;

/// Describes every unexpected finding, unused exception and statement that did not run; empty if
/// there are none.
pub(crate) fn complaints(planner: Planner, explained: &[Explained]) -> String {
    let mut said = String::new();
    let mut needed: HashSet<usize> = HashSet::new();
    for one in explained {
        let statement = one.pieces.concat();
        let of_it: Vec<usize> =
            (0..EXCEPTIONS.len()).filter(|at| EXCEPTIONS[*at].is_of(planner, one.step, &statement)).collect();
        for finding in &one.findings {
            let excuses = of_it.iter().filter(|at| EXCEPTIONS[**at].findings.contains(&finding.as_str()));
            let excuses: Vec<usize> = excuses.copied().collect();
            needed.extend(&excuses);
            if excuses.is_empty() {
                let _ = writeln!(said, "{}: {finding} in\n{statement}\n{}\n", one.step, one.plan);
            }
        }
    }
    for (at, exception) in EXCEPTIONS.iter().enumerate() {
        if exception.on.contains(&planner) && !needed.contains(&at) {
            let (findings, of) = (exception.findings, exception.of);
            let _ = writeln!(said, "no exception is needed any more for {findings:?} of {of:?}\n");
        }
    }
    said + &unexplained(planner, explained)
}

/// Lists the fragments of the store's SQL that no explained statement contains.
fn unexplained(planner: Planner, explained: &[Explained]) -> String {
    let mut said = String::new();
    let seen: HashSet<&str> = explained.iter().flat_map(|one| one.pieces.iter().copied()).collect();
    let mut unused: HashSet<&str> =
        ELSEWHERE.iter().filter(|(engines, _)| engines.contains(&planner)).map(|(_, part)| *part).collect();
    for (file, piece) in source::pieces() {
        let elsewhere = ELSEWHERE.iter().find(|(engines, part)| engines.contains(&planner) && piece.contains(part));
        match (seen.contains(piece.as_str()), elsewhere) {
            (false, None) => {
                let _ = writeln!(said, "nothing in src/plans/drive runs this of {file}:\n{piece:?}\n");
            }
            (false, Some((_, part))) => {
                unused.remove(part);
            }
            (true, _) => {}
        }
    }
    for part in unused {
        let _ = writeln!(said, "there is no piece any more that this engine never runs with {part:?}\n");
    }
    said
}
