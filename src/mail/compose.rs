//! Composes a message: headers, text and HTML.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use lettre::Address;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart};

use crate::mail::address;
use crate::mail::message::{Message, one_line};
use crate::mail::send_error::{Fault, SendError};
use crate::mail::sender::Sender;
use crate::mail::templates::Templates;

/// A composed message with its envelope.
pub(crate) struct SmtpMessage {
    pub(crate) from: Address,
    pub(crate) to: Address,
    pub(crate) bytes: Vec<u8>,
}

impl SmtpMessage {
    /// Returns the side whose address requires SMTPUTF8, if one is not ASCII.
    pub(crate) fn needs_smtputf8(&self) -> Option<Fault> {
        let is_ascii = |address: &Address| address.to_string().is_ascii();
        match (is_ascii(&self.from), is_ascii(&self.to)) {
            (false, _) => Some(Fault::Sender),
            (true, false) => Some(Fault::Recipient),
            (true, true) => None,
        }
    }
}

/// Composes a message with text and HTML as alternatives.
///
/// # Errors
/// [`SendError`] with [`Fault::Recipient`] for a message that cannot be composed.
pub(crate) fn compose(
    sender: &Sender,
    templates: &Templates,
    message: &Message,
    message_id: &str,
) -> Result<SmtpMessage, SendError> {
    let refused = |why: &str| SendError::new(Fault::Recipient, why);
    let to = address::parse(&message.to).ok_or_else(|| refused("the recipient is not an e-mail address"))?;
    if message.link.is_empty() || message.link.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(refused("the link is empty, or contains spaces or control characters"));
    }
    if !is_message_id(message_id) {
        return Err(refused("the message id is not of the form <id@domain>"));
    }
    let rendered = templates.render(message).map_err(|(name, error)| {
        let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
        refused(&format!("cannot render the template {name}{line} for this message: {}", error.kind()))
    })?;
    let auto_submitted =
        HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned());
    let composed = lettre::Message::builder()
        .from(sender.mailbox())
        .to(Mailbox::new(None, to.clone()))
        .raw_header(subject_header(one_line(&rendered.subject)))
        .message_id(Some(message_id.to_owned()))
        .raw_header(auto_submitted)
        .multipart(MultiPart::alternative_plain_html(rendered.text, rendered.html))
        .map_err(|error| refused(&format!("cannot compose the message: {error}")))?;
    Ok(SmtpMessage { from: sender.mailbox().email, to, bytes: composed.formatted() })
}

/// Returns a Subject header that no mail program decodes into another text.
///
/// ASCII text is sent unchanged, and a mail program decodes encoded words (RFC 2047)
/// in it, which may contain line breaks and escape sequences. So a text that contains
/// `=?` is encoded as a whole.
fn subject_header(subject: String) -> HeaderValue {
    let name = HeaderName::new_from_ascii_str("Subject");
    if !subject.contains("=?") {
        return HeaderValue::new(name, subject);
    }
    let encoded = encoded_words(&subject);
    HeaderValue::dangerous_new_pre_encoded(name, subject, encoded)
}

/// Encodes a text as encoded words of at most 75 characters, one per line.
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
