//! `--qr`: conditions for a QR code, and its output on the terminal.

use std::io;

use anyhow::Result;
use clap::Args;

use crate::cli::ui::printer::Printer;
use crate::cli::ui::qr::Qr;
use crate::cli::ui::text::safe;
use crate::error::Error;
use crate::links::Links;
use crate::shell::word;

/// Option that draws a link.
#[derive(Debug, Args)]
pub(crate) struct QrArgs {
    /// Also draw the link as a QR code on the terminal
    #[arg(long)]
    qr: bool,
}

impl QrArgs {
    /// True if the option is given.
    pub(crate) fn is_given(&self) -> bool {
        self.qr
    }

    /// Checks the output format. Call it before the command changes anything.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a format that programs read.
    pub(crate) fn check(&self, printer: &Printer) -> Result<()> {
        if self.qr && !printer.format().is_for_people() {
            return Err(Error::invalid("--qr cannot be combined with an output format for programs")
                .with_hint("leave out -o or --qr")
                .into());
        }
        Ok(())
    }

    /// Returns the QR code of a link; `None` without the option. Call it before the command
    /// changes anything, with a sample link of the same length if the link does not exist.
    ///
    /// # Errors
    /// As [`require_link`], and [`Error::Invalid`] if the terminal is too narrow.
    pub(crate) fn code(
        &self,
        printer: &Printer,
        links: &Links,
        policy: &str,
        link: Option<&str>,
    ) -> Result<Option<Qr>> {
        if !self.qr {
            return Ok(None);
        }
        let code = Qr::for_screen(require_link(links, policy, link)?)?;
        match printer.width() {
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

/// Returns the link of an invite of a policy, which must be absolute.
///
/// # Errors
/// [`Error::Invalid`] if the policy has no links, or `base_url` is not set.
pub(crate) fn require_link<'l>(links: &Links, policy: &str, link: Option<&'l str>) -> Result<&'l str> {
    let Some(link) = link else {
        return Err(Error::invalid(format!("invites of the policy {policy} have no link"))
            .with_hint(format!("see the rules: invite policy show {}", word(policy)))
            .into());
    };
    if !links.are_absolute() {
        return Err(Error::invalid("a QR code needs an absolute link, but base_url is not set")
            .with_hint("set base_url in the configuration, INVITE_BASE_URL or FRONTEND_URL")
            .into());
    }
    Ok(link)
}

/// Draws QR codes. Each has the code of its invite above it if there are several.
pub(crate) fn draw<'q>(printer: &Printer, codes: impl ExactSizeIterator<Item = (&'q str, &'q Qr)>) -> io::Result<()> {
    let (count, colored) = (codes.len(), printer.colors_data());
    for (name, code) in codes {
        let name = if count > 1 { format!("{}\n", safe(name)) } else { String::new() };
        printer.data(&format!("\n{name}{}", code.blocks(colored)))?;
    }
    if count > 0 && !colored {
        printer.info("Without color, the QR code is drawn for a dark terminal; on a light one, add: --color always");
    }
    Ok(())
}
