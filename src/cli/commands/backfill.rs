//! `invite backfill`

use std::io;
use std::path::PathBuf;

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;
use serde::Serialize;

use crate::batch::Observer as _;
use crate::cli::authority;
use crate::cli::commands::space::import::import;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::import::{Imported, Report};
use crate::cli::ui::batch::{Batch, Counts, MAX_TABLE_ROWS};
use crate::cli::ui::changes::{ADDED, Changes};
use crate::cli::ui::fields::{FieldsArgs, require_code};
use crate::cli::ui::row::{Row, Selectable};
use crate::cli::ui::table::Value;
use crate::cli::ui::text::{counted, grouped, rfc3339};
use crate::records::NullWords;
use crate::service::Service;
use crate::spaces::backfill::{BackfillRequest, BackfillSummary, Backfilled, ImportPreview, Shard};
use crate::spaces::import::{ImportSpacesRequest, ImportedSpace};

/// Create the missing standing codes of spaces
///
/// Creates a code for each space that has none, if its policy has standing codes ("invite policy list" shows which).
/// Spaces are scanned in batches, each in its own transaction. A space that fails is reported, and the run continues
/// with the others. A repeated run continues where the previous one stopped.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite backfill --dry-run
  invite backfill
  invite backfill --import spaces.csv
  invite backfill --check -q; [ $? -eq 8 ] && echo 'some space lacks a code'
  invite backfill --out-file codes.csv
  invite backfill --shard 3/8          on machine 3 of 8")]
pub(crate) struct BackfillArgs {
    /// List the spaces that would get a code; change nothing
    #[arg(short = 'n', long)]
    dry_run: bool,

    /// List and count the spaces without a code, and exit with 8 if there are some; change nothing
    #[arg(long)]
    check: bool,

    /// With --dry-run: exit with 8 if a space lacks a code
    #[arg(long, requires = "dry_run")]
    exit_code: bool,

    /// Only spaces of this policy; with --import, also the policy of rows without one
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// Only this space; can be repeated
    #[arg(long, value_name = "SPACE")]
    space: Vec<String>,

    /// Maximum number of codes to create
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    limit: Option<u64>,

    /// Only one part of the spaces, such as 3/8: part 3 of 8, for parallel runs
    ///
    /// The ID of a space determines its part. Every run scans all spaces and changes only those of its part.
    #[arg(long, value_name = "PART/PARTS", conflicts_with_all = ["space", "import"])]
    shard: Option<Shard>,

    /// Number of spaces per transaction [default: 8000, in a file 16000, on a cluster 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    batch_size: Option<u32>,

    /// Import spaces from this file first, like "invite space import", or - for standard input
    #[arg(long, value_name = "FILE", conflicts_with_all = ["space", "limit"])]
    import: Option<String>,

    /// With --import: accept codes of 4 or 5 characters, which are easy to guess
    #[arg(long, requires = "import")]
    allow_short_codes: bool,

    /// Word in the file that means an empty value, such as NULL; can be repeated
    #[arg(long = "null", value_name = "WORD", requires = "import")]
    null_words: Vec<String>,

    /// New file for the created codes (.csv or .jsonl)
    #[arg(long, value_name = "FILE")]
    out_file: Option<PathBuf>,

    #[command(flatten)]
    fields: FieldsArgs<AddedRow>,
}

#[derive(Serialize)]
struct AddedRow {
    space_id: String,
    space_name: String,
    policy: String,
    code: Option<String>,
    link: Option<String>,
    invite_id: Option<String>,
    expires_at: Option<String>,
    #[serde(skip)]
    expires: Option<DateTime<Utc>>,
}

impl Row for AddedRow {
    const LIST: &'static str = "spaces";
    const FIELDS: &'static [&'static str] =
        &["space_id", "space_name", "policy", "code", "link", "invite_id", "expires_at"];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["SPACE", "NAME", "CODE", "LINK"];
        if wide {
            headers.extend(["POLICY", "EXPIRES", "INVITE"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![
            self.space_id.as_str().into(),
            self.space_name.as_str().into(),
            self.code.as_deref().into(),
            self.link.as_deref().into(),
        ];
        if wide {
            cells.extend([
                Value::from(self.policy.as_str()),
                Value::Time(self.expires, "never"),
                self.invite_id.as_deref().into(),
            ]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        self.code.as_deref()
    }
}

impl Selectable for AddedRow {
    const EXAMPLE: &'static str = "space_id,code,link";
}

fn row(item: &Backfilled) -> AddedRow {
    let invite = item.issued.as_ref().map(|issued| &issued.invite);
    let expires = invite.and_then(|invite| invite.expires_at);
    AddedRow {
        space_id: item.space.id.clone(),
        space_name: item.space.name.clone(),
        policy: item.space.policy.clone(),
        code: item.issued.as_ref().map(|issued| issued.code.reveal().to_owned()),
        link: item.issued.as_ref().and_then(|issued| issued.link.clone()),
        invite_id: invite.map(|invite| invite.id.to_string()),
        expires_at: expires.map(rfc3339),
        expires,
    }
}

#[derive(Serialize)]
struct Summary {
    success: bool,
    #[serde(flatten)]
    changes: Changes,
    scanned: u64,
    missing: u64,
    failed: u64,
    /// Spaces that have no standing code because of their policy.
    skipped_by_policy: u64,
    interrupted: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    import: Option<Report>,
}

pub(crate) async fn run(context: &mut Context, args: BackfillArgs) -> Result<Exit> {
    if args.import.is_some() {
        authority::check("space import", context.global.actor.as_deref())?;
    }
    let dry_run = args.dry_run || args.check;
    let fields = args.fields.selected(context.printer.format())?;
    if !dry_run && args.out_file.is_none() {
        require_code(fields.as_ref())?;
    }
    let shows_links = fields.as_ref().is_some_and(|fields| fields.contain("link"));
    let service =
        if args.import.is_some() && !dry_run { context.service_or_create().await? } else { context.service().await? };
    // With -q, a check prints nothing; its caller reads the exit code.
    let shown = if args.check && context.printer.is_quiet() { 0 } else { MAX_TABLE_ROWS };
    let mut batch = Batch::new(&context.printer, &context.interrupt, "backfill", Some(shown), row).with_fields(fields);
    if let Some(file) = args.out_file.as_deref().filter(|_| !dry_run) {
        batch = batch.with_file(file)?;
    }
    let request = BackfillRequest {
        policy: args.policy.clone(),
        spaces: args.space.clone(),
        shard: args.shard,
        limit: args.limit,
        batch_size: args.batch_size,
        dry_run,
    };
    // Checked before the import.
    service.check_backfill(&context.actor(), &request)?;
    let nulls = NullWords::new(args.null_words.clone())?;
    let mut preview =
        if dry_run && args.import.is_some() { Some(ImportPreview::new(&service, &request)?) } else { None };
    let imported = match &args.import {
        Some(file) => {
            let request = ImportSpacesRequest {
                default_policy: args.policy.clone(),
                update: false,
                allow_short_codes: args.allow_short_codes,
                dry_run,
            };
            let mut on_imported = |space: &ImportedSpace| {
                if let Some(planned) = preview.as_mut().and_then(|preview| preview.add(space)) {
                    batch.done(&planned);
                }
            };
            Some(import(context, &service, (file, nulls), &request, &mut on_imported).await?)
        }
        None => None,
    };
    let summary = act(context, &service, &args, &request, batch, (imported.as_ref(), preview.as_ref())).await?;
    let failed = summary.failed + imported.map_or(0, |imported| imported.summary.failed);
    context.explain_relative_links(shows_links && !dry_run && summary.added > 0);
    let exit = context.exit(summary.interrupted, failed);
    let pending = (args.check || args.exit_code) && summary.missing > 0;
    Ok(if exit == Exit::Done && pending { Exit::Pending } else { exit })
}

async fn act<F>(
    context: &Context,
    service: &Service,
    args: &BackfillArgs,
    request: &BackfillRequest,
    mut batch: Batch<F>,
    (imported, preview): (Option<&Imported>, Option<&ImportPreview>),
) -> Result<BackfillSummary>
where
    F: Fn(&Backfilled) -> AddedRow + Send,
{
    let outcome = if imported.is_some_and(|imported| imported.summary.interrupted) {
        Ok(BackfillSummary { interrupted: true, ..BackfillSummary::default() })
    } else {
        service.backfill(&context.actor(), request, &mut batch).await
    };
    let (mut summary, failure) = match outcome {
        Ok(summary) => (summary, None),
        // Nothing was done, so there is no report.
        Err(error) if batch.counts().done == 0 && batch.counts().failed == 0 => return Err(error.into()),
        Err(error) => (partial_summary(batch.counts()), Some(error)),
    };
    if failure.is_none()
        && let Some(preview) = preview
    {
        summary = summary.plus(preview.summary());
    }
    let failed = summary.failed + imported.map_or(0, |imported| imported.summary.failed);
    let changes = Changes::new(request.dry_run, [(ADDED, summary.added)]);
    let added = changes.verb(ADDED);
    batch.finish::<AddedRow>(&Summary {
        success: failed == 0 && failure.is_none() && !summary.interrupted,
        changes,
        scanned: summary.scanned,
        missing: summary.missing,
        failed: summary.failed,
        skipped_by_policy: summary.skipped_by_policy,
        interrupted: summary.interrupted,
        import: imported.map(|imported| imported.to_report(request.dry_run)),
    })?;
    print_summary(context, args, request, &summary, &added)?;
    if args.dry_run && failure.is_none() {
        let imports = imported.is_some_and(|imported| imported.summary.added > 0);
        context.printer.dry_run_info(summary.added > 0 || imports);
    }
    context.report_incomplete(summary.interrupted, failure.is_some());
    match failure {
        None => Ok(summary),
        Some(error) => Err(error.into()),
    }
}

/// Returns the summary of a run that an error ended. All of it is committed. The last page
/// may be done in part, without being counted as scanned.
fn partial_summary(counts: Counts) -> BackfillSummary {
    let missing = counts.done + counts.failed;
    BackfillSummary {
        scanned: counts.scanned.max(missing),
        missing,
        added: counts.done,
        failed: counts.failed,
        skipped_by_policy: 0,
        interrupted: false,
    }
}

/// Prints the summary as text: after a table as data, with another format to standard
/// error.
fn print_summary(
    context: &Context,
    args: &BackfillArgs,
    request: &BackfillRequest,
    summary: &BackfillSummary,
    added: &str,
) -> io::Result<()> {
    let text = format!(
        "scanned {}, missing {}, {added} {}, failed {}",
        grouped(summary.scanned),
        grouped(summary.missing),
        grouped(summary.added),
        grouped(summary.failed)
    );
    if context.printer.shows_reports() && context.printer.format().is_for_people() {
        context.printer.data_line(&text)?;
    } else {
        context.printer.info(&text);
    }
    let others = summary.skipped_by_policy;
    if others > 0 {
        context.printer.info(&format!(
            "{} skipped: the policy has no standing codes. Create an invite there: invite generate --space ID",
            counted(others, "space")
        ));
    } else if summary.scanned == 0 && request.policy.is_none() && request.spaces.is_empty() && args.import.is_none() {
        context.printer.info(&context.no_spaces());
    }
    Ok(())
}
