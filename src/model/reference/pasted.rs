//! Finds the code in text that was pasted from e-mails, chats and documents.

use std::borrow::Cow;

use percent_encoding::percent_decode_str;
use url::{Url, form_urlencoded};

use crate::text::is_invisible;

/// Names of query parameters that contain a code.
const CODE_KEYS: [&str; 5] = ["code", "invite_code", "invite", "invitation", "token"];

/// Names of query parameters in which link scanners of mail programs keep the original
/// link.
const LINK_KEYS: [&str; 4] = ["url", "u", "q", "target"];

/// Segments of a path that precede a code.
const MARKERS: [&str; 3] = ["join", "invite", "invites"];

/// Maximum number of layers around a code: links within links, encoded percent signs,
/// quotes around quotes.
const MAX_STEPS: usize = 12;

/// Finds the code in pasted text; returns `None` for a link without a code.
///
/// A code consists of A-Z, a-z, 0-9, `-` and `_`. Everything else around it is removed:
/// invisible characters, quotes, brackets, punctuation. A text without a link is read as
/// one code. The code that is found in a code is that code.
pub(crate) fn find_code(text: &str) -> Option<String> {
    let mut text = cleaned(text);
    for _ in 0..MAX_STEPS {
        let next = cleaned(&step(&text)?);
        if next == text {
            return Some(text);
        }
        text = next;
    }
    None
}

/// Removes one layer around the code.
fn step(text: &str) -> Option<String> {
    if let Some((_, target)) = text.split_once("](") {
        // A link in Markdown, which may have a title.
        let end = target.find([')', ' ']).unwrap_or(target.len());
        return Some(target[..end].to_owned());
    }
    match link_in(text) {
        Some(link) => code_of_link(&link),
        None => Some(bare_code(text)),
    }
}

/// Removes invisible characters, and converts full-width letters and dashes to ASCII.
pub(crate) fn cleaned(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    text.chars().filter(|c| !is_invisible(*c)).map(in_ascii).collect()
}

fn in_ascii(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => '-',
        // The full-width characters are in the order of ASCII.
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        c if c.is_whitespace() && !c.is_control() => ' ',
        c => c,
    }
}

/// Returns the first link in a text.
fn link_in(text: &str) -> Option<Url> {
    let lower = text.to_ascii_lowercase();
    if let Some(start) = ["http:", "https:"].iter().filter_map(|scheme| lower.find(scheme)).min() {
        let link = &text[start..];
        // In HTML and e-mails, these characters end a link.
        let end = link.find(|c: char| c.is_whitespace() || "<>\"`”»".contains(c)).unwrap_or(link.len());
        return Url::parse(without_punctuation(&link[..end])).ok();
    }
    let text = without_punctuation(text);
    if text.starts_with('/') && !text.starts_with("//") || text.starts_with('?') && text.contains('=') {
        return Url::parse("http://localhost").and_then(|base| base.join(text)).ok();
    }
    // A link without scheme in a sentence.
    let word = text.split_whitespace().find(|word| word.contains(['/', '?', '=']))?;
    if word.contains("://") {
        return Url::parse(word).ok();
    }
    if word.contains(['/', '?']) {
        return Url::parse(&format!("http://{}", word.trim_start_matches('/'))).ok();
    }
    let (key, value) = word.split_once('=')?;
    let address = || Url::parse(&format!("http://localhost/?code={value}")).ok();
    if is_code_key(key) { address() } else { None }
}

/// Removes quotes, brackets and punctuation around a code or a link. Underscores and
/// dashes are part of codes, and a query begins with a question mark.
fn without_punctuation(text: &str) -> &str {
    const ENDS: &str = ".,;:!?`*~|'\"<>()[]{}";
    let is_around = |c: char| c.is_whitespace() || ENDS.contains(c) || (!c.is_ascii() && !c.is_alphanumeric());
    text.trim_end_matches(is_around).trim_start_matches(|c| is_around(c) && c != '?')
}

/// Reads a text without a link as a code, and removes its white space.
fn bare_code(text: &str) -> String {
    let bare = without_punctuation(text).trim_start_matches('?');
    // The bullet of a list.
    let bare = bare.strip_prefix("- ").unwrap_or(bare);
    // "Your code: ..."
    let bare = bare.rsplit_once(':').map_or(bare, |(_, code)| code);
    decoded(bare).chars().filter(|c| !c.is_whitespace()).collect()
}

fn code_of_link(link: &Url) -> Option<String> {
    if let Some(inner) = link_within(link) {
        return Some(inner);
    }
    let segments: Vec<String> = path_of(link).split('/').map(segment).filter(|segment| !segment.is_empty()).collect();
    let query = code_of_query(link.query()).or_else(|| {
        let fragment = link.fragment()?;
        code_of_query(Some(fragment.split_once('?').map_or(fragment, |(_, query)| query)))
    });
    let marked = after_marker(&segments);
    match (marked, query) {
        (Some(marked), None) => Some(marked.to_owned()),
        (Some(marked), Some(_)) if looks_like_code(marked) => Some(marked.to_owned()),
        (_, Some(query)) => Some(query),
        (None, None) => segments.last().filter(|last| !is_marker(last)).cloned(),
    }
}

/// Decodes a segment of a path, without parameters that some programs append to it.
fn segment(text: &str) -> String {
    let text = text.split(['&', ';']).next().unwrap_or_default();
    decoded(text).trim().to_owned()
}

/// Returns the path of a link; the path in the fragment for an application that routes by
/// fragments.
fn path_of(link: &Url) -> &str {
    match link.fragment() {
        Some(route) if route.starts_with(['/', '!']) => {
            route.trim_start_matches('!').split('?').next().unwrap_or_default()
        }
        _ => link.path(),
    }
}

/// Returns the link in the query of a link: `https://mail.example/?url=https%3A%2F%2F...`.
fn link_within(link: &Url) -> Option<String> {
    let mut pairs = link.query_pairs();
    let is_link = |value: &str| value.starts_with("https://") || value.starts_with("http://");
    pairs.find(|(key, value)| LINK_KEYS.contains(&&**key) && is_link(value)).map(|(_, value)| value.into_owned())
}

fn code_of_query(query: Option<&str>) -> Option<String> {
    // HTML and some e-mails write & as &amp;.
    let query = query?.replace("&amp;", "&");
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let (_, value) = pairs.find(|(key, value)| is_code_key(key) && !bare_code(&cleaned(value)).is_empty())?;
    Some(value.into_owned())
}

fn is_code_key(key: &str) -> bool {
    CODE_KEYS.iter().any(|known| key.eq_ignore_ascii_case(known))
}

fn is_marker(segment: &str) -> bool {
    MARKERS.iter().any(|marker| segment.eq_ignore_ascii_case(marker))
}

/// Returns the segment after the last marker of a path.
fn after_marker(segments: &[String]) -> Option<&str> {
    let marker = segments.iter().rposition(|segment| is_marker(segment))?;
    segments.get(marker + 1).map(String::as_str)
}

/// Returns true for a text that looks more like a generated code than like a word.
fn looks_like_code(text: &str) -> bool {
    let is_long = text.bytes().filter(u8::is_ascii_alphanumeric).count() >= 4;
    is_long && text.bytes().any(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Percent-decodes a text; returns it unchanged if the result is not UTF-8.
fn decoded(text: &str) -> Cow<'_, str> {
    if text.contains('%') { percent_decode_str(text).decode_utf8().unwrap_or(text.into()) } else { text.into() }
}
