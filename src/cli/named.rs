//! The invites that an operator named on the command line.

use std::io::{BufRead, BufReader, Read};

use anyhow::Result;
use uuid::Uuid;

use super::context::Context;
use super::{Exit, failure};
use crate::actions::Failure;
use crate::error::{Error, Reason};
use crate::invite::reference::Reference;

/// The invites that an operator named; `-` stands for the lines of standard
/// input.
pub(super) fn references(context: &mut Context, invites: &[String]) -> Result<Vec<Reference>> {
    let mut references = Vec::new();
    for text in invites {
        if text == "-" {
            references.extend(from_lines(context.stdin()?)?);
        } else {
            references.push(Reference::parse(text)?);
        }
    }
    if references.is_empty() {
        return Err(Error::invalid("standard input named no invite").hint("write one a line").into());
    }
    Ok(references)
}

fn from_lines(input: Box<dyn Read + Send>) -> Result<Vec<Reference>> {
    let mut references = Vec::new();
    for (index, line) in BufReader::new(input).lines().enumerate() {
        let number = index + 1;
        let line = line.map_err(|error| Error::invalid(format!("line {number} cannot be read")).caused_by(error))?;
        if !line.trim().is_empty() {
            let parsed = Reference::parse(&line);
            references.push(parsed.map_err(|error| Error::invalid(format!("line {number}: {error}")))?);
        }
    }
    Ok(references)
}

/// The id of an operation.
pub(super) fn operation_id(text: &str) -> Result<Uuid> {
    Ok(Uuid::try_parse(text).map_err(|_| {
        Error::invalid("the operation is not an id")
            .hint("list the operations with their ids: invite operations -o wide")
    })?)
}

/// Named invites that are left out; a line is told where there are lines.
pub(super) fn tell_of_failures(context: &Context, invites: &[String], failures: &[Failure]) {
    let from_input = invites.iter().any(|text| text == "-");
    for failed in failures {
        let line = failed.line.filter(|_| from_input);
        failure::item(&context.printer, &Failure { line, ..failed.clone() });
    }
}

/// A single invite that cannot be changed is a refusal, not a failed item.
pub(super) fn alone(exit: Exit, invites: &[String], reason: Option<Reason>) -> Exit {
    match reason {
        Some(reason) if exit == Exit::SomeFailed && invites.len() == 1 && invites[0] != "-" => Exit::Refused(reason),
        _ => exit,
    }
}
