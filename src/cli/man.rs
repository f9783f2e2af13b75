//! `invite man`

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use clap::{Args, CommandFactory};

use super::Exit;
use super::command::Cli;
use super::context::Context;
use super::text::counted;

/// Write the manual pages, one a command, into a folder
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  invite man man/
  man -l man/invite-backfill.1")]
pub(super) struct ManArgs {
    /// The folder; it is made if it is not there
    folder: PathBuf,
}

pub(super) fn run(context: &mut Context, args: ManArgs) -> Result<Exit> {
    let pages = pages()?;
    let folder = args.folder;
    std::fs::create_dir_all(&folder).with_context(|| format!("the folder {} cannot be made", folder.display()))?;
    for (name, page) in &pages {
        let file = folder.join(name);
        write(&file, page).with_context(|| format!("{} cannot be written", file.display()))?;
    }
    context.printer.note(&format!("{} written.", counted(pages.len() as u64, "page")));
    Ok(Exit::Done)
}

fn write(file: &Path, page: &[u8]) -> std::io::Result<()> {
    std::fs::write(file, page)
}

/// Every page with its file name, in the order of the command tree.
fn pages() -> Result<Vec<(String, Vec<u8>)>> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    let mut open = vec![(root, "invite".to_owned())];
    while let Some((command, name)) = open.pop() {
        for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
            open.push((subcommand.clone(), format!("{name}-{}", subcommand.get_name())));
        }
        let mut page = Vec::new();
        clap_mangen::Man::new(command.name(name.clone())).date("").render(&mut page)?;
        pages.push((format!("{name}.1"), page));
    }
    Ok(pages)
}
