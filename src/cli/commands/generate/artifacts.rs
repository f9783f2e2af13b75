//! Artifacts of `invite generate` in addition to its rows: QR codes on the terminal, an SVG file
//! with one QR code, and an HTML file with cards to print.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;

use crate::batch::{Failure, Observer};
use crate::cli::commands::generate::cards::Cards;
use crate::cli::context::Context;
use crate::cli::ui::new_file::{IncompleteFile, NewFile};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::qr::Qr;
use crate::cli::ui::qr_args::{self, QrArgs, require_link};
use crate::cli::ui::text::{counted, safe};
use crate::cli::ui::views::InviteView;
use crate::error::Error;
use crate::invites::issue::Issued;
use crate::invites::preview::InvitePreview;
use crate::links::Links;
use crate::service::Service;

/// Maximum number of QR codes on the terminal; more would scroll off the screen.
const MOST_ON_SCREEN: i64 = 10;

/// Options for artifacts.
#[derive(Debug, Args)]
pub(crate) struct ArtifactArgs {
    #[command(flatten)]
    qr: QrArgs,

    /// New SVG file for the link of a single invite, as a QR code
    #[arg(long, value_name = "FILE")]
    qr_svg: Option<PathBuf>,

    /// New HTML file with one card per invite, to print and cut
    ///
    /// A card shows the name of the space, the code, the link and its QR code, the expiry, the usage limit, the role
    /// and the note. The file is readable by its owner only; delete it after printing. An invite that is sent by e-mail
    /// has no card.
    #[arg(long, value_name = "FILE")]
    sheet: Option<PathBuf>,
}

impl ArtifactArgs {
    fn is_given(&self) -> bool {
        self.qr.is_given() || self.qr_svg.is_some() || self.sheet.is_some()
    }

    /// Checks what can be checked without the database.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an output format or a number of invites that an option does not
    /// support.
    pub(crate) fn check(&self, printer: &Printer, count: i64) -> Result<()> {
        self.qr.check(printer)?;
        if self.qr_svg.is_some() && count != 1 {
            return Err(Error::invalid(format!("--qr-svg writes a single invite, not {count}"))
                .with_hint("write one card per invite: --sheet sheet.html")
                .into());
        }
        if self.qr.is_given() && count > MOST_ON_SCREEN {
            return Err(Error::invalid(format!("--qr draws at most {MOST_ON_SCREEN} QR codes, not {count}"))
                .with_hint("write one card per invite: --sheet sheet.html")
                .into());
        }
        Ok(())
    }

    /// Checks the links of the invites, then creates the files.
    ///
    /// `space` is the space of all invites, or `None` if each row names its own; `sends` is
    /// true if the invites are sent by e-mail.
    ///
    /// # Errors
    /// [`Error::Invalid`] for links without a QR code; [`Error::Database`] for a file that
    /// cannot be created; errors of the space.
    pub(crate) async fn open(
        &self,
        context: &Context,
        service: &Service,
        space: Option<&str>,
        sends: bool,
    ) -> Result<Artifacts> {
        let now = service.now();
        let mut artifacts =
            Artifacts { now, screen: None, svg: None, cards: None, card_count: 0, written: Vec::new(), not_shown: 0 };
        if !self.is_given() {
            return Ok(artifacts);
        }
        let links = &context.settings().links;
        let known = match space {
            Some(space) => Some(service.preview_invites(&context.actor(), space).await?),
            None => None,
        };
        if let Some(preview) = known.as_ref().filter(|preview| preview.is_secret_when_sent && sends) {
            return Err(Error::invalid(format!(
                "an invite of the policy {} is sent by e-mail, so its link is not shown",
                preview.policy
            ))
            .with_hint("print the link instead of sending it: --no-send")
            .into());
        }
        if let Some(preview) = &known
            && self.qr.code(&context.printer, links, &preview.policy, preview.link.as_deref())?.is_some()
        {
            artifacts.screen = Some(Vec::new());
        }
        if let (Some(path), Some(preview)) = (&self.qr_svg, &known) {
            Qr::for_paper(require_link(links, &preview.policy, preview.link.as_deref())?)?;
            artifacts.svg = Some(NewFile::create(path)?);
        }
        if let Some(path) = &self.sheet {
            artifacts.cards = Some(create_cards(links, path, known.as_ref(), now)?);
        }
        Ok(artifacts)
    }
}

/// Creates the file of cards. Cards of a policy without links have no QR code.
fn create_cards(links: &Links, path: &Path, known: Option<&InvitePreview>, now: DateTime<Utc>) -> Result<Cards> {
    match known {
        Some(InvitePreview { link: None, .. }) => {}
        Some(InvitePreview { policy, link, .. }) => _ = Qr::for_paper(require_link(links, policy, link.as_deref())?)?,
        // The rows name the spaces; links of all policies need the same base URL.
        None => _ = require_link(links, "", Some(""))?,
    }
    Ok(Cards::create(path, known.map(|preview| preview.space_name.as_str()), now)?)
}

/// Artifacts of one run.
pub(crate) struct Artifacts {
    now: DateTime<Utc>,
    /// QR codes for the terminal, each with its code.
    screen: Option<Vec<(String, Qr)>>,
    svg: Option<NewFile>,
    cards: Option<Cards>,
    card_count: u64,
    /// Complete files, each with a description of its content.
    written: Vec<(String, PathBuf)>,
    /// Number of invites that are sent by e-mail, so that no artifact may show their codes.
    not_shown: u64,
}

impl Artifacts {
    /// Returns an observer that adds each invite to the artifacts and calls another observer.
    pub(crate) fn observe<'a>(&'a mut self, inner: &'a mut dyn Observer<Issued>) -> ArtifactObserver<'a> {
        ArtifactObserver { inner, artifacts: self }
    }

    fn add(&mut self, issued: &Issued) {
        if self.screen.is_none() && self.svg.is_none() && self.cards.is_none() {
            return;
        }
        let invite = InviteView::issued(issued, self.now);
        let Some(code) = invite.code.as_deref() else {
            self.not_shown += 1;
            return;
        };
        if let Some(cards) = &mut self.cards {
            cards.push(&invite, code);
            self.card_count += 1;
        }
        let Some(link) = invite.link.as_deref() else { return };
        if let Some(screen) = &mut self.screen
            && let Ok(qr) = Qr::for_screen(link)
        {
            screen.push((code.to_owned(), qr));
        }
        if let Some(svg) = &mut self.svg
            && let Ok(qr) = Qr::for_paper(link)
        {
            svg.keep(&qr.svg_file(&format!("Invite to {}", invite.space_name)));
        }
    }

    fn flush(&mut self) {
        self.svg.iter_mut().for_each(NewFile::flush);
        self.cards.iter_mut().for_each(Cards::flush);
    }

    fn has_failed(&self) -> bool {
        self.svg.as_ref().is_some_and(NewFile::has_failed) || self.cards.as_ref().is_some_and(Cards::has_failed)
    }

    /// Completes the files. Returns the first one that lacks some of its text.
    pub(crate) fn finish_files(&mut self) -> Option<IncompleteFile> {
        let cards = self.cards.take().map(|cards| (cards.finish(), counted(self.card_count, "card")));
        let svg = self.svg.take().map(|file| (file, "the QR code".to_owned()));
        let mut incomplete = None;
        for (file, what) in svg.into_iter().chain(cards) {
            match file.finish() {
                Ok(path) => self.written.extend(path.map(|path| (what, path))),
                Err(error) => incomplete = incomplete.or(Some(error)),
            }
        }
        incomplete
    }

    /// Draws the QR codes for the terminal.
    pub(crate) fn draw(&self, printer: &Printer) -> Result<()> {
        let codes = self.screen.as_deref().unwrap_or_default();
        qr_args::draw(printer, codes.iter().map(|(name, code)| (name.as_str(), code)))?;
        Ok(printer.clone().flush()?)
    }

    /// Prints the complete files, and the number of invites without a card.
    pub(crate) fn print_files(&self, printer: &Printer) {
        for (what, path) in &self.written {
            printer.info(&format!("Wrote {what} to {}.", safe(&path.display().to_string())));
        }
        if self.not_shown > 0 && self.card_count > 0 {
            printer.info(&format!("{} sent by e-mail, without a card.", counted(self.not_shown, "invite")));
        } else if self.not_shown > 0 {
            printer.info(&format!("{} sent by e-mail, so no sheet was written.", counted(self.not_shown, "invite")));
        }
    }
}

/// Observer that adds each invite to the artifacts.
pub(crate) struct ArtifactObserver<'a> {
    inner: &'a mut dyn Observer<Issued>,
    artifacts: &'a mut Artifacts,
}

impl Observer<Issued> for ArtifactObserver<'_> {
    fn expect(&mut self, total: u64) {
        self.inner.expect(total);
    }

    fn advance(&mut self, by: u64) {
        // The files contain every committed invite, even if the process is killed.
        self.artifacts.flush();
        self.inner.advance(by);
    }

    fn done(&mut self, item: &Issued) {
        self.artifacts.add(item);
        self.inner.done(item);
    }

    fn failed(&mut self, failure: &Failure) {
        self.inner.failed(failure);
    }

    fn stop_requested(&self) -> bool {
        // Stop, because the files would lack any further invite.
        self.artifacts.has_failed() || self.inner.stop_requested()
    }
}
