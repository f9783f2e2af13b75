//! References to invites and operations on the command line and standard input.

use std::io::{BufReader, Read};

use anyhow::Result;
use uuid::Uuid;

use crate::batch::Failure;
use crate::cli::context::{Context, MAX_INPUT};
use crate::cli::exit::Exit;
use crate::cli::ui::errors;
use crate::cli::ui::reference_sources::{ReferenceSource, ReferenceSources};
use crate::error::{Error, Reason};
use crate::model::reference::Reference;
use crate::records::{Line, read_line};
use crate::service::Service;

/// References to invites, each with its source.
#[derive(Default)]
pub(crate) struct References {
    references: Vec<Reference>,
    sources: ReferenceSources,
}

impl References {
    /// Parses the arguments; `-` stands for the lines of standard input.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an argument or line that is not a reference, and if there is
    /// no reference at all.
    pub(crate) fn read(context: &mut Context, arguments: &[String]) -> Result<Self> {
        let mut references = References::default();
        for (number, text) in (1..).zip(arguments) {
            if text == "-" {
                references.read_lines(context.stdin()?)?;
            } else {
                let parsed = Reference::parse(text);
                let locate = |error| if arguments.len() > 1 { in_argument(number, error) } else { error };
                references.push(parsed.map_err(locate)?, (arguments.len() > 1).then_some(number), None);
            }
        }
        if references.references.is_empty() {
            return Err(Error::invalid("standard input contains no invite")
                .with_hint("write one invite per line")
                .into());
        }
        Ok(references)
    }

    fn push(&mut self, reference: Reference, argument: Option<usize>, line: Option<u64>) {
        self.sources.push(ReferenceSource { argument, line, text: reference.typed() });
        self.references.push(reference);
    }

    /// Moves the references out; their sources stay.
    pub(crate) fn take(&mut self) -> Vec<Reference> {
        std::mem::take(&mut self.references)
    }

    /// Returns the sources of the references.
    pub(crate) fn sources(&self) -> ReferenceSources {
        self.sources.clone()
    }

    fn read_lines(&mut self, input: Box<dyn Read + Send>) -> Result<()> {
        let mut input = BufReader::new(input);
        for number in 1.. {
            let refused = |why: &str| Error::invalid(format!("line {number}: {why}"));
            let bytes = match read_line(&mut input, MAX_INPUT) {
                Ok(Line::End) => break,
                Ok(Line::TooLong) => return Err(refused("too long for a code or a link").into()),
                Ok(Line::Whole(bytes)) => bytes,
                Err(error) => return Err(refused("cannot read the line").with_source(error).into()),
            };
            let line = String::from_utf8(bytes).map_err(|_| refused("not valid UTF-8"))?;
            if !line.trim().is_empty() {
                let reference =
                    Reference::parse(&line).map_err(|error| error.with_origin(&format!("line {number}")))?;
                self.push(reference, None, Some(number));
            }
        }
        Ok(())
    }

    /// Prints failures, each with the argument or line of its reference.
    pub(crate) fn print_failures(&self, context: &Context, failures: &[Failure]) {
        for failure in failures {
            errors::print_failure(&context.printer, &self.sources.locate(failure));
        }
    }
}

fn in_argument(number: usize, error: Error) -> Error {
    let message = format!("argument {number}: {error}");
    match error.hint() {
        Some(hint) => Error::invalid(message).with_hint(hint),
        None => Error::invalid(message),
    }
}

/// Finds the operation of an option that takes an operation ID; `None` without the option.
pub(crate) async fn operation_id(service: &Service, text: Option<&String>) -> crate::error::Result<Option<Uuid>> {
    match text {
        Some(text) => service.resolve_operation_id(text).await.map(Some),
        None => Ok(None),
    }
}

/// Returns the exit of a command on invites: the failure of a single invite is a refusal
/// with its reason, not a failed item of a batch.
pub(crate) fn refuse_single(exit: Exit, arguments: &[String], reason: Option<Reason>) -> Exit {
    match reason {
        Some(reason) if exit == Exit::SomeFailed && arguments.len() == 1 && arguments[0] != "-" => {
            Exit::Refused(reason)
        }
        _ => exit,
    }
}
