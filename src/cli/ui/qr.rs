//! QR codes of links, for a terminal and as SVG.

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};
use url::Url;

use crate::cli::ui::text::escaped;
use crate::error::{Error, Result};

/// Width of the quiet zone of the standard, the light margin of a code, in modules.
const QUIET_ZONE: usize = 4;

/// Black on white from the 256-color palette, because themes change the 16 named
/// colors, and a camera needs dark modules on a light ground.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";

const RESET: &str = "\u{1b}[0m";

/// QR code of a link. The link contains a code, so the type has no debug output.
pub(crate) struct Qr(QrCode);

impl Qr {
    /// Creates the smallest code, for a screen: at least correction level L.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the link is too long for a QR code.
    pub(crate) fn for_screen(link: &str) -> Result<Self> {
        Qr::with_level(link, EcLevel::L)
    }

    /// Creates a code for paper: at least correction level M, which recovers 15 %.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the link is too long for a QR code.
    pub(crate) fn for_paper(link: &str) -> Result<Self> {
        Qr::with_level(link, EcLevel::M)
    }

    fn with_level(link: &str, least: EcLevel) -> Result<Self> {
        let text = ascii(link);
        let size =
            (1..=40).map(Version::Normal).find(|size| bits(&text, *size, least).is_some()).ok_or_else(too_long)?;
        // The highest correction level that fits into this size costs no space.
        let levels = [EcLevel::H, EcLevel::Q, EcLevel::M, EcLevel::L].into_iter();
        let fitting = levels.filter_map(|level| Some((bits(&text, size, level)?, level)));
        let drawn = fitting.map(|(bits, level)| QrCode::with_bits(bits, level)).find_map(std::result::Result::ok);
        drawn.map(Qr).ok_or_else(too_long)
    }

    /// Returns the length of a side with the quiet zone, in modules.
    pub(crate) fn side(&self) -> usize {
        self.0.width() + 2 * QUIET_ZONE
    }

    fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = |at: usize| at.checked_sub(QUIET_ZONE).filter(|at| *at < self.0.width());
        inside(column).zip(inside(row)).is_some_and(|module| self.0[module] == Color::Dark)
    }

    /// Returns the code as lines of block characters. A character shows two modules, one
    /// above the other, so that the code is about square on a terminal.
    ///
    /// With color, the dark modules are drawn black on white. Without color, the light
    /// modules are drawn, for a dark terminal.
    pub(crate) fn blocks(&self, colored: bool) -> String {
        let drawn = |column, row| self.is_dark(column, row) == colored;
        let mut text = String::new();
        for row in (0..self.side()).step_by(2) {
            text.push_str(if colored { BLACK_ON_WHITE } else { "" });
            text.extend((0..self.side()).map(|column| match (drawn(column, row), drawn(column, row + 1)) {
                (true, true) => '█',
                (true, false) => '▀',
                (false, true) => '▄',
                (false, false) => ' ',
            }));
            text.push_str(if colored { RESET } else { "" });
            text.push('\n');
        }
        text
    }

    /// Returns the dark modules as an SVG path with one rectangle per run of modules.
    pub(crate) fn path(&self) -> String {
        let mut path = String::new();
        for row in 0..self.side() {
            let mut column = 0;
            while column < self.side() {
                let run = (column..self.side()).take_while(|column| self.is_dark(*column, row)).count();
                if run > 0 {
                    path.push_str(&format!("M{column} {row}h{run}v1h-{run}z"));
                }
                column += run.max(1);
            }
        }
        path
    }

    /// Returns the code as an SVG file.
    pub(crate) fn svg_file(&self, title: &str) -> String {
        let (side, pixels) = (self.side(), 8 * self.side());
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
             <svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{pixels}\" height=\"{pixels}\" \
             viewBox=\"0 0 {side} {side}\" shape-rendering=\"crispEdges\" role=\"img\">\n\
             <title>{}</title>\n\
             <path fill=\"#fff\" d=\"M0 0h{side}v{side}H0z\"/>\n\
             <path fill=\"#000\" d=\"{}\"/>\n\
             </svg>\n",
            escaped(title),
            self.path()
        )
    }
}

/// Returns a text as the data of a code of this size; `None` if it does not fit.
///
/// Byte mode is used for every text, so that links of the same length have codes of the
/// same size.
fn bits(text: &str, size: Version, level: EcLevel) -> Option<Bits> {
    let mut bits = Bits::new(size);
    bits.push_byte_data(text.as_bytes()).and_then(|()| bits.push_terminator(level)).ok()?;
    Some(bits)
}

/// Returns a link in ASCII, because byte mode does not declare another encoding.
fn ascii(link: &str) -> String {
    match Url::parse(link) {
        Ok(url) if !link.is_ascii() => url.into(),
        _ => link.to_owned(),
    }
}

fn too_long() -> Error {
    Error::invalid("the link is too long for a QR code").with_hint("set a shorter base URL")
}

#[cfg(test)]
pub(crate) mod tests;
