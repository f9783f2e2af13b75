//! Text for people: database values made harmless, numbers and times readable.

use chrono::{DateTime, Utc};

pub(crate) use super::instant::rfc3339;

/// A value of the database as a terminal may show it: control characters and
/// those that turn the direction of writing are replaced.
pub(crate) fn safe(text: &str) -> String {
    text.chars().map(|c| if is_unsafe(c) { '\u{fffd}' } else { c }).collect()
}

fn is_unsafe(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{2028}' | '\u{2029}')
        || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A number with a comma before every three digits.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A number with its noun: `1 space`, `1,204 spaces`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// An instant for people; none as a dash or a word of the caller's.
pub(crate) fn time_or(instant: Option<DateTime<Utc>>, none: &str) -> String {
    instant.map_or_else(|| none.to_owned(), |instant| instant.format("%Y-%m-%d %H:%M UTC").to_string())
}

/// An instant in a table: short, with its zone.
pub(crate) fn cell_time(instant: Option<DateTime<Utc>>, none: &str) -> String {
    instant.map_or_else(|| none.to_owned(), |instant| instant.format("%Y-%m-%d %H:%MZ").to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_drive_a_terminal_is_replaced() {
        assert_eq!(safe("a\u{1b}[31mb\u{7f}\u{9b}c\u{202e}d\n"), "a\u{fffd}[31mb\u{fffd}\u{fffd}c\u{fffd}d\u{fffd}");
        assert_eq!(safe("Ünïcode – 山田 ✓"), "Ünïcode – 山田 ✓");
    }

    #[test]
    fn numbers_are_grouped() {
        assert_eq!([0, 999, 1_000, 1_204_567].map(grouped), ["0", "999", "1,000", "1,204,567"].map(str::to_owned));
    }
}
