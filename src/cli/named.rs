//! The invites that an operator named on the command line.

use std::io::{BufReader, Read};

use anyhow::Result;
use uuid::Uuid;

use crate::batch::Failure;
use crate::cli::context::{Context, MAX_INPUT};
use crate::cli::exit::Exit;
use crate::cli::ui::errors;
use crate::error::{Error, Reason};
use crate::model::reference::Reference;
use crate::operations::resolve_id;
use crate::records::{Line, read_line};
use crate::service::Service;

/// The invites that an operator named, each with where it stands.
#[derive(Default)]
pub(crate) struct Named {
    references: Vec<Reference>,
    places: Places,
}

/// Where each of the named invites stands, and how it was written.
#[derive(Clone, Default)]
pub(crate) struct Places(Vec<Place>);

#[derive(Clone)]
struct Place {
    /// The argument, from 1; none for a line of standard input.
    argument: Option<usize>,
    /// The line of standard input, from 1.
    line: Option<u64>,
    /// What was written; of a code, its beginning.
    typed: String,
}

impl Named {
    /// Reads them; `-` stands for the lines of standard input.
    pub(crate) fn read(context: &mut Context, invites: &[String]) -> Result<Self> {
        let mut named = Named::default();
        for (number, text) in (1..).zip(invites) {
            if text == "-" {
                named.add_lines(context.stdin()?)?;
            } else {
                let parsed = Reference::parse(text);
                let at = |error| if invites.len() > 1 { in_argument(number, error) } else { error };
                named.add(parsed.map_err(at)?, (invites.len() > 1).then_some(number), None);
            }
        }
        if named.references.is_empty() {
            return Err(Error::invalid("standard input contains no invite")
                .with_hint("write one invite per line")
                .into());
        }
        Ok(named)
    }

    fn add(&mut self, reference: Reference, argument: Option<usize>, line: Option<u64>) {
        self.places.0.push(Place { argument, line, typed: reference.typed() });
        self.references.push(reference);
    }

    /// Hands the references over; where they stand stays.
    pub(crate) fn take(&mut self) -> Vec<Reference> {
        std::mem::take(&mut self.references)
    }

    /// Where they stand.
    pub(crate) fn places(&self) -> Places {
        self.places.clone()
    }

    fn add_lines(&mut self, input: Box<dyn Read + Send>) -> Result<()> {
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
                self.add(reference, None, Some(number));
            }
        }
        Ok(())
    }

    /// Reports those that are left out, each as it was named.
    pub(crate) fn tell_of_failures(&self, context: &Context, failures: &[Failure]) {
        for failed in failures {
            errors::item(&context.printer, &self.places.named(failed));
        }
    }
}

/// An argument that cannot be read, by its number.
fn in_argument(number: usize, error: Error) -> Error {
    let message = format!("argument {number}: {error}");
    match error.hint() {
        Some(hint) => Error::invalid(message).with_hint(hint),
        None => Error::invalid(message),
    }
}

impl Places {
    /// A failure with the argument or line that named it, and what was written
    /// there. The failure's own line is its place among those that were named.
    pub(crate) fn named(&self, failed: &Failure) -> Failure {
        let Some(place) = failed.line.and_then(|place| self.at(place)) else { return failed.clone() };
        let subject = match place.argument {
            Some(number) => format!("argument {number} ({})", place.typed),
            None => place.typed.clone(),
        };
        Failure { line: place.line, subject, ..failed.clone() }
    }

    /// How the invite at a place was named.
    pub(crate) fn typed(&self, place: u64) -> &str {
        self.at(place).map_or("this invite", |place| place.typed.as_str())
    }

    fn at(&self, place: u64) -> Option<&Place> {
        self.0.get(usize::try_from(place).ok()?.checked_sub(1)?)
    }
}

/// The id of the operation that an operator named, if they did.
pub(crate) async fn operation_id(service: &Service, text: Option<&String>) -> crate::error::Result<Option<Uuid>> {
    match text {
        Some(text) => resolve_id(service, text).await.map(Some),
        None => Ok(None),
    }
}

/// A single invite that cannot be changed is a refusal, not a failed item.
pub(crate) fn alone(exit: Exit, invites: &[String], reason: Option<Reason>) -> Exit {
    match reason {
        Some(reason) if exit == Exit::SomeFailed && invites.len() == 1 && invites[0] != "-" => Exit::Refused(reason),
        _ => exit,
    }
}
