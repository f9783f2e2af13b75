//! The invites that an operator named on the command line.

use std::io::{BufRead, BufReader, Read};

use anyhow::Result;
use uuid::Uuid;

use super::context::Context;
use super::{Exit, failure};
use crate::actions::operations::named;
use crate::actions::{Failure, Service};
use crate::error::{Error, Reason};
use crate::invite::reference::Reference;

/// The invites that an operator named, each with its line of standard input
/// where it came from there.
#[derive(Default)]
pub(super) struct Named {
    references: Vec<Reference>,
    lines: Vec<Option<u64>>,
}

impl Named {
    /// Reads them; `-` stands for the lines of standard input.
    pub(super) fn read(context: &mut Context, invites: &[String]) -> Result<Self> {
        let mut named = Named::default();
        for text in invites {
            if text == "-" {
                named.add_lines(context.stdin()?)?;
            } else {
                named.references.push(Reference::parse(text)?);
                named.lines.push(None);
            }
        }
        if named.references.is_empty() {
            return Err(Error::invalid("standard input named no invite").hint("write one a line").into());
        }
        Ok(named)
    }

    /// Hands the references over; where they came from stays.
    pub(super) fn take(&mut self) -> Vec<Reference> {
        std::mem::take(&mut self.references)
    }

    fn add_lines(&mut self, input: Box<dyn Read + Send>) -> Result<()> {
        for (number, line) in (1..).zip(BufReader::new(input).lines()) {
            let line =
                line.map_err(|error| Error::invalid(format!("line {number} cannot be read")).caused_by(error))?;
            if !line.trim().is_empty() {
                let parsed = Reference::parse(&line);
                self.references.push(parsed.map_err(|error| Error::invalid(format!("line {number}: {error}")))?);
                self.lines.push(Some(number));
            }
        }
        Ok(())
    }

    /// Tells of those that are left out. A failure's own line is its place among
    /// those that were named.
    pub(super) fn tell_of_failures(&self, context: &Context, failures: &[Failure]) {
        for failed in failures {
            let place = failed.line.and_then(|place| usize::try_from(place).ok()?.checked_sub(1));
            let line = place.and_then(|place| self.lines.get(place).copied().flatten());
            failure::item(&context.printer, &Failure { line, ..failed.clone() });
        }
    }
}

/// The id of the operation that an operator named, if they did.
pub(super) async fn operation_id(service: &Service, text: Option<&String>) -> crate::Result<Option<Uuid>> {
    match text {
        Some(text) => named(service, text).await.map(Some),
        None => Ok(None),
    }
}

/// A single invite that cannot be changed is a refusal, not a failed item.
pub(super) fn alone(exit: Exit, invites: &[String], reason: Option<Reason>) -> Exit {
    match reason {
        Some(reason) if exit == Exit::SomeFailed && invites.len() == 1 && invites[0] != "-" => Exit::Refused(reason),
        _ => exit,
    }
}
