//! `invite migrate`

use anyhow::Result;
use clap::Args;
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::output;
use crate::cli::ui::text::{counted, safe};
use crate::store::db::database::Db;

/// Create the database or migrate its schema
///
/// A database that you name, on a server or in a file, is migrated by this command only; run it after every update of
/// invite.
///
/// The default database, a file in your home folder, needs no migrate: init, space add, space import and backfill
/// --import create it, and every command migrates it if necessary.
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite migrate --database-url sqlite:///var/lib/invite/invite.db
  invite migrate --database-url-file /etc/invite/url
  invite migrate --status")]
pub(crate) struct MigrateArgs {
    /// Only show pending migrations; exit with 8 if there are any
    #[arg(long)]
    status: bool,
}

#[derive(Serialize)]
struct Report {
    success: bool,
    database: String,
    schema_version: i64,
    applied: usize,
    pending: Vec<String>,
}

pub(crate) async fn run(context: &mut Context, args: MigrateArgs) -> Result<Exit> {
    let location = context.settings().database.value.clone();
    let mut report = Report {
        success: true,
        database: location.url(),
        schema_version: Db::newest_schema(),
        applied: 0,
        pending: Vec::new(),
    };
    if args.status {
        let (db, state) = Db::inspect_with(location, context.db_options(1)).await?;
        report.pending = db.pending(state)?;
        context.warn_of_connection(&db);
    } else {
        let (db, applied) = Db::migrate_with(location, context.db_options(1)).await?;
        report.applied = applied;
        context.warn_of_connection(&db);
        warn_of_rights(context, &db).await?;
    }
    output::report(&context.printer, &report, None, || render(&report, args.status))?;
    Ok(if report.pending.is_empty() { Exit::Done } else { Exit::Pending })
}

/// Warns if default privileges of the database gave other roles rights on the tables.
async fn warn_of_rights(context: &Context, db: &Db) -> Result<()> {
    for privileges in db.default_privileges().await? {
        context.printer.warn(&safe(&format!(
            "default privileges of the database grant access to the tables of invite to {}; revoke it: {}",
            privileges.roles.join(", "),
            privileges.revoke
        )));
    }
    Ok(())
}

/// Renders the report as text.
fn render(report: &Report, status: bool) -> String {
    let database = safe(&report.database);
    let mut text = if status && !report.pending.is_empty() {
        format!("{database}: {} pending\n", counted(report.pending.len() as u64, "migration"))
    } else if report.applied > 0 {
        format!("{database}: {} applied\n", counted(report.applied as u64, "migration"))
    } else {
        format!("{database}: up to date (schema {})\n", report.schema_version)
    };
    for name in &report.pending {
        text.push_str(&format!("  {name}\n"));
    }
    text
}
