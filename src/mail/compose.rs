//! A letter as the message that a server takes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, Message, MultiPart};

use crate::mail::address;
use crate::mail::message::{Letter, one_line};
use crate::mail::sender::Sender;
use crate::mail::templates::Templates;
use crate::mail::undelivered::{Fault, Undelivered};

/// A message with its envelope.
pub(crate) struct Composed {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) bytes: Vec<u8>,
}

impl Composed {
    /// Whether it needs a server that takes other letters in addresses, and
    /// whose address makes it so.
    pub(crate) fn needs_smtputf8(&self) -> Option<Fault> {
        let is_ascii = |address: &Address| address.to_string().is_ascii();
        match (is_ascii(&self.from), is_ascii(&self.to)) {
            (false, _) => Some(Fault::Sender),
            (true, false) => Some(Fault::Recipient),
            (true, true) => None,
        }
    }
}

/// Composes a letter: text and HTML as alternatives.
///
/// # Errors
/// What is wrong with this letter: no other is to blame for it.
pub(crate) fn compose(
    sender: &Sender,
    templates: &Templates,
    letter: &Letter,
    message_id: &str,
) -> Result<Composed, Undelivered> {
    let refused = |why: &str| Undelivered::new(Fault::Recipient, why);
    let to = address::parse(&letter.to).ok_or_else(|| refused("the recipient is not an e-mail address"))?;
    if letter.link.is_empty() || letter.link.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(refused("the link is empty, or contains spaces or control characters"));
    }
    if !is_message_id(message_id) {
        return Err(refused("the message id is not of the form <id@domain>"));
    }
    let words = templates.words(letter).map_err(|(name, error)| {
        let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
        refused(&format!("cannot render the template {name}{line} for this message: {}", error.kind()))
    })?;
    let sent_by_machine =
        HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    let message = Message::builder()
        .from(sender.mailbox())
        .to(Mailbox::new(None, to.clone()))
        .raw_header(subject_header(one_line(&words.subject)))
        .message_id(Some(message_id.to_owned()))
        .raw_header(sent_by_machine)
        .multipart(MultiPart::alternative_plain_html(words.text, words.html))
        .map_err(|error| refused(&format!("cannot compose the message: {error}")))?;
    Ok(Composed { from: sender.mailbox().email, to, bytes: message.formatted() })
}

/// A subject that no mail program decodes into another text.
///
/// Text in ASCII is sent as it is, and an encoded word (RFC 2047) in it would be
/// decoded by the receiver: into line breaks and escapes, if a name holds them.
/// So text with `=?` is encoded as a whole.
fn subject_header(subject: String) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if !subject.contains("=?") {
        return HeaderValue::new(name, subject);
    }
    let encoded = encoded_words(&subject);
    HeaderValue::dangerous_new_pre_encoded(name, subject, encoded)
}

/// Encodes a text as words of at most 75 characters, a line each.
fn encoded_words(text: &str) -> String {
    const BYTES: usize = 42;
    let mut words = Vec::new();
    let mut word = String::new();
    for c in text.chars() {
        if word.len() + c.len_utf8() > BYTES {
            words.push(std::mem::take(&mut word));
        }
        word.push(c);
    }
    words.push(word);
    let encoded = words.iter().map(|word| format!("=?utf-8?b?{}?=", STANDARD.encode(word)));
    encoded.collect::<Vec<String>>().join("\r\n ")
}

fn is_message_id(text: &str) -> bool {
    let inner = text.strip_prefix('<').and_then(|text| text.strip_suffix('>'));
    let is_plain =
        |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_graphic() && !b"<>@\"".contains(&b));
    inner.and_then(|inner| inner.split_once('@')).is_some_and(|(id, domain)| is_plain(id) && is_plain(domain))
}
