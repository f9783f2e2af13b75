//! Classes of characters, from the Unicode character database.

use icu_properties::props::{DefaultIgnorableCodePoint, GeneralCategory};
use icu_properties::{CodePointMapData, CodePointSetData};

/// Returns the general category of a character.
pub(crate) fn category(c: char) -> GeneralCategory {
    CodePointMapData::<GeneralCategory>::new().get(c)
}

/// Returns true for characters that leave no mark on a screen or on paper: format
/// characters, fillers and variation selectors. White space is not among them.
pub(crate) fn is_invisible(c: char) -> bool {
    // U+2800 is a symbol by its category and blank by its shape.
    !c.is_ascii()
        && (category(c) == GeneralCategory::Format
            || c == '\u{2800}'
            || CodePointSetData::new::<DefaultIgnorableCodePoint>().contains(c))
}

/// Returns true for marks that are drawn over or under the letter before them.
pub(crate) fn is_stacked_mark(c: char) -> bool {
    !c.is_ascii() && matches!(category(c), GeneralCategory::NonspacingMark | GeneralCategory::EnclosingMark)
}
