//! The dry run of `invite generate`, and the question before many e-mails.

use std::io::{Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use serde::Serialize;

use crate::batch::{Failure, Observer};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::host::Interrupt;
use crate::cli::ui::batch::{Batch, SHOWN};
use crate::cli::ui::changes::{CREATED, Changes, SENT};
use crate::cli::ui::delivery::confirm_mails;
use crate::cli::ui::fields::Fields;
use crate::cli::ui::text::{counted, grouped};
use crate::cli::ui::views::PlannedView;
use crate::error::Error;
use crate::invites::generate::{GenerateRequest, GenerateSummary, Terms, preview};
use crate::invites::generate_from::{PersonRow, preview_from};
use crate::invites::issue::Issued;
use crate::invites::preview::preview_space;
use crate::records::{FileFormat, NullWords, Records};
use crate::service::{Actor, Service};

/// How much of standard input is kept to count its e-mails first.
const LARGEST_INPUT: u64 = 64 * 1024 * 1024;

/// A file of people, which is read twice where its e-mails are counted first.
pub(crate) struct People {
    name: String,
    /// The content, where it can be read only once.
    kept: Option<Arc<[u8]>>,
    nulls: NullWords,
}

impl People {
    pub(crate) fn named(name: &str, nulls: NullWords) -> Self {
        People { name: name.to_owned(), kept: None, nulls }
    }

    /// Opens the rows; where they will be opened again, keeps what can be read
    /// only once.
    pub(crate) fn open(&mut self, context: &mut Context, again: bool) -> Result<Records<PersonRow>> {
        let format = FileFormat::of_name(&self.name);
        if again && self.kept.is_none() && !Path::new(&self.name).is_file() {
            let mut bytes = Vec::new();
            context.input(&self.name)?.take(LARGEST_INPUT + 1).read_to_end(&mut bytes).map_err(|error| {
                Error::invalid(format!("cannot read {}", self.name)).with_source(error).with_hint("check the input")
            })?;
            if bytes.len() as u64 > LARGEST_INPUT {
                return Err(Error::invalid(
                    "the input is larger than 64 MiB, so its e-mails cannot be counted for a confirmation",
                )
                .with_hint("add --yes, or name a file instead of standard input")
                .into());
            }
            self.kept = Some(bytes.into());
        }
        let rows = match &self.kept {
            Some(bytes) => Records::open_with(Cursor::new(Arc::clone(bytes)), format, self.nulls.clone())?,
            None => Records::open_with(context.input(&self.name)?, format, self.nulls.clone())?,
        };
        Ok(rows.with_name(&self.name))
    }

    /// Counts the e-mails of these rows, asks for a confirmation above the limit, and
    /// opens the rows again; `None` if a signal stopped the counting.
    pub(crate) async fn confirmed(
        &mut self,
        context: &mut Context,
        planned: &Planned<'_>,
        rows: Records<PersonRow>,
    ) -> Result<Option<Records<PersonRow>>> {
        if !planned.may_send(&rows).await {
            return Ok(Some(rows));
        }
        if planned.confirm(context, rows).await? {
            return Ok(None);
        }
        self.open(context, false).map(Some)
    }
}

/// What is to be created, and by whom.
pub(crate) struct Planned<'p> {
    pub(crate) service: &'p Service,
    pub(crate) actor: &'p Actor,
    pub(crate) space: Option<&'p str>,
    pub(crate) count: u32,
    pub(crate) terms: &'p Terms,
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    failed: u64,
    interrupted: bool,
    message: String,
}

impl Planned<'_> {
    async fn preview_rows(
        &self,
        rows: Option<Records<PersonRow>>,
        observer: &mut dyn Observer<Issued>,
    ) -> crate::error::Result<GenerateSummary> {
        let &Planned { service, actor, space, count, terms } = self;
        if let Some(rows) = rows {
            return preview_from(service, actor, space, terms, rows, observer).await;
        }
        let space_id = space.unwrap_or_default().to_owned();
        preview(service, actor, &GenerateRequest { space_id, count, terms: terms.clone() }, observer).await
    }

    /// Shows what would be created and sent.
    pub(crate) async fn dry_run(
        &self,
        context: &Context,
        rows: Option<Records<PersonRow>>,
        fields: Option<Fields>,
    ) -> Result<Exit> {
        let now = self.service.now();
        let mailed = AtomicU64::new(0);
        let view = |issued: &Issued| {
            mailed.fetch_add(issued.is_mailed.into(), Ordering::Relaxed);
            PlannedView::new(issued, now)
        };
        let mut batch = Batch::new(context, "generate", Some(SHOWN), view).with_fields(fields);
        let outcome = self.preview_rows(rows, &mut batch).await;
        let counts = batch.counts();
        let (summary, broken) = match outcome {
            Ok(summary) => (summary, None),
            Err(error) if counts.done == 0 && counts.failed == 0 => return Err(error.into()),
            // The run would end here: what it would have made is shown.
            Err(error) => {
                let (made, failed, sent) = (counts.done, counts.failed, mailed.load(Ordering::Relaxed));
                (GenerateSummary { created: made, failed, sent, ..GenerateSummary::default() }, Some(error))
            }
        };
        let GenerateSummary { created: made, sent, failed, interrupted, .. } = summary;
        let mut message = format!("{} would be created", counted(made, "invite"));
        for (count, word) in [(sent, "sent"), (failed, "refused")] {
            if count > 0 {
                message.push_str(&format!(", {} {word}", grouped(count)));
            }
        }
        batch.finish::<PlannedView>(&Summary {
            success: failed == 0 && broken.is_none() && !interrupted,
            changes: Changes::new(true, [(CREATED, made), (SENT, sent)]),
            failed,
            interrupted,
            message: message.clone(),
        })?;
        context.printer.note(&format!("{message}."));
        broken.map_or_else(|| Ok(context.exit(interrupted, failed)), |error| Err(error.into()))
    }

    /// Whether the rows could be e-mails at all.
    async fn may_send(&self, rows: &Records<PersonRow>) -> bool {
        let sends = |policy: &str| self.service.policies().find(policy).is_some_and(|policy| policy.email_required);
        match self.space.filter(|_| !rows.has_column("space_id")) {
            None => true,
            Some(space) => {
                preview_space(self.service, self.actor, space).await.map_or(true, |known| sends(&known.policy))
            }
        }
    }

    /// Asks before many e-mails are sent; answers whether a signal stopped the
    /// counting.
    async fn confirm(&self, context: &Context, rows: Records<PersonRow>) -> Result<bool> {
        context.interrupt.cooperate();
        let mut counter = Counter { interrupt: context.interrupt.clone() };
        let foreseen = self.preview_rows(Some(rows), &mut counter).await?;
        if !foreseen.interrupted {
            confirm_mails(context, foreseen.sent)?;
        }
        Ok(foreseen.interrupted)
    }
}

/// Watches a dry run of which only the counts matter.
struct Counter {
    interrupt: Interrupt,
}

impl Observer<Issued> for Counter {
    fn done(&mut self, _item: &Issued) {}

    fn failed(&mut self, _failure: &Failure) {}

    fn stop_requested(&self) -> bool {
        self.interrupt.raised().is_some()
    }
}
