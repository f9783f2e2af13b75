//! The argument or line of each reference to an invite, for messages about it.

use crate::batch::Failure;

/// Sources of the references of one command, in their order.
#[derive(Clone, Default)]
pub(crate) struct ReferenceSources(Vec<ReferenceSource>);

/// Source of one reference.
#[derive(Clone)]
pub(crate) struct ReferenceSource {
    /// Number of the argument, from 1; `None` for a line and for a single argument.
    pub argument: Option<usize>,
    /// Number of the line of standard input, from 1; `None` for an argument.
    pub line: Option<u64>,
    /// The reference as it was written; only the beginning of a code.
    pub text: String,
}

impl ReferenceSources {
    /// Adds the source of the next reference.
    pub(crate) fn push(&mut self, source: ReferenceSource) {
        self.0.push(source);
    }

    /// Returns a failure with the argument or line of its reference. On input, the line of
    /// the failure is the number of the reference, from 1.
    pub(crate) fn locate(&self, failure: &Failure) -> Failure {
        let Some(source) = failure.line.and_then(|number| self.get(number)) else { return failure.clone() };
        let subject = match source.argument {
            Some(number) => format!("argument {number} ({})", source.text),
            None => source.text.clone(),
        };
        Failure { line: source.line, subject, ..failure.clone() }
    }

    /// Returns the text of a reference by its number, from 1.
    pub(crate) fn text(&self, number: u64) -> &str {
        self.get(number).map_or("this invite", |source| source.text.as_str())
    }

    fn get(&self, number: u64) -> Option<&ReferenceSource> {
        self.0.get(usize::try_from(number).ok()?.checked_sub(1)?)
    }
}
