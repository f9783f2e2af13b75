//! Settings of e-mail: server, sender and templates.

use std::path::PathBuf;

use crate::config::sources::{Sourced, Sources};
use crate::error::{Error, Result};
use crate::mail::{MailServer, Mailer};
#[cfg(feature = "mail")]
use crate::mail::{Sender, Templates};

/// SMTP host of Mailtrap, for the API key of seed 002.
const MAILTRAP: &str = "live.smtp.mailtrap.io:587";

/// The effective settings of e-mail.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// Mail server; `None` if no e-mail is sent.
    pub server: Sourced<Option<MailServer>>,
    /// Address of the sender.
    pub from_email: Sourced<Option<String>>,
    /// Name of the sender.
    pub from_name: Sourced<Option<String>>,
    /// Folder of the templates that replace the built-in ones.
    pub templates: Sourced<Option<PathBuf>>,
}

impl MailSettings {
    pub(crate) fn load(sources: &Sources<'_>) -> Result<Self> {
        let templates = sources.text(&["INVITE_MAIL_TEMPLATES"], |layer| layer.mail_templates.as_ref());
        Ok(MailSettings {
            server: server(sources)?,
            from_email: sources.text(&["FROM_EMAIL"], |layer| layer.from_email.as_ref()),
            from_name: sources.text(&["FROM_NAME"], |layer| layer.from_name.as_ref()),
            templates: Sourced { value: templates.value.map(PathBuf::from), origin: templates.origin },
        })
    }

    /// Creates the mailer, and checks its templates; `None` if no mail server is configured.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a missing or invalid sender, and for templates that cannot
    /// be read or are invalid.
    #[cfg(feature = "mail")]
    pub fn mailer(&self) -> Result<Option<Mailer>> {
        let Some(server) = self.server.value.clone() else { return Ok(None) };
        let Some(address) = &self.from_email.value else {
            return Err(Error::invalid("smtp_url is set but from_email is missing")
                .with_hint("set from_email in the configuration, or FROM_EMAIL"));
        };
        let sender = Sender::new(address, self.from_name.value.as_deref())
            .map_err(|error| error.with_origin(&place(&self.from_email.origin, "from_email")))?;
        let templates = match &self.templates.value {
            Some(folder) => Templates::in_folder(folder)?,
            None => Templates::built_in(),
        };
        Mailer::new(server, sender, templates).map(Some)
    }

    /// Returns `None` if no mail server is configured.
    ///
    /// # Errors
    /// [`Error::Invalid`] if one is configured: this build lacks the feature `mail`.
    #[cfg(not(feature = "mail"))]
    pub fn mailer(&self) -> Result<Option<Mailer>> {
        if self.server.value.is_none() {
            return Ok(None);
        }
        Err(Error::invalid("this program was built without support for e-mail")
            .with_hint("build it with the feature `mail`, or remove smtp_url from the configuration"))
    }
}

fn server(sources: &Sources<'_>) -> Result<Sourced<Option<MailServer>>> {
    let found = sources.secret("smtp-url", &["INVITE_SMTP_URL"], |layer| layer.smtp_url.as_ref())?;
    let found = match (found.value, sources.environment.get("MAILTRAP_API_KEY").filter(|key| !key.is_empty())) {
        (None, Some(key)) => Sourced {
            value: Some(format!("smtp://api:{}@{MAILTRAP}", escaped(key))),
            origin: "environment MAILTRAP_API_KEY".to_owned(),
        },
        (value, _) => Sourced { value, origin: found.origin },
    };
    let server = found
        .value
        .map(|url| MailServer::parse(&url))
        .transpose()
        .map_err(|error| error.with_origin(&place(&found.origin, "smtp_url")))?;
    Ok(Sourced { value: server, origin: found.origin })
}

/// Returns the origin of a setting, with its key if the origin has several settings.
fn place(origin: &str, key: &str) -> String {
    if origin.starts_with("file ") || origin.starts_with("profile ") {
        format!("{origin}, {key}")
    } else {
        origin.to_owned()
    }
}

/// Percent-encodes an API key as the password of a URL.
fn escaped(key: &str) -> String {
    url::form_urlencoded::byte_serialize(key.trim().as_bytes()).collect::<String>().replace('+', "%20")
}
