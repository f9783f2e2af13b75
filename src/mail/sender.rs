//! The sender of invitation e-mails.

use lettre::Address;
use lettre::message::Mailbox;

use crate::error::{Error, Result};
use crate::mail::address;

/// Maximum length of the name, in characters.
const MAX_NAME: usize = 200;

/// The address and the name in the header From.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    address: Address,
    name: Option<String>,
}

impl Sender {
    /// Creates a sender, such as `noreply@familytree.app` and `Family Tree` of seed 002.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid address, for a name with control characters or
    /// more than 200 characters, and for a name that mail programs would decode.
    pub fn new(address: &str, name: Option<&str>) -> Result<Self> {
        let Some(address) = address::parse(address.trim()) else {
            return Err(Error::invalid("from_email is not an e-mail address")
                .with_hint("write only an address, such as noreply@example.org; the name is the setting from_name"));
        };
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = name
            && (name.chars().any(char::is_control) || name.chars().count() > MAX_NAME)
        {
            return Err(Error::invalid(format!(
                "from_name contains control characters, or more than {MAX_NAME} characters"
            )));
        }
        if name.is_some_and(|name| name.contains("=?")) {
            return Err(Error::invalid("from_name contains =?, which mail programs decode into another text"));
        }
        let sender = Sender { address, name: name.map(str::to_owned) };
        // Checked here, so that no invite is stored whose e-mail cannot be composed.
        let trial = lettre::Message::builder().from(sender.mailbox()).to(sender.mailbox()).body(String::new());
        trial.map_err(|error| Error::invalid("from_name cannot be used in an e-mail").with_source(error))?;
        Ok(sender)
    }

    /// Returns the address.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_ref()
    }

    /// Returns the name, if any.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    pub(crate) fn domain(&self) -> &str {
        self.address.domain()
    }

    pub(crate) fn mailbox(&self) -> Mailbox {
        Mailbox::new(self.name.clone(), self.address.clone())
    }
}
