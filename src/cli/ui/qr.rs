//! QR codes of links: in a terminal, and as SVG.

pub(crate) mod args;

pub(crate) use crate::cli::ui::qr::args::{QrArgs, demand_link, show};

use qrcode::bits::Bits;
use qrcode::{Color, EcLevel, QrCode, Version};
use url::Url;

use crate::cli::ui::text::escaped;
use crate::error::{Error, Result};

/// What has to stay empty around a code, in modules: the standard's quiet zone.
const QUIET: usize = 4;

/// Black on white, whatever the theme makes of the sixteen named colors: a
/// camera wants dark on light, and a dark terminal is the other way round.
const BLACK_ON_WHITE: &str = "\u{1b}[38;5;16;48;5;231m";

const RESET: &str = "\u{1b}[0m";

/// The QR code of a link. It holds a code, so it has no debug output.
pub(crate) struct Qr(QrCode);

impl Qr {
    /// For a screen, where nothing gets stained: as small as it can be.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a link that is too long for any.
    pub(crate) fn for_screen(link: &str) -> Result<Self> {
        Qr::of(link, EcLevel::L)
    }

    /// For paper: a seventh of it may be lost.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a link that is too long for any.
    pub(crate) fn for_paper(link: &str) -> Result<Self> {
        Qr::of(link, EcLevel::M)
    }

    fn of(link: &str, least: EcLevel) -> Result<Self> {
        let text = ascii(link);
        let size =
            (1..=40).map(Version::Normal).find(|size| bits(&text, *size, least).is_some()).ok_or_else(too_long)?;
        // What corrects more and still fits into the same size costs nothing.
        let levels = [EcLevel::H, EcLevel::Q, EcLevel::M, EcLevel::L].into_iter();
        let fitting = levels.filter_map(|level| Some((bits(&text, size, level)?, level)));
        let drawn = fitting.map(|(bits, level)| QrCode::with_bits(bits, level)).find_map(std::result::Result::ok);
        drawn.map(Qr).ok_or_else(too_long)
    }

    /// How many modules a side has, with what stays empty.
    pub(crate) fn side(&self) -> usize {
        self.0.width() + 2 * QUIET
    }

    fn is_dark(&self, column: usize, row: usize) -> bool {
        let inside = |place: usize| place.checked_sub(QUIET).filter(|place| *place < self.0.width());
        inside(column).zip(inside(row)).is_some_and(|place| self.0[place] == Color::Dark)
    }

    /// Two modules a character, one above the other: about square on a terminal.
    ///
    /// With color the dark ones are drawn, black on white. Without, the light
    /// ones: on a dark terminal these come out light.
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

    /// The dark modules as the outlines of an SVG path, a rectangle for each run.
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

    /// A picture of its own, as a file.
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

/// A text in a code of this size, if it fits. As bytes: what packs capitals and
/// digits tighter takes more room for some texts than this does, and so one could
/// not say beforehand how large a code gets.
fn bits(text: &str, size: Version, level: EcLevel) -> Option<Bits> {
    let mut bits = Bits::new(size);
    bits.push_byte_data(text.as_bytes()).and_then(|()| bits.push_terminator(level)).ok()?;
    Some(bits)
}

/// A link in ASCII: which letters other bytes stand for is not told.
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
