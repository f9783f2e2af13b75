//! What `generate` makes to hand on beside its rows: QR codes on the screen, one
//! as a picture, a sheet to print.

use std::path::{Path, PathBuf};

use anyhow::Result;
use chrono::{DateTime, Utc};
use clap::Args;

use crate::batch::{Failure, Observer};
use crate::cli::context::Context;
use crate::cli::ui::cards::Cards;
use crate::cli::ui::new_file::{NewFile, Unfinished};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::qr::{self, Qr, QrArgs, demand_link};
use crate::cli::ui::text::{counted, safe};
use crate::cli::ui::views::InviteView;
use crate::error::Error;
use crate::invites::issue::Issued;
use crate::invites::preview::{InvitePreview, preview_space};
use crate::service::Service;

/// More would scroll each other off the screen.
const MOST_ON_SCREEN: i64 = 10;

/// What is made beside the rows.
#[derive(Debug, Args)]
pub(crate) struct HandoutArgs {
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

impl HandoutArgs {
    fn is_given(&self) -> bool {
        self.qr.is_given() || self.qr_svg.is_some() || self.sheet.is_some()
    }

    /// Refuses what no database is needed to refuse.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a format or a number that this is not for.
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

    /// Makes the files, once everything about the links of these invites is found
    /// to be right; `space`: the one that all of them are for.
    ///
    /// # Errors
    /// [`Error::Invalid`] for links that cannot be drawn, [`Error::Database`] for
    /// a file that cannot be made, and what is wrong with the space.
    pub(crate) async fn open(
        &self,
        context: &Context,
        service: &Service,
        space: Option<&str>,
        sends: bool,
    ) -> Result<Handouts> {
        let now = service.now();
        let mut handouts =
            Handouts { now, screen: None, picture: None, sheet: None, cards: 0, written: Vec::new(), unseen: 0 };
        if !self.is_given() {
            return Ok(handouts);
        }
        let known = match space {
            Some(space) => Some(preview_space(service, &context.actor(), space).await?),
            None => None,
        };
        if let Some(foreseen) = known.as_ref().filter(|foreseen| foreseen.is_secret_when_sent && sends) {
            return Err(Error::invalid(format!(
                "an invite of the policy {} is sent by e-mail, so its link is not shown",
                foreseen.policy
            ))
            .with_hint("print the link instead of sending it: --no-send")
            .into());
        }
        if let Some(foreseen) = &known
            && self.qr.of(context, &foreseen.policy, foreseen.link.as_deref())?.is_some()
        {
            handouts.screen = Some(Vec::new());
        }
        if let (Some(path), Some(foreseen)) = (&self.qr_svg, &known) {
            Qr::for_paper(demand_link(context, &foreseen.policy, foreseen.link.as_deref())?)?;
            handouts.picture = Some(NewFile::create(path)?);
        }
        if let Some(path) = &self.sheet {
            handouts.sheet = Some(sheet(context, path, known.as_ref(), now)?);
        }
        Ok(handouts)
    }
}

/// A sheet for invites of which this is known. Cards of codes that have no link
/// show the code alone.
fn sheet(context: &Context, path: &Path, known: Option<&InvitePreview>, now: DateTime<Utc>) -> Result<Cards> {
    match known {
        Some(InvitePreview { link: None, .. }) => {}
        Some(InvitePreview { policy, link, .. }) => _ = Qr::for_paper(demand_link(context, policy, link.as_deref())?)?,
        // The rows say for which spaces they are: a link begins the same for all.
        None => _ = demand_link(context, "", Some(""))?,
    }
    Ok(Cards::create(path, known.map(|foreseen| foreseen.space_name.as_str()), now)?)
}

/// What is on its way.
pub(crate) struct Handouts {
    now: DateTime<Utc>,
    screen: Option<Vec<(String, Qr)>>,
    picture: Option<NewFile>,
    sheet: Option<Cards>,
    /// How many cards the sheet has.
    cards: u64,
    /// Files that were written, and what they hold.
    written: Vec<(String, PathBuf)>,
    /// Invites whose codes are shown to nobody.
    unseen: u64,
}

impl Handouts {
    /// Watches a run beside another.
    pub(crate) fn beside<'a>(&'a mut self, inner: &'a mut dyn Observer<Issued>) -> Watch<'a> {
        Watch { inner, handouts: self }
    }

    fn take(&mut self, issued: &Issued) {
        if self.screen.is_none() && self.picture.is_none() && self.sheet.is_none() {
            return;
        }
        let invite = InviteView::issued(issued, self.now);
        let Some(code) = invite.code.as_deref() else {
            self.unseen += 1;
            return;
        };
        if let Some(cards) = &mut self.sheet {
            cards.push(&invite, code);
            self.cards += 1;
        }
        let Some(link) = invite.link.as_deref() else { return };
        if let Some(screen) = &mut self.screen
            && let Ok(drawn) = Qr::for_screen(link)
        {
            screen.push((code.to_owned(), drawn));
        }
        if let Some(picture) = &mut self.picture
            && let Ok(drawn) = Qr::for_paper(link)
        {
            picture.keep(&drawn.svg_file(&format!("Invite to {}", invite.space_name)));
        }
    }

    fn flush(&mut self) {
        self.picture.iter_mut().for_each(NewFile::flush);
        self.sheet.iter_mut().for_each(Cards::flush);
    }

    fn has_failed(&self) -> bool {
        self.picture.as_ref().is_some_and(NewFile::has_failed) || self.sheet.as_ref().is_some_and(Cards::has_failed)
    }

    /// Ends the files; the first that could not be written whole, and why.
    pub(crate) fn end_files(&mut self) -> Option<Unfinished> {
        let sheet = self.sheet.take().map(|cards| (cards.finish(), counted(self.cards, "card")));
        let picture = self.picture.take().map(|file| (file, "the QR code".to_owned()));
        let mut unfinished = None;
        for (file, what) in picture.into_iter().chain(sheet) {
            match file.finish() {
                Ok(path) => self.written.extend(path.map(|path| (what, path))),
                Err(error) => unfinished = unfinished.or(Some(error)),
            }
        }
        unfinished
    }

    /// Draws what was made for the screen.
    pub(crate) fn show(&self, printer: &Printer) -> Result<()> {
        let codes = self.screen.as_deref().unwrap_or_default();
        qr::show(printer, codes.iter().map(|(name, code)| (name.as_str(), code)))?;
        Ok(printer.clone().flush()?)
    }

    /// Says what there is to know of the files.
    pub(crate) fn tell(&self, printer: &Printer) {
        for (what, path) in &self.written {
            printer.note(&format!("Wrote {what} to {}.", safe(&path.display().to_string())));
        }
        if self.unseen > 0 && self.cards > 0 {
            printer.note(&format!("{} sent by e-mail, without a card.", counted(self.unseen, "invite")));
        } else if self.unseen > 0 {
            printer.note(&format!("{} sent by e-mail, so no sheet was written.", counted(self.unseen, "invite")));
        }
    }
}

/// Takes what is made, before another observer does.
pub(crate) struct Watch<'a> {
    inner: &'a mut dyn Observer<Issued>,
    handouts: &'a mut Handouts,
}

impl Observer<Issued> for Watch<'_> {
    fn expect(&mut self, total: u64) {
        self.inner.expect(total);
    }

    fn advance(&mut self, by: u64) {
        // Whoever kills the run finds in the files what was committed.
        self.handouts.flush();
        self.inner.advance(by);
    }

    fn done(&mut self, item: &Issued) {
        self.handouts.take(item);
        self.inner.done(item);
    }

    fn failed(&mut self, failure: &Failure) {
        self.inner.failed(failure);
    }

    fn stop_requested(&self) -> bool {
        // Whoever prints a sheet wants no invites that are not on it.
        self.handouts.has_failed() || self.inner.stop_requested()
    }
}
