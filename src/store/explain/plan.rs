//! The plan of a statement, as an engine explains it.

/// Number of rows from which a sort needs an exception.
pub(crate) const MANY: i64 = 5_000;

/// The plan of a statement, and its costs that need an exception.
pub(crate) struct Plan {
    pub(crate) text: String,
    pub(crate) findings: Vec<String>,
}

impl Plan {
    pub(crate) fn new(lines: &[String], mut findings: Vec<String>) -> Self {
        findings.sort();
        findings.dedup();
        Plan { text: lines.join("\n"), findings }
    }
}
