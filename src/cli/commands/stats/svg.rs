//! Charts in SVG. Color only repeats what words say, and every shape has its number as a
//! title, for a pointer and a screen reader.

use chrono::NaiveDate;

use crate::cli::commands::stats::bars::{length, scale};
use crate::cli::ui::text::{escaped, grouped};

/// Width of every drawing, in its own units.
const WIDTH: u64 = 900;

/// Drawing with a title and a description.
pub(crate) struct Drawing {
    /// ID that is unique in the page.
    id: &'static str,
    title: String,
    /// Content of the drawing in words.
    description: String,
    height: u64,
    shapes: String,
}

impl Drawing {
    fn new(id: &'static str, title: &str, description: String) -> Self {
        Drawing { id, title: escaped(title), description: escaped(&description), height: 0, shapes: String::new() }
    }

    /// Renders the drawing.
    pub(crate) fn finish(self) -> String {
        let Drawing { id, title, description, height, shapes } = self;
        format!(
            "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-labelledby=\"{id}-title {id}-desc\">\
             <title id=\"{id}-title\">{title}</title><desc id=\"{id}-desc\">{description}</desc>{shapes}</svg>\n"
        )
    }

    /// Adds a rectangle. `x` and `width` are in tenths of a unit, so that many columns are
    /// spaced evenly.
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

/// Bar with its name, consecutive segments, and the text at its end.
pub(crate) struct Bar {
    pub name: String,
    pub segments: Vec<Segment>,
    pub end: String,
}

/// Segment of a bar.
pub(crate) struct Segment {
    /// CSS class, which sets the color.
    pub class: &'static str,
    /// Description of the value.
    pub name: String,
    pub value: u64,
}

/// Maximum length of a name before a bar, in characters.
const MAX_NAME: usize = 22;

/// Draws bars below each other.
pub(crate) fn lines(id: &'static str, title: &str, bars: &[Bar]) -> Drawing {
    const ROW: u64 = 30;
    const LEFT: u64 = 170;
    const RIGHT: u64 = 130;
    let descriptions: Vec<String> = bars.iter().map(|bar| format!("{}: {}", bar.name, bar.end)).collect();
    let mut drawing = Drawing::new(id, title, descriptions.join("; "));
    let sum = |bar: &Bar| bar.segments.iter().map(|segment| segment.value).sum::<u64>();
    let maximum = bars.iter().map(sum).max().unwrap_or(0);
    for (row, bar) in (0..).zip(bars) {
        let top = row * ROW;
        drawing.text("end", (LEFT - 12, top + 20), &shortened(&bar.name));
        let mut x = LEFT;
        for segment in bar.segments.iter().filter(|segment| segment.value > 0) {
            let full = length(segment.value, maximum, WIDTH - LEFT - RIGHT);
            let hint = format!("{}: {}", segment.name, grouped(segment.value));
            // A gap separates the segments.
            let visible = if full > 3 && bar.segments.len() > 1 { full - 1 } else { full };
            drawing.rectangle(segment.class, (x * 10, visible * 10), (top + 5, ROW - 10), &hint);
            x += full;
        }
        drawing.text("", (x + 8, top + 20), &bar.end);
    }
    drawing.height = bars.len() as u64 * ROW;
    drawing
}

fn shortened(name: &str) -> String {
    if name.chars().count() <= MAX_NAME {
        return name.to_owned();
    }
    name.chars().take(MAX_NAME - 1).chain(['…']).collect()
}

/// Draws one column per day. `maximum` sets the scale, so that several drawings can be
/// compared.
pub(crate) fn columns(
    id: &'static str,
    (title, class): (&str, &'static str),
    days: &[(NaiveDate, u64)],
    maximum: u64,
) -> Drawing {
    const LEFT: u64 = 60;
    // Room for half of the last date.
    const RIGHT: u64 = 20;
    const TOP: u64 = 36;
    const HEIGHT: u64 = 110;
    const LABEL: u64 = 60;
    const MAX_WIDTH: u64 = 60;
    let total: u64 = days.iter().map(|(_, value)| value).sum();
    let most = days.iter().max_by_key(|(_, value)| *value).filter(|(_, value)| *value > 0);
    let most = most.map_or_else(String::new, |(date, value)| format!(", maximum on {date}: {}", grouped(*value)));
    let mut drawing = Drawing::new(id, title, format!("{} in total{most}", grouped(total)));
    let (count, end) = (days.len().max(1) as u64, scale(maximum));
    let floor = TOP + HEIGHT;
    drawing.text("", (0, 14), title);
    for mark in [0, end / 2, end] {
        // The scale has no middle mark if its maximum is odd, because counts are integers.
        if mark * 2 == end || mark == 0 || mark == end {
            let y = floor - length(mark, end, HEIGHT);
            drawing.rule((LEFT, y), (WIDTH, y));
            drawing.text("small end", (LEFT - 8, y + 4), &grouped(mark));
        }
    }
    let room = WIDTH - LEFT - RIGHT;
    let x_of = |at: u64| (LEFT + room * at / count) * 10 + room * at % count * 10 / count;
    // Numbers are shown only if there is room for all of them.
    let longest = days.iter().map(|(_, value)| grouped(*value).len() as u64).max().unwrap_or(0);
    let numbered = longest * 7 + 4 <= room / count;
    let every = (LABEL * count).div_ceil(room).max(1);
    for (at, (date, value)) in (0..).zip(days) {
        let (pitch, middle) = (x_of(at + 1) - x_of(at), u64::midpoint(x_of(at), x_of(at + 1)));
        let height = length(*value, end, HEIGHT);
        if *value > 0 {
            let width = (pitch * 4 / 5).min(MAX_WIDTH * 10);
            let hint = format!("{date}: {}", grouped(*value));
            drawing.rectangle(class, (middle - width / 2, width), (floor - height, height), &hint);
            if numbered {
                drawing.text("tiny mid", (middle / 10, floor - height - 4), &grouped(*value));
            }
        }
        // Counted from the end, so that today always has its date.
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
