//! `invite man`

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, Command};
use clap_mangen::Man;
use clap_mangen::roff::{Roff, roman};

use crate::cli::commands::help::topics::{TOPICS, Topic, is_heading};
use crate::cli::commands::help::with_layout;
use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::text::counted;
use crate::files::{check_replaceable, replace};

/// Write the manual pages into a folder
#[derive(Debug, Args)]
#[command(before_long_help = "\
Examples:
  invite man man/
  man -l man/invite-backfill.1")]
pub(crate) struct ManArgs {
    /// Folder; created if it does not exist
    folder: PathBuf,
}

pub(crate) fn run(context: &mut Context, args: ManArgs, root: Command) -> Result<Exit> {
    let pages = pages(root)?;
    let folder = args.folder;
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    let cannot = |name: &str| format!("cannot write {}", folder.join(name).display());
    // Checked before the first write: a page may replace a regular file only.
    for (name, _) in &pages {
        check_replaceable(&folder.join(name)).with_context(|| cannot(name))?;
    }
    for (name, page) in &pages {
        replace(&folder.join(name), page, 0o666).with_context(|| cannot(name))?;
    }
    context.printer.info(&format!("{} written.", counted(pages.len() as u64, "page")));
    Ok(Exit::Done)
}

/// Returns the file names and the contents of all pages.
fn pages(root: Command) -> Result<Vec<(String, Vec<u8>)>> {
    let mut root = with_layout(root);
    root.build();
    let mut pages: Vec<(String, Vec<u8>)> = TOPICS.iter().map(|topic| (topic_file(topic), topic_page(topic))).collect();
    let mut open = vec![(root, "invite".to_owned())];
    while let Some((command, name)) = open.pop() {
        for subcommand in command.get_subcommands().filter(|subcommand| !subcommand.is_hide_set()) {
            open.push((subcommand.clone(), format!("{name}-{}", subcommand.get_name())));
        }
        pages.push((format!("{name}.1"), command_page(command.name(name))?));
    }
    Ok(pages)
}

fn topic_file(topic: &Topic) -> String {
    format!("invite-{}.7", topic.name)
}

/// Returns the page of a command: description, examples, options.
fn command_page(mut command: Command) -> Result<Vec<u8>> {
    let usage = command.render_usage().to_string();
    let examples = command.get_before_long_help().map(ToString::to_string);
    let has_subcommands = command.get_subcommands().next().is_some();
    let is_root = command.get_name() == "invite";
    let man = Man::new(command).date("").manual("invite");
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    synopsis(&usage).to_writer(&mut page)?;
    man.render_description_section(&mut page)?;
    if let Some(examples) = examples {
        let mut roff = Roff::new();
        sections(&mut roff, &examples);
        roff.to_writer(&mut page)?;
    }
    if has_subcommands {
        man.render_subcommands_section(&mut page)?;
    }
    man.render_options_section(&mut page)?;
    let mut roff = Roff::new();
    let mut others: Vec<String> = TOPICS.iter().map(|topic| format!("invite-{}(7)", topic.name)).collect();
    if !is_root {
        others.insert(0, "invite(1)".to_owned());
    }
    roff.control("SH", ["SEE ALSO"]).text([roman(others.join(", "))]);
    roff.to_writer(&mut page)?;
    Ok(page)
}

/// Returns the synopsis section: the usage lines of the help.
fn synopsis(usage: &str) -> Roff {
    let mut roff = Roff::new();
    roff.control("SH", ["SYNOPSIS"]).control("nf", []);
    for line in usage.trim_start_matches("Usage:").lines() {
        roff.text([roman(line.trim())]);
    }
    roff.control("fi", []);
    roff
}

fn topic_page(topic: &Topic) -> Vec<u8> {
    let mut roff = Roff::new();
    let name = format!("invite-{}", topic.name);
    roff.control("TH", [name.as_str(), "7", "", "", "invite"]);
    roff.control("SH", ["NAME"]).text([roman(format!("{name} - {}", topic.about))]);
    roff.control("SH", ["DESCRIPTION"]);
    sections(&mut roff, &topic.text());
    roff.control("SH", ["SEE ALSO"]).text([roman("invite(1)")]);
    roff.render().into_bytes()
}

/// Appends text in the form of help: paragraphs are filled, and indented lines below headings
/// are kept.
fn sections(roff: &mut Roff, text: &str) {
    let mut is_indented = false;
    for line in text.lines() {
        let was_indented = is_indented;
        is_indented = line.starts_with(' ') || (was_indented && line.is_empty());
        match (was_indented, is_indented) {
            (false, true) => roff.control("RS", ["2"]).control("nf", []),
            (true, false) => roff.control("fi", []).control("RE", []),
            _ => roff,
        };
        if is_heading(line) {
            roff.control("SH", [line.trim_end_matches(':').to_uppercase().as_str()]);
        } else if line.is_empty() && !is_indented {
            roff.control("PP", []);
        } else {
            roff.text([roman(line.strip_prefix("  ").unwrap_or(line))]);
        }
    }
    if is_indented {
        roff.control("fi", []).control("RE", []);
    }
}
