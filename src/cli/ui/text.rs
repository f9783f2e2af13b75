//! Text for terminals and pages: escaping, numbers and times.

use std::borrow::Cow;

use chrono::{DateTime, TimeDelta, Utc};

pub(crate) use crate::cli::ui::instant::rfc3339;
use crate::text::is_unsafe;
pub(crate) use crate::text::safe;

/// Escapes text for HTML and XML, in elements and in quoted attributes.
pub(crate) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML excludes the last two.
            c if is_unsafe(c) || matches!(c, '\u{fffe}' | '\u{ffff}') => escaped.push('\u{fffd}'),
            c => escaped.push(c),
        }
    }
    escaped
}

/// Escapes characters of JSON that could control a terminal or change the direction of
/// text. Programs read the same values.
pub(crate) fn escaped_json(json: &str) -> Cow<'_, str> {
    let is_risky = |c: char| c == '\u{7f}' || (!c.is_ascii() && is_unsafe(c));
    // Fast path: most lines are ASCII, which is tested 16 bytes at a time.
    let is_plain = json.is_ascii() && !json.as_bytes().contains(&0x7f);
    if is_plain || !json.contains(is_risky) {
        return Cow::Borrowed(json);
    }
    let mut escaped = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        if is_risky(c) {
            // Outside ASCII, a character can only be part of a string.
            for unit in c.encode_utf16(&mut [0; 2]) {
                escaped.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            escaped.push(c);
        }
    }
    Cow::Owned(escaped)
}

/// Formats a number with commas: `1,204`.
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

/// Formats a number with its noun: `1 space`, `1,204 spaces`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    format!("{} {noun}{}", grouped(number), if number == 1 { "" } else { "s" })
}

/// Formats an instant as text: `2026-12-31 23:59 UTC`; `none` stands for no instant.
pub(crate) fn time_or(instant: Option<DateTime<Utc>>, none: &str) -> String {
    instant.map_or_else(|| none.to_owned(), |instant| instant.format("%Y-%m-%d %H:%M UTC").to_string())
}

/// Formats an instant for a table: `2026-12-31 23:59Z`.
pub(crate) fn cell_time(instant: DateTime<Utc>) -> String {
    instant.format("%Y-%m-%d %H:%MZ").to_string()
}

/// Units of [`relative`] and their lengths in seconds, the longest first.
const UNITS: [(u64, &str); 5] = [(31_536_000, "y"), (86_400, "d"), (3_600, "h"), (60, "min"), (1, "s")];

/// Formats the distance of an instant from now: `in 2 d 23 h`, `12 d ago`. A number below 10
/// is followed by the next smaller unit. The last number is rounded down, so that it never
/// promises more time than is left.
pub(crate) fn relative(instant: DateTime<Utc>, now: DateTime<Utc>) -> String {
    let distance = instant - now;
    let seconds = distance.num_seconds().unsigned_abs();
    if seconds == 0 {
        return "now".to_owned();
    }
    let largest = UNITS.iter().position(|(length, _)| seconds / length >= 2).unwrap_or(UNITS.len() - 1);
    let (length, unit) = UNITS[largest];
    let (count, rest) = (seconds / length, seconds % length);
    let mut span = format!("{} {unit}", grouped(count));
    if let Some((length, unit)) = UNITS.get(largest + 1).filter(|(length, _)| count < 10 && rest >= *length) {
        span.push_str(&format!(" {} {unit}", rest / length));
    }
    if distance > TimeDelta::zero() { format!("in {span}") } else { format!("{span} ago") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_and_invalid_characters_are_escaped() {
        assert_eq!(escaped("<b>&\"' é\n\u{ffff}"), "&lt;b&gt;&amp;&quot;&#39; é\u{fffd}\u{fffd}");
    }

    #[test]
    fn escaped_json_is_safe_and_has_same_value() {
        for text in ["a\u{9b}b", "x\u{7f}", "\u{202e}abc", "\u{e0041}\u{200b}", "é 山田 \u{200d}", "\u{1b}\n"] {
            let json = serde_json::to_string(&[text]).unwrap();
            let escaped = escaped_json(&json);
            assert!(!escaped.chars().any(is_unsafe), "{escaped}");
            assert_eq!(serde_json::from_str::<[String; 1]>(&escaped).unwrap(), [text]);
        }
    }

    #[test]
    fn distance_below_10_units_has_second_unit() {
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        for (seconds, expected) in [
            (0, "now"),
            (1, "in 1 s"),
            (-119, "119 s ago"),
            (120, "in 2 min"),
            (179, "in 2 min 59 s"),
            (7_199, "in 119 min"),
            (7_200, "in 2 h"),
            (7_259, "in 2 h"),
            (14_399, "in 3 h 59 min"),
            (86_400, "in 24 h"),
            (-172_800, "2 d ago"),
            (3 * 86_400 - 1, "in 2 d 23 h"),
            (7 * 86_400 - 1, "in 6 d 23 h"),
            (11 * 86_400 - 1, "in 10 d"),
            (730 * 86_400, "in 2 y"),
            (-(1_095 * 86_400 - 1), "2 y 364 d ago"),
            (-400_000_000_000, "12,683 y ago"),
        ] {
            assert_eq!(relative(now + TimeDelta::seconds(seconds), now), expected);
        }
        assert_eq!(relative(now + TimeDelta::milliseconds(999), now), "now");
    }

    #[test]
    fn numbers_are_grouped_by_three_digits() {
        assert_eq!([0, 999, 1_000, 1_204_567].map(grouped), ["0", "999", "1,000", "1,204,567"].map(str::to_owned));
    }
}
