//! Whom invitations are from.

use lettre::Address;
use lettre::message::{Mailbox, Message};

use crate::error::{Error, Result};
use crate::mail::address;

/// The longest name, in characters.
const LONGEST_NAME: usize = 200;

/// The address that letters come from, and the name that stands before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    address: Address,
    name: Option<String>,
}

impl Sender {
    /// A sender, such as `noreply@familytree.app` and `Family Tree` of seed 002.
    ///
    /// # Errors
    /// [`Error::Invalid`] for what is no address, and for a name with a line
    /// break or another control character.
    pub fn new(address: &str, name: Option<&str>) -> Result<Self> {
        let Some(address) = address::parse(address.trim()) else {
            return Err(Error::invalid("from_email is not an e-mail address")
                .hint("write only an address, such as noreply@example.org; the name is the setting from_name"));
        };
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        if let Some(name) = name
            && (name.chars().any(char::is_control) || name.chars().count() > LONGEST_NAME)
        {
            return Err(Error::invalid(format!(
                "from_name contains control characters, or more than {LONGEST_NAME} characters"
            )));
        }
        if name.is_some_and(|name| name.contains("=?")) {
            return Err(Error::invalid("from_name contains =?, which mail programs decode into another text"));
        }
        let sender = Sender { address, name: name.map(str::to_owned) };
        // Nothing is stored before it is known that letters can be composed.
        let trial = Message::builder().from(sender.mailbox()).to(sender.mailbox()).body(String::new());
        trial.map_err(|error| Error::invalid("from_name cannot be used in an e-mail").caused_by(error))?;
        Ok(sender)
    }

    /// The address.
    #[must_use]
    pub fn address(&self) -> &str {
        self.address.as_ref()
    }

    /// The name.
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
