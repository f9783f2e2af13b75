//! `--qr`: what has to be so before a link can be drawn, and how it is shown.

use std::io;

use anyhow::Result;
use clap::Args;

use crate::cli::context::Context;
use crate::cli::ui::printer::Printer;
use crate::cli::ui::qr::Qr;
use crate::cli::ui::text::safe;
use crate::error::Error;
use crate::shell::word;

/// Whether a link is drawn, too.
#[derive(Debug, Args)]
pub(crate) struct QrArgs {
    /// Also draw the link as a QR code on the terminal
    #[arg(long)]
    qr: bool,
}

impl QrArgs {
    /// Whether it is wanted.
    pub(crate) fn is_given(&self) -> bool {
        self.qr
    }

    /// Refuses formats that programs read. Asked before anything is done.
    ///
    /// # Errors
    /// [`Error::Invalid`] for such a format.
    pub(crate) fn check(&self, printer: &Printer) -> Result<()> {
        if self.qr && !printer.format().is_for_people() {
            return Err(Error::invalid("--qr cannot be combined with an output format for programs")
                .with_hint("leave out -o or --qr")
                .into());
        }
        Ok(())
    }

    /// The code to draw, if one is wanted, for this link of an invite of this
    /// policy. Asked before anything is done, with a link of the same length.
    ///
    /// # Errors
    /// [`Error::Invalid`] if there is no link, if it leads nowhere by itself, or
    /// if the terminal is too narrow for it.
    pub(crate) fn of(&self, context: &Context, policy: &str, link: Option<&str>) -> Result<Option<Qr>> {
        if !self.qr {
            return Ok(None);
        }
        let code = Qr::for_screen(demand_link(context, policy, link)?)?;
        match context.printer.width() {
            Some(width) if usize::from(width) < code.side() => Err(Error::invalid(format!(
                "the terminal is too narrow for the QR code: {width} columns (minimum {})",
                code.side()
            ))
            .with_hint("widen the window, or use a smaller font")
            .into()),
            _ => Ok(Some(code)),
        }
    }
}

/// The link of an invite of this policy, which must lead somewhere by itself.
///
/// # Errors
/// [`Error::Invalid`] if it does not, or if there is none.
pub(crate) fn demand_link<'l>(context: &Context, policy: &str, link: Option<&'l str>) -> Result<&'l str> {
    let Some(link) = link else {
        return Err(Error::invalid(format!("invites of the policy {policy} have no link"))
            .with_hint(format!("see the rules: invite policy show {}", word(policy)))
            .into());
    };
    if !context.settings().links.are_absolute() {
        return Err(Error::invalid("a QR code needs an absolute link, but base_url is not set")
            .with_hint("set base_url in the configuration, INVITE_BASE_URL or FRONTEND_URL")
            .into());
    }
    Ok(link)
}

/// Draws codes, each with its invite's code above where there are several.
pub(crate) fn show<'q>(printer: &Printer, codes: impl ExactSizeIterator<Item = (&'q str, &'q Qr)>) -> io::Result<()> {
    let (count, colored) = (codes.len(), printer.colors_data());
    for (name, code) in codes {
        let name = if count > 1 { format!("{}\n", safe(name)) } else { String::new() };
        printer.data(&format!("\n{name}{}", code.blocks(colored)))?;
    }
    if count > 0 && !colored {
        printer.note("Without color, the QR code is drawn for a dark terminal; on a light one, add: --color always");
    }
    Ok(())
}
