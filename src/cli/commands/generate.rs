//! `invite generate`

mod artifacts;
mod cards;
mod plan;

use std::io::ErrorKind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use uuid::Uuid;

use crate::calendar::{Moment, Zone};
use crate::cli::commands::generate::artifacts::{ArtifactArgs, Artifacts};
use crate::cli::commands::generate::plan::{Plan, RowFile};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::batch::Batch;
use crate::cli::ui::delivery::DeliveryCounts;
use crate::cli::ui::fields::{FieldsArgs, require_code};
use crate::cli::ui::new_file::IncompleteFile;
use crate::cli::ui::text::{counted, grouped};
use crate::cli::ui::views::{IssuedView, PlannedView};
use crate::cli::values;
use crate::duration::Lifetime;
use crate::error::Error;
use crate::invites::generate::{GenerateRequest, GenerateSummary, Terms, UsageLimit};
use crate::invites::issue::Issued;
use crate::policy::Policy;
use crate::records::NullWords;
use crate::service::Service;

/// Create invites for a space
///
/// The policy of the space defines the form of the code, its expiry and its usage limit; options override these for the
/// new invites. A code that is stored as a hash is shown only once, by this command.
///
/// An invite that is bound to an address is stored, then sent to this address; its code is not shown. This requires a
/// mail server, a sender and a base URL (smtp_url, from_email, base_url: "invite help environment"). If the e-mail
/// fails, the invite stays stored with the reason, and "invite resend --failed" sends it again. --no-send prints the
/// link instead. More than 10 e-mails need a confirmation, or --yes. E-mails are limited per user, space and address:
/// "invite policy show" has the limits, "invite limits" the counters.
#[derive(Debug, Args)]
#[command(alias = "create")]
#[command(before_long_help = "\
Examples:
  invite generate --space c1 --expires-in 24h --max-uses 10
  invite generate --space c1 --count 500 -o code > codes.txt
  invite generate --space smith --email ann@example.org --role contributor
  invite generate --space smith --from people.csv --dry-run
  invite generate --space smith --from people.csv
  invite generate --space smith --email ann@example.org --no-send
  invite generate --space c1 --qr                             show the link as a QR code
  invite generate --space c1 --count 30 --sheet cards.html    write cards to print
  invite generate --as d1")]
pub(crate) struct GenerateArgs {
    /// Space that the invites grant access to
    ///
    /// With --as, the default is the space in which this user may create invites, if there is exactly one.
    #[arg(long, value_name = "SPACE")]
    space: Option<String>,

    /// Number of invites, 1 to 1,000,000
    #[arg(long, value_name = "N", default_value_t = 1, allow_negative_numbers = true, conflicts_with = "from")]
    count: i64,

    /// CSV or JSON Lines file with one invite per row (columns email, role, note, space_id), or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["qr", "qr_svg"])]
    from: Option<String>,

    /// Word in the file that means an empty value, such as NULL; can be repeated
    #[arg(long = "null", value_name = "WORD", requires = "from")]
    null_words: Vec<String>,

    /// Expire after this duration: 90m, 24h, 7d, 2w, 1month, never
    #[arg(long, value_name = "DURATION", value_parser = values::lifetime, allow_hyphen_values = true)]
    expires_in: Option<Lifetime>,

    /// Expire at this time: 2026-12-31 (the end of that day), "2026-12-31 18:00", 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = values::instant, conflicts_with = "expires_in")]
    expires_at: Option<Moment>,

    /// Valid from this time: 2026-12-31 (the start of that day), "2026-12-31 18:00", 2026-12-31T18:00:00Z
    #[arg(long, value_name = "TIME", value_parser = values::instant)]
    starts_at: Option<Moment>,

    /// Usage limit: a number, or unlimited
    #[arg(long, value_name = "N", value_parser = values::uses, allow_hyphen_values = true)]
    max_uses: Option<UsageLimit>,

    /// Role that the invites grant
    #[arg(long, value_name = "ROLE")]
    role: Option<String>,

    /// E-mail address that the invite is bound to
    #[arg(long, value_name = "ADDRESS", conflicts_with = "from")]
    email: Option<String>,

    /// Note, shown in lists
    #[arg(long, value_name = "TEXT")]
    note: Option<String>,

    /// Print the link instead of sending an e-mail
    #[arg(long)]
    no_send: bool,

    /// Show what would be created and sent; change nothing
    #[arg(short = 'n', long, conflicts_with_all = ["qr", "qr_svg", "sheet"])]
    dry_run: bool,

    #[command(flatten)]
    artifacts: ArtifactArgs,

    #[command(flatten)]
    fields: FieldsArgs<IssuedView>,
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    created: u64,
    sent: u64,
    unsent: u64,
    failed: u64,
    interrupted: bool,
    message: String,
}

impl GenerateArgs {
    fn terms(&self, zone: &Zone) -> crate::error::Result<Terms> {
        Ok(Terms {
            expiry: values::expiry(self.expires_in, self.expires_at, zone)?,
            starts_at: self.starts_at.map(|start| start.first(zone)).transpose()?,
            usage_limit: self.max_uses.unwrap_or_default(),
            role: self.role.clone(),
            email: self.email.clone(),
            note: self.note.clone(),
            send: !self.no_send,
        })
    }
}

pub(crate) async fn run(context: &mut Context, args: GenerateArgs) -> Result<Exit> {
    let format = context.printer.format();
    let fields =
        if args.dry_run { args.fields.selected_of::<PlannedView>(format)? } else { args.fields.selected(format)? };
    if !args.dry_run {
        require_code(fields.as_ref())?;
    }
    let shows_links = fields.as_ref().is_some_and(|fields| fields.contain("link"));
    args.artifacts.check(&context.printer, args.count)?;
    let terms = args.terms(context.zone())?;
    let confirms = terms.send && !context.global.yes && !args.dry_run;
    let nulls = NullWords::new(args.null_words.clone())?;
    let mut file = args.from.as_deref().map(|name| RowFile::new(name, nulls));
    let mut rows = file.as_mut().map(|file| file.open(context, confirms)).transpose()?;
    let service = if terms.send { context.service_with_mail().await? } else { context.service().await? };
    let actor = context.actor();
    let space = match args.space {
        None if rows.is_none() => Some(service.default_space(&actor).await?),
        given => given,
    };
    let count = u32::try_from(args.count)
        .map_err(|_| Error::invalid(format!("invalid count {}: it must be from 1 to 1,000,000", args.count)))?;
    let plan = Plan { service: &service, actor: &actor, space: space.as_deref(), count, terms: &terms };
    if args.dry_run {
        return plan.dry_run(context, rows, fields).await;
    }
    if let Some((file, first)) = file.as_mut().filter(|_| confirms).zip(rows.take_if(|_| confirms)) {
        match file.confirmed(context, &plan, first).await? {
            Some(confirmed) => rows = Some(confirmed),
            None => return Ok(context.exit(true, 0)),
        }
    }
    let now = service.now();
    let created = Created::default();
    let view = |issued: &Issued| {
        created.add(issued);
        IssuedView::new(issued, now)
    };
    let mut batch = Batch::new(&context.printer, &context.interrupt, "generate", None, view)
        .with_fields(fields)
        .stop_on_broken_pipe();
    let mut artifacts = args.artifacts.open(context, &service, space.as_deref(), terms.send).await?;
    let own_space = space.clone();
    let shows_links = args.no_send || shows_links;
    let mut observer = artifacts.observe(&mut batch);
    let outcome = match (rows, space) {
        (Some(rows), space) => service.generate_from(&actor, space.as_deref(), &terms, rows, &mut observer).await,
        (None, space) => {
            let space_id = space.unwrap_or_default();
            service.generate(&actor, &GenerateRequest { space_id, count, terms }, &mut observer).await
        }
    };
    let has_created = outcome.as_ref().is_ok_and(|summary| summary.created > 0);
    let exit = finish(context, outcome, batch, artifacts, &created);
    if let Some(space) = own_space.filter(|_| has_created) {
        warn_of_odds(context, &service, &space).await;
    }
    context.explain_relative_links(has_created && shows_links);
    exit
}

/// Warns if the policy limits codes to a length that is easy to guess.
async fn warn_of_odds(context: &Context, service: &Service, space: &str) {
    if !service.policies().iter().any(Policy::limits_digits) {
        return;
    }
    // The invites are created: an error only omits the warning.
    if let Ok(Some((codes, active, odds))) = service.high_guessing_odds(space).await {
        let percent = odds.probability * 100.0;
        context.printer.warn(&format!(
            "with {} active, a guess at {codes} succeeds with a probability of {} ({percent:.1} %) over a code's life, \
             because max_digits limits the length",
            counted(active.unsigned_abs(), "code"),
            odds.text()
        ));
    }
}

/// Created invites, for the error if their codes cannot be written.
#[derive(Default)]
struct Created {
    /// The operation that creates the invites.
    operation: OnceLock<Uuid>,
    /// True if a code is stored as a hash, so that it is never shown again.
    shown_once: AtomicBool,
    deliveries: DeliveryCounts,
}

impl Created {
    fn add(&self, issued: &Issued) {
        self.operation.get_or_init(|| issued.invite.created_op);
        self.deliveries.add(issued);
        if issued.invite.code.is_none() && !issued.is_mailed {
            self.shown_once.store(true, Ordering::Relaxed);
        }
    }

    /// Returns the error of a file that lacks some of the created invites.
    fn incomplete(&self, IncompleteFile { path, error }: IncompleteFile, count: u64) -> Error {
        let what = format!("{}, but the file {} is incomplete", created_text(count), path.display());
        let error = Error::database(what).with_source(error);
        match self.operation.get() {
            None => error,
            Some(operation) if self.shown_once.load(Ordering::Relaxed) => error.with_hint(format!(
                "the codes are shown only once, in the output of this command; or revoke the invites and create new \
                 ones: invite revoke --operation {operation}"
            )),
            Some(operation) => error.with_hint(format!("list the codes: invite list --operation {operation} -o code")),
        }
    }
}

/// Returns the number of created invites as a clause.
fn created_text(count: u64) -> String {
    if count == 1 { "1 invite was created".to_owned() } else { format!("{} invites were created", grouped(count)) }
}

fn finish<F>(
    context: &Context,
    outcome: crate::error::Result<GenerateSummary>,
    batch: Batch<F>,
    mut artifacts: Artifacts,
    created: &Created,
) -> Result<Exit>
where
    F: Fn(&Issued) -> IssuedView + Send,
{
    let counts = batch.counts();
    let (summary, mut failure) = match outcome {
        Ok(summary) => (summary, None),
        // Nothing was created, so there is no report.
        Err(error) if counts.done == 0 && counts.failed == 0 => return Err(error.into()),
        Err(error) => {
            let (sent, unsent) = created.deliveries.totals();
            let failed = counts.failed.saturating_sub(unsent);
            (GenerateSummary { created: counts.done, sent, unsent, failed, interrupted: false }, Some(error))
        }
    };
    if let Some(file) = artifacts.finish_files() {
        let error = created.incomplete(file, summary.created);
        match &failure {
            // The error that ended the run is printed last.
            Some(_) => context.printer.warn(&error.to_string()),
            None => failure = Some(error),
        }
    }
    let GenerateSummary { sent, unsent, failed, interrupted, .. } = summary;
    let success = failed + unsent == 0 && failure.is_none() && !interrupted;
    let shown = Summary {
        success,
        created: summary.created,
        sent,
        unsent,
        failed,
        interrupted,
        message: message(&summary, success),
    };
    if let Err(error) = batch.finish::<IssuedView>(&shown).and_then(|()| artifacts.draw(&context.printer)) {
        return codes_not_written(context, error, summary.created, created);
    }
    if summary.created + summary.failed != 1 || failure.is_some() {
        context.printer.info(&format!("{}.", message(&summary, false)));
    }
    artifacts.print_files(&context.printer);
    if let Some(error) = failure {
        return Err(error.into());
    }
    if summary.interrupted {
        context.printer.status("Interrupted. The invites listed above are created; the rest are not.");
    }
    Ok(context.exit(interrupted, failed + unsent))
}

/// Returns the message of the report; for one invite, that of seed 003.
fn message(summary: &GenerateSummary, success: bool) -> String {
    if success && summary.created == 1 {
        return "Invite code generated successfully".to_owned();
    }
    format!("{} created{}", counted(summary.created, "invite"), other_counts(summary))
}

/// Returns the counts above 0 as the end of a sentence.
fn other_counts(summary: &GenerateSummary) -> String {
    let counts = [(summary.sent, "sent"), (summary.unsent, "not sent"), (summary.failed, "failed")];
    let shown = counts.iter().filter(|(count, _)| *count > 0);
    shown.fold(String::new(), |text, (count, word)| format!("{text}, {} {word}", grouped(*count)))
}

/// Reports that invites were created, but not all of their codes could be written.
fn codes_not_written(context: &Context, error: anyhow::Error, count: u64, created: &Created) -> Result<Exit> {
    let Some(operation) = created.operation.get() else { return Err(error) };
    let clause = created_text(count);
    if created.shown_once.load(Ordering::Relaxed) {
        let what = format!("{clause}, but not every code could be written, and codes are shown only once");
        let hint = format!("revoke the invites, then create new ones: invite revoke --operation {operation}");
        return Err(Error::database(what).with_hint(hint).into());
    }
    let see = format!("list the codes: invite list --operation {operation} -o code");
    if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe) {
        context.printer.status(&format!("{clause}, but the reader closed the output early; {see}"));
        // 128 + SIGPIPE, the exit code of a shell for a command that a closed pipe ended.
        return Ok(Exit::Interrupted(141));
    }
    Err(Error::database(format!("{clause}, but the codes could not be written: {error}")).with_hint(see).into())
}
