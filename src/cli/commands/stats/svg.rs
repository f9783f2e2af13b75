//! Charts as drawings within a page: no color says what no word says, and each
//! part tells its number to a pointer and to a reader of the screen.

use chrono::NaiveDate;

use crate::cli::commands::stats::bars::{length, scale};
use crate::cli::ui::text::{escaped, grouped};

/// How wide every drawing is, in its own units.
const WIDTH: u64 = 900;

/// A drawing, named for those who do not see it.
pub(crate) struct Drawing {
    /// What no other part of the page is called.
    id: &'static str,
    title: String,
    /// What it shows, in words.
    words: String,
    height: u64,
    shapes: String,
}

impl Drawing {
    fn new(id: &'static str, title: &str, words: String) -> Self {
        Drawing { id, title: escaped(title), words: escaped(&words), height: 0, shapes: String::new() }
    }

    /// As a part of the page.
    pub(crate) fn finish(self) -> String {
        let Drawing { id, title, words, height, shapes } = self;
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
             <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{words}</desc>{shapes}</svg>\n"
        )
    }

    /// What lies across is given in tenths: very many columns would stand unevenly
    /// otherwise.
    fn rectangle(&mut self, class: &str, (x, width): (u64, u64), (y, height): (u64, u64), hint: &str) {
        let radius = (width / 40).min(height / 2).min(2);
        let (x, width) = (tenths(x), tenths(width));
        self.shapes.push_str(&format!(
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\" rx=\"{radius}\">\
             <title>{}</title></rect>",
            escaped(hint)
        ));
    }

    fn text(&mut self, class: &str, (x, y): (u64, u64), text: &str) {
        self.shapes.push_str(&format!("<text class=\"{class}\" x=\"{x}\" y=\"{y}\">{}</text>", escaped(text)));
    }

    fn rule(&mut self, (x, y): (u64, u64), (to_x, to_y): (u64, u64)) {
        self.shapes.push_str(&format!("<line class=\"rule\" x1=\"{x}\" y1=\"{y}\" x2=\"{to_x}\" y2=\"{to_y}\"/>"));
    }
}

fn tenths(number: u64) -> String {
    if number.is_multiple_of(10) { format!("{}", number / 10) } else { format!("{}.{}", number / 10, number % 10) }
}

/// A bar with its name: parts one behind the other, and what stands at its end.
pub(crate) struct Bar {
    pub name: String,
    pub parts: Vec<Part>,
    pub end: String,
}

/// A part of a bar.
pub(crate) struct Part {
    /// Which color it has: a class of the page.
    pub class: &'static str,
    /// What it is a number of.
    pub name: String,
    pub value: u64,
}

/// How long a name may be where it stands before a bar.
const LONGEST_NAME: usize = 22;

/// Bars under each other.
pub(crate) fn lines(id: &'static str, title: &str, bars: &[Bar]) -> Drawing {
    const ROW: u64 = 30;
    const LEFT: u64 = 170;
    const RIGHT: u64 = 130;
    let told: Vec<String> = bars.iter().map(|bar| format!("{}: {}", bar.name, bar.end)).collect();
    let mut drawing = Drawing::new(id, title, told.join("; "));
    let sum = |bar: &Bar| bar.parts.iter().map(|part| part.value).sum::<u64>();
    let greatest = bars.iter().map(sum).max().unwrap_or(0);
    for (row, bar) in (0..).zip(bars) {
        let top = row * ROW;
        drawing.text("end", (LEFT - 12, top + 20), &shortened(&bar.name));
        let mut x = LEFT;
        for part in bar.parts.iter().filter(|part| part.value > 0) {
            let long = length(part.value, greatest, WIDTH - LEFT - RIGHT);
            let hint = format!("{}: {}", part.name, grouped(part.value));
            // A gap tells one part from the next.
            let shown = if long > 3 && bar.parts.len() > 1 { long - 1 } else { long };
            drawing.rectangle(part.class, (x * 10, shown * 10), (top + 5, ROW - 10), &hint);
            x += long;
        }
        drawing.text("", (x + 8, top + 20), &bar.end);
    }
    drawing.height = bars.len() as u64 * ROW;
    drawing
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= LONGEST_NAME {
        return name.to_owned();
    }
    name.chars().take(LONGEST_NAME - 1).chain(['…']).collect()
}

/// Columns beside each other, one a day, up to a number that the caller chose so
/// that several drawings can be compared.
pub(crate) fn columns(
    id: &'static str,
    (title, class): (&str, &'static str),
    days: &[(NaiveDate, u64)],
    greatest: u64,
) -> Drawing {
    const LEFT: u64 = 60;
    // Half of the last date.
    const RIGHT: u64 = 20;
    const TOP: u64 = 36;
    const TALL: u64 = 110;
    const LABEL: u64 = 60;
    const BROADEST: u64 = 60;
    let total: u64 = days.iter().map(|(_, value)| value).sum();
    let most = days.iter().max_by_key(|(_, value)| *value).filter(|(_, value)| *value > 0);
    let most = most.map_or_else(String::new, |(date, value)| format!(", maximum on {date}: {}", grouped(*value)));
    let mut drawing = Drawing::new(id, title, format!("{} in total{most}", grouped(total)));
    let (count, end) = (days.len().max(1) as u64, scale(greatest));
    let floor = TOP + TALL;
    drawing.text("", (0, 14), title);
    for mark in [0, end / 2, end] {
        // The half of an odd end is no whole number.
        if mark * 2 == end || mark == 0 || mark == end {
            let y = floor - length(mark, end, TALL);
            drawing.rule((LEFT, y), (WIDTH, y));
            drawing.text("small end", (LEFT - 8, y + 4), &grouped(mark));
        }
    }
    let room = WIDTH - LEFT - RIGHT;
    let place = |at: u64| (LEFT + room * at / count) * 10 + room * at % count * 10 / count;
    // Numbers only where all of them have room.
    let longest = days.iter().map(|(_, value)| grouped(*value).len() as u64).max().unwrap_or(0);
    let numbered = longest * 7 + 4 <= room / count;
    let every = (LABEL * count).div_ceil(room).max(1);
    for (at, (date, value)) in (0..).zip(days) {
        let (pitch, middle) = (place(at + 1) - place(at), u64::midpoint(place(at), place(at + 1)));
        let tall = length(*value, end, TALL);
        if *value > 0 {
            let wide = (pitch * 4 / 5).min(BROADEST * 10);
            let hint = format!("{date}: {}", grouped(*value));
            drawing.rectangle(class, (middle - wide / 2, wide), (floor - tall, tall), &hint);
            if numbered {
                drawing.text("tiny mid", (middle / 10, floor - tall - 4), &grouped(*value));
            }
        }
        // Counted from today, which always has its date.
        if (count - 1 - at).is_multiple_of(every) {
            drawing.text("small mid", (middle / 10, floor + 18), &day_and_month(*date));
        }
    }
    drawing.height = floor + 24;
    drawing
}

fn day_and_month(date: NaiveDate) -> String {
    date.format("%-d %b").to_string()
}
