//! HTML file with one card per invite, to print and cut. It loads nothing else, and is
//! written while the invites are created.

use std::path::Path;

use chrono::{DateTime, Utc};

use crate::cli::ui::instant::Instant;
use crate::cli::ui::new_file::NewFile;
use crate::cli::ui::qr::Qr;
use crate::cli::ui::text::{escaped, grouped};
use crate::cli::ui::views::InviteView;
use crate::error::{Result, readable};

/// Style for the screen and for paper.
const STYLE: &str = include_str!("cards/style.css");

/// Number of cards per row.
const COLUMNS: u64 = 2;

/// File of cards.
pub(crate) struct Cards {
    file: NewFile,
    /// Number of cards so far.
    written: u64,
}

impl Cards {
    /// Creates the file and writes the head of the page. `space` is the name of the space of
    /// all invites, or `None` if they belong to several.
    ///
    /// # Errors
    /// As [`NewFile::create`], and [`crate::error::Error::Database`] if the head cannot be
    /// written.
    pub(crate) fn create(path: &Path, space: Option<&str>, now: DateTime<Utc>) -> Result<Self> {
        let mut file = NewFile::create(path)?;
        let title = space.map_or_else(|| "Invites".to_owned(), |name| format!("Invites to {name}"));
        file.write(&head(&title, now));
        // A full disk is reported before the first invite is created.
        Ok(Cards { file: file.flushed()?, written: 0 })
    }

    /// Adds the card of an invite with this code.
    pub(crate) fn push(&mut self, invite: &InviteView, code: &str) {
        let is_first = self.written.is_multiple_of(COLUMNS);
        self.written += 1;
        // A row prevents page breaks within its cards, in every browser.
        let (open, close) =
            (if is_first { "<div class=\"row\">\n" } else { "" }, if is_first { "" } else { "</div>\n" });
        self.file.keep(&format!("{open}{}{close}", card(invite, code)));
    }

    /// Writes the buffer to the file.
    pub(crate) fn flush(&mut self) {
        self.file.flush();
    }

    /// True if a write failed.
    pub(crate) fn has_failed(&self) -> bool {
        self.file.has_failed()
    }

    /// Writes the end of the page and returns the file.
    pub(crate) fn finish(mut self) -> NewFile {
        self.file.write(if self.written.is_multiple_of(COLUMNS) { "" } else { "</div>\n" });
        self.file.write("</main>\n</body>\n</html>\n");
        self.file
    }
}

/// Returns the head of the page. It forbids scripts, requests and referrers.
fn head(title: &str, now: DateTime<Utc>) -> String {
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" \
         content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta \
         http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src \
         'unsafe-inline'\">\n<title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n<h1 \
         dir=\"auto\">{title}</h1>\n<p>Created {}. Print this page, cut the cards apart, and delete the file: a code \
         is all that is needed to join.</p>\n</header>\n<main>\n",
        readable(now),
        title = escaped(title)
    )
}

fn card(invite: &InviteView, code: &str) -> String {
    let class = match code.chars().count() {
        0..=10 => "code",
        11..=18 => "code longer",
        _ => "code longest",
    };
    let qr_code = invite.link.as_deref().and_then(|link| Qr::for_paper(link).ok()).map_or_else(String::new, |qr| {
        format!(
            "<svg viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\" \
             aria-label=\"QR code of the link\"><path d=\"{}\"/></svg>\n",
            qr.path(),
            side = qr.side()
        )
    });
    let facts: Vec<String> = facts(invite)
        .into_iter()
        .map(|(name, value)| format!("<dt>{name}</dt><dd dir=\"auto\">{}</dd>\n", escaped(&value)))
        .collect();
    let note = invite.note.as_ref().map_or_else(String::new, |note| {
        format!("<p class=\"note\" dir=\"auto\"><span>Note</span> {}</p>\n", escaped(note))
    });
    let link =
        invite.link.as_ref().map_or_else(String::new, |link| format!("<p class=\"link\">{}</p>\n", escaped(link)));
    format!(
        "<article>\n<h2 dir=\"auto\">{}</h2>\n<div class=\"body\">\n<div>\n<p class=\"{class}\">{}</p>\n\
         <dl>\n{facts}</dl>\n</div>\n{qr_code}</div>\n{note}{link}</article>\n",
        escaped(&invite.space_name),
        escaped(code),
        facts = facts.concat()
    )
}

/// Returns the names and values on a card.
fn facts(invite: &InviteView) -> Vec<(&'static str, String)> {
    let uses = invite.max_uses.map_or_else(|| "unlimited".to_owned(), |max| grouped(max.unsigned_abs()));
    let mut facts = Vec::with_capacity(5);
    if let Some(Instant(start)) = invite.starts_at {
        facts.push(("Starts", readable(start)));
    }
    facts.push((
        "Expires",
        invite.effective_expiry.map_or_else(|| "never".to_owned(), |Instant(expiry)| readable(expiry)),
    ));
    facts.push(("Uses", uses));
    facts.push(("Role", invite.role.clone()));
    facts.extend(invite.email.clone().map(|address| ("For", address)));
    facts
}

#[cfg(test)]
pub(crate) mod tests;
