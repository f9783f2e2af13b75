//! `invite generate`

pub(crate) mod preview;

use std::io::ErrorKind;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Result;
use clap::Args;
use serde::Serialize;
use uuid::Uuid;

use crate::cli::commands::generate::preview::{People, Planned};

use crate::authorize::default_space;
use crate::calendar::{Moment, Zone};
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::artifacts::{HandoutArgs, Handouts};
use crate::cli::ui::batch::Batch;
use crate::cli::ui::delivery::Letters;
use crate::cli::ui::fields::{FieldsArgs, demand_codes};
use crate::cli::ui::new_file::Unfinished;
use crate::cli::ui::text::{counted, grouped};
use crate::cli::ui::views::{IssuedView, PlannedView};
use crate::cli::values;
use crate::duration::Lifetime;
use crate::error::Error;
use crate::invites::generate::{Expiry, GenerateRequest, GenerateSummary, Terms, UsageLimit, generate};
use crate::invites::generate_from::generate_from;
use crate::invites::issue::Issued;
use crate::limits::poor_odds;
use crate::policy::Policy;
use crate::records::NullWords;
use crate::service::Service;

/// Create invites for a space
///
/// The policy of the space defines the form of the code, its expiry and its usage limit; options override these for the
/// new invites. A code that is stored as a hash is shown only once, by this command.
///
/// An invite that is bound to an address is stored, then sent to this address; its code is not shown. If the e-mail
/// fails, the invite stays stored with the reason, and "invite resend --failed" sends it again. --no-send prints the
/// link instead. More than 10 e-mails need a confirmation, or --yes. E-mails are limited per user, space and address:
/// "invite policy show" has the limits, "invite limits" the counters.
#[derive(Debug, Args)]
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

    /// Expire after this duration: 90m, 24h, 7d, 1month, never
    #[arg(long, value_name = "DURATION", value_parser = values::lifetime, allow_hyphen_values = true)]
    expires_in: Option<Lifetime>,

    /// Expire at this time: 2026-12-31 (the end of that day), "2026-12-31 18:00", RFC 3339
    #[arg(long, value_name = "TIME", value_parser = values::instant, conflicts_with = "expires_in")]
    expires_at: Option<Moment>,

    /// Valid from this time; a date means its first instant
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
    handouts: HandoutArgs,

    #[command(flatten)]
    fields: FieldsArgs,
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

/// An end from the two options that set one.
pub(crate) fn end(within: Option<Lifetime>, at: Option<Moment>, zone: &Zone) -> crate::error::Result<Expiry> {
    Ok(match (within, at) {
        (_, Some(at)) => Expiry::At(at.last(zone)?),
        (Some(Lifetime::Never), None) => Expiry::Never,
        (Some(Lifetime::For(span)), None) => Expiry::In(span),
        (None, None) => Expiry::Default,
    })
}

impl GenerateArgs {
    fn terms(&self, zone: &Zone) -> crate::error::Result<Terms> {
        Ok(Terms {
            expiry: end(self.expires_in, self.expires_at, zone)?,
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
        if args.dry_run { args.fields.of::<PlannedView>(format)? } else { args.fields.of::<IssuedView>(format)? };
    if !args.dry_run {
        demand_codes(fields.as_ref())?;
    }
    args.handouts.check(&context.printer, args.count)?;
    let terms = args.terms(context.zone())?;
    let asks = terms.send && !context.global.yes && !args.dry_run;
    let nulls = NullWords::new(args.null_words.clone())?;
    let mut people = args.from.as_deref().map(|file| People::named(file, nulls));
    let mut rows = people.as_mut().map(|people| people.open(context, asks)).transpose()?;
    let service = if terms.send { context.service_that_sends().await? } else { context.service().await? };
    let actor = context.actor();
    let space = match args.space {
        None if rows.is_none() => Some(default_space(&service, &actor).await?),
        given => given,
    };
    let count = u32::try_from(args.count)
        .map_err(|_| Error::invalid(format!("invalid count {}: it must be from 1 to 1,000,000", args.count)))?;
    let planned = Planned { service: &service, actor: &actor, space: space.as_deref(), count, terms: &terms };
    if args.dry_run {
        return planned.dry_run(context, rows, fields).await;
    }
    if let Some((people, first)) = people.as_mut().filter(|_| asks).zip(rows.take_if(|_| asks)) {
        match people.confirmed(context, &planned, first).await? {
            Some(confirmed) => rows = Some(confirmed),
            None => return Ok(context.exit(true, 0)),
        }
    }
    let now = service.now();
    let made = Made::default();
    let view = |issued: &Issued| {
        made.note(issued);
        IssuedView::new(issued, now)
    };
    let mut batch = Batch::new(context, "generate", None, view).with_fields(fields).needs_reader();
    let mut handouts = args.handouts.open(context, &service, space.as_deref(), terms.send).await?;
    let named = space.clone();
    let mut watch = handouts.beside(&mut batch);
    let outcome = match (rows, space) {
        (Some(rows), space) => generate_from(&service, &actor, space.as_deref(), &terms, rows, &mut watch).await,
        (None, space) => {
            let space_id = space.unwrap_or_default();
            generate(&service, &actor, &GenerateRequest { space_id, count, terms }, &mut watch).await
        }
    };
    let made_some = outcome.as_ref().is_ok_and(|summary| summary.created > 0);
    let exit = finish(context, outcome, batch, handouts, &made);
    if let Some(space) = named.filter(|_| made_some) {
        warn_of_odds(context, &service, &space).await;
    }
    exit
}

/// Says so where the policy keeps codes so short that they are easily guessed.
async fn warn_of_odds(context: &Context, service: &Service, space: &str) {
    if !service.policies().iter().any(Policy::limits_digits) {
        return;
    }
    // The invites are made; the warning alone fails.
    if let Ok(Some((codes, active, odds))) = poor_odds(service, space).await {
        let percent = odds.probability * 100.0;
        context.printer.warn(&format!(
            "with {} active, a guess at {codes} succeeds with a probability of {} ({percent:.1} %) over a code's life, \
             because max_digits limits the length",
            counted(active.unsigned_abs(), "code"),
            odds.text()
        ));
    }
}

/// What has to be known of invites whose codes cannot be written.
#[derive(Default)]
struct Made {
    /// The operation that makes all of them.
    operation: OnceLock<Uuid>,
    /// Of some, only the hash of the code is kept.
    shown_once: AtomicBool,
    letters: Letters,
}

impl Made {
    fn note(&self, issued: &Issued) {
        self.operation.get_or_init(|| issued.invite.created_op);
        self.letters.note(issued);
        if issued.invite.code.is_none() && !issued.is_mailed {
            self.shown_once.store(true, Ordering::Relaxed);
        }
    }

    /// That invites were made, and are not all in a file that was to have them.
    fn not_in(&self, Unfinished { path, error }: Unfinished, made: u64) -> Error {
        let what = format!("{}, but the file {} is incomplete", were_made(made), path.display());
        let lost = Error::database(what).with_source(error);
        match self.operation.get() {
            None => lost,
            Some(operation) if self.shown_once.load(Ordering::Relaxed) => lost.with_hint(format!(
                "the codes are shown only once, in the output of this command; or revoke the invites and create new \
                 ones: invite revoke --operation {operation}"
            )),
            Some(operation) => lost.with_hint(format!("list the codes: invite list --operation {operation} -o code")),
        }
    }
}

/// How many were made, as the beginning of a sentence.
fn were_made(made: u64) -> String {
    if made == 1 { "1 invite was created".to_owned() } else { format!("{} invites were created", grouped(made)) }
}

fn finish<F>(
    context: &Context,
    outcome: crate::error::Result<GenerateSummary>,
    batch: Batch<F>,
    mut handouts: Handouts,
    invites: &Made,
) -> Result<Exit>
where
    F: Fn(&Issued) -> IssuedView + Send,
{
    let counts = batch.counts();
    let (summary, mut broken) = match outcome {
        Ok(summary) => (summary, None),
        // Nothing was made: the error alone is said.
        Err(error) if counts.done == 0 && counts.failed == 0 => return Err(error.into()),
        Err(error) => {
            let (sent, unsent) = invites.letters.outcome();
            let failed = counts.failed.saturating_sub(unsent);
            (GenerateSummary { created: counts.done, sent, unsent, failed, interrupted: false }, Some(error))
        }
    };
    if let Some(unfinished) = handouts.end_files() {
        let lost = invites.not_in(unfinished, summary.created);
        match &broken {
            // The run ended for another reason, which is told last.
            Some(_) => context.printer.warn(&lost.to_string()),
            None => broken = Some(lost),
        }
    }
    let GenerateSummary { created: made, sent, unsent, failed, interrupted } = summary;
    let success = failed + unsent == 0 && broken.is_none() && !interrupted;
    let shown =
        Summary { success, created: made, sent, unsent, failed, interrupted, message: message(&summary, success) };
    if let Err(error) = batch.finish::<IssuedView>(&shown).and_then(|()| handouts.show(&context.printer)) {
        return not_shown(context, error, summary.created, invites);
    }
    if summary.created + summary.failed != 1 || broken.is_some() {
        context.printer.note(&format!("{}.", message(&summary, false)));
    }
    handouts.tell(&context.printer);
    if let Some(error) = broken {
        return Err(error.into());
    }
    if summary.interrupted {
        context.printer.tell("Interrupted. The invites listed above are created; the rest are not.");
    }
    Ok(context.exit(interrupted, failed + unsent))
}

/// The outcome in a sentence; of one invite, that of seed 003.
fn message(summary: &GenerateSummary, success: bool) -> String {
    if success && summary.created == 1 {
        return "Invite code generated successfully".to_owned();
    }
    format!("{} created{}", counted(summary.created, "invite"), rest_of(summary))
}

/// The counts that are worth a word, as the end of a sentence.
fn rest_of(summary: &GenerateSummary) -> String {
    let counts = [(summary.sent, "sent"), (summary.unsent, "not sent"), (summary.failed, "failed")];
    let told = counts.iter().filter(|(count, _)| *count > 0);
    told.fold(String::new(), |text, (count, word)| format!("{text}, {} {word}", grouped(*count)))
}

/// Invites were made, and their codes did not all reach anybody.
fn not_shown(context: &Context, error: anyhow::Error, made: u64, invites: &Made) -> Result<Exit> {
    let Some(operation) = invites.operation.get() else { return Err(error) };
    let made = were_made(made);
    if invites.shown_once.load(Ordering::Relaxed) {
        let what = format!("{made}, but not every code could be written, and codes are shown only once");
        let hint = format!("revoke the invites, then create new ones: invite revoke --operation {operation}");
        return Err(Error::database(what).with_hint(hint).into());
    }
    let see = format!("list the codes: invite list --operation {operation} -o code");
    if error.downcast_ref::<std::io::Error>().is_some_and(|io| io.kind() == ErrorKind::BrokenPipe) {
        context.printer.tell(&format!("{made}, but the reader closed the output early; {see}"));
        // As a shell says of a command that a closed pipe ended.
        return Ok(Exit::Interrupted(141));
    }
    Err(Error::database(format!("{made}, but the codes could not be written: {error}")).with_hint(see).into())
}
