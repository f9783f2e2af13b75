//! `invite limits reset`

use anyhow::Result;
use clap::{ArgGroup, Args};
use serde::Serialize;

use crate::cli::commands::limits::filter::FilterArgs;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::output;
use crate::cli::ui::prompt::{Confirmed, Question};
use crate::cli::ui::text::counted;
use crate::limits::LimitFilter;

/// Reset the counters of the current windows
///
/// --all resets the counters of all policies, clients, users, spaces and addresses, after a confirmation.
#[derive(Debug, Args)]
#[command(
    group = ArgGroup::new("which").args(["policy", "client", "user", "space", "email", "all"]).required(true).multiple(true),
    before_long_help = "\
Examples:
  invite limits reset --client 203.0.113.9
  invite limits reset --policy director --user u3
  invite limits reset --email kim@example.org
  invite limits reset --all --yes --reason 'after the load test'"
)]
pub(crate) struct ResetArgs {
    #[command(flatten)]
    filter: FilterArgs,

    /// Reset all counters
    #[arg(long, conflicts_with_all = ["policy", "client", "user", "space", "email"])]
    all: bool,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    reset: u64,
}

pub(crate) async fn run(context: &mut Context, args: ResetArgs) -> Result<Exit> {
    let service = context.service().await?;
    let filter = LimitFilter::from(args.filter);
    let count = service.count_limits(&filter).await?;
    let _confirmed = if args.all && count > 0 {
        let what = format!("this resets {} of {}", counted(count, "counter"), context.target());
        context.prompter.confirm_after(&what, &Question::YesNo, "preview: invite limits")?
    } else {
        Confirmed::not_needed()
    };
    let reset = service.reset_limits(&context.actor(), &filter).await?;
    output::report(&context.printer, &Report { success: true, reset }, None, || {
        format!("reset: {}\n", counted(reset, "counter"))
    })?;
    if reset == 0 {
        context.printer.info("No matching counters in the current windows.");
    }
    Ok(Exit::Done)
}
