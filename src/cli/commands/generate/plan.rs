//! The dry run of `invite generate`, and the confirmation of many e-mails.

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
use crate::cli::ui::batch::{Batch, MAX_TABLE_ROWS};
use crate::cli::ui::changes::{CREATED, Changes, SENT};
use crate::cli::ui::delivery::confirm_mails;
use crate::cli::ui::fields::Fields;
use crate::cli::ui::text::{counted, grouped};
use crate::cli::ui::views::PlannedView;
use crate::error::Error;
use crate::invites::generate::{GenerateRequest, GenerateSummary, Terms};
use crate::invites::generate_from::PersonRow;
use crate::invites::issue::Issued;
use crate::policy::Policy;
use crate::records::{FileFormat, NullWords, Records};
use crate::service::{Actor, Service};

/// Maximum size of an input that is buffered to count its e-mails, in bytes.
const MAX_BUFFERED: u64 = 64 * 1024 * 1024;

/// File with one invite per row. It is read twice if its e-mails are counted first.
pub(crate) struct RowFile {
    name: String,
    /// Content of an input that can be read only once.
    buffer: Option<Arc<[u8]>>,
    nulls: NullWords,
}

impl RowFile {
    /// Creates a reader of the file with this name, or of standard input for `-`.
    pub(crate) fn new(name: &str, nulls: NullWords) -> Self {
        RowFile { name: name.to_owned(), buffer: None, nulls }
    }

    /// Opens the rows. If `again` is true, buffers an input that can be read only once, so
    /// that it can be opened again.
    pub(crate) fn open(&mut self, context: &mut Context, again: bool) -> Result<Records<PersonRow>> {
        let format = FileFormat::of_name(&self.name);
        if again && self.buffer.is_none() && !Path::new(&self.name).is_file() {
            let mut bytes = Vec::new();
            context.input(&self.name)?.take(MAX_BUFFERED + 1).read_to_end(&mut bytes).map_err(|error| {
                Error::invalid(format!("cannot read {}", self.name)).with_source(error).with_hint("check the input")
            })?;
            if bytes.len() as u64 > MAX_BUFFERED {
                return Err(Error::invalid(
                    "the input is larger than 64 MiB, so its e-mails cannot be counted for a confirmation",
                )
                .with_hint("add --yes, or name a file instead of standard input")
                .into());
            }
            self.buffer = Some(bytes.into());
        }
        let rows = match &self.buffer {
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
        plan: &Plan<'_>,
        rows: Records<PersonRow>,
    ) -> Result<Option<Records<PersonRow>>> {
        if !plan.may_send(&rows).await {
            return Ok(Some(rows));
        }
        if plan.confirm(context, rows).await? {
            return Ok(None);
        }
        self.open(context, false).map(Some)
    }
}

/// Invites to create, and their actor.
pub(crate) struct Plan<'p> {
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

impl Plan<'_> {
    async fn preview_rows(
        &self,
        rows: Option<Records<PersonRow>>,
        observer: &mut dyn Observer<Issued>,
    ) -> crate::error::Result<GenerateSummary> {
        let &Plan { service, actor, space, count, terms } = self;
        if let Some(rows) = rows {
            return service.dry_run_generate_from(actor, space, terms, rows, observer).await;
        }
        let space_id = space.unwrap_or_default().to_owned();
        service.dry_run_generate(actor, &GenerateRequest { space_id, count, terms: terms.clone() }, observer).await
    }

    /// Prints the invites that would be created and sent.
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
        let mut batch = Batch::new(&context.printer, &context.interrupt, "generate", Some(MAX_TABLE_ROWS), view)
            .with_fields(fields);
        let outcome = self.preview_rows(rows, &mut batch).await;
        let counts = batch.counts();
        let (summary, failure) = match outcome {
            Ok(summary) => (summary, None),
            Err(error) if counts.done == 0 && counts.failed == 0 => return Err(error.into()),
            // The run would also end here; the report has the invites before the error.
            Err(error) => {
                let (created, failed, sent) = (counts.done, counts.failed, mailed.load(Ordering::Relaxed));
                (GenerateSummary { created, failed, sent, ..GenerateSummary::default() }, Some(error))
            }
        };
        let GenerateSummary { created, sent, failed, interrupted, .. } = summary;
        let mut message = format!("{} would be created", counted(created, "invite"));
        for (count, word) in [(sent, "sent"), (failed, "refused")] {
            if count > 0 {
                message.push_str(&format!(", {} {word}", grouped(count)));
            }
        }
        batch.finish::<PlannedView>(&Summary {
            success: failed == 0 && failure.is_none() && !interrupted,
            changes: Changes::new(true, [(CREATED, created), (SENT, sent)]),
            failed,
            interrupted,
            message: message.clone(),
        })?;
        context.printer.info(&format!("{message}."));
        if let Some(error) = failure {
            return Err(error.into());
        }
        context.printer.dry_run_info(created > 0);
        Ok(context.exit(interrupted, failed))
    }

    /// True if the policy of the rows may send e-mails.
    async fn may_send(&self, rows: &Records<PersonRow>) -> bool {
        let sends = |policy: &str| self.service.policies().find(policy).is_some_and(Policy::email_required);
        match self.space.filter(|_| !rows.has_column("space_id")) {
            None => true,
            Some(space) => {
                self.service.preview_invites(self.actor, space).await.map_or(true, |known| sends(&known.policy))
            }
        }
    }

    /// Counts the e-mails and asks for a confirmation of many. Returns true if a signal
    /// stopped the counting.
    async fn confirm(&self, context: &Context, rows: Records<PersonRow>) -> Result<bool> {
        context.interrupt.cooperate();
        let mut counter = Counter { interrupt: context.interrupt.clone() };
        let summary = self.preview_rows(Some(rows), &mut counter).await?;
        if !summary.interrupted {
            confirm_mails(&context.prompter, summary.sent)?;
        }
        Ok(summary.interrupted)
    }
}

/// Observer of a dry run that only counts.
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
