//! Where mail goes: one URL.

use std::fmt;
use std::path::{Path, PathBuf};

use url::{Host, Url};

use crate::error::{Error, Result};

const EXAMPLE: &str = "write smtp://user:password@host:587 or smtps://user:password@host; in a password, write %40 for \
                       @, %2F for / and %3F for ?; smtp://localhost:25?tls=none is not encrypted";

/// A mail server. Neither its text nor its debug output holds the password.
#[derive(Clone)]
pub struct MailServer {
    host: Host<String>,
    port: u16,
    protection: Protection,
    account: Option<Account>,
    authority: Option<PathBuf>,
    url: String,
}

/// How what is said to the server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Not at all.
    None,
    /// TLS after STARTTLS, which is demanded.
    StartTls,
    /// TLS from the first byte.
    Tls,
}

#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) user: String,
    pub(crate) password: String,
}

impl MailServer {
    /// Reads an URL:
    /// - `smtp://user:password@host:587` demands STARTTLS (port 587 if none is
    ///   named); with `?tls=none` all goes in clear (port 25), with an account
    ///   to this machine only;
    /// - `smtps://user:password@host:465` is TLS from the first byte;
    /// - `ca=FILE` names the certificate of an authority, in PEM, that is
    ///   trusted beside those of the machine.
    ///
    /// User and password are percent-decoded.
    ///
    /// # Errors
    /// [`Error::Invalid`], which repeats no part of the URL.
    pub fn parse(url: &str) -> Result<Self> {
        let invalid = |message: &str| Error::invalid(format!("the URL of the mail server {message}")).hint(EXAMPLE);
        let parsed = Url::parse(url.trim()).map_err(|_| invalid("is not valid"))?;
        let secure = match parsed.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(invalid("must begin with smtp:// or smtps://")),
        };
        // A raw /, ? or # in a password moves the seams of the URL.
        let query = parsed.query().unwrap_or_default();
        if parsed.fragment().is_some() || !matches!(parsed.path(), "" | "/") || query.contains('@') {
            return Err(invalid("has parts other than an account, a host, a port and parameters"));
        }
        let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("has no host"))?;
        let host = Host::parse(host).map_err(|_| invalid("has an invalid host"))?;
        let parameters = Parameters::of(query).map_err(invalid)?;
        let protection = match (secure, parameters.in_clear) {
            (true, true) => return Err(invalid("combines smtps and tls=none")),
            (true, false) => Protection::Tls,
            (false, true) => Protection::None,
            (false, false) => Protection::StartTls,
        };
        let account = account(&parsed).map_err(invalid)?;
        if protection == Protection::None {
            if account.is_some() && !is_this_machine(&host) {
                return Err(Error::invalid("the URL of the mail server would send a password unencrypted")
                    .hint("leave out tls=none, or the user and the password"));
            }
            if parameters.authority.is_some() {
                return Err(invalid("combines tls=none and ca"));
            }
        }
        let port = parsed.port().unwrap_or(match protection {
            Protection::None => 25,
            Protection::StartTls => 587,
            Protection::Tls => 465,
        });
        if port == 0 {
            return Err(invalid("has the port 0"));
        }
        // Some servers take a key in the place of the user's name.
        let user = if account.is_some() { "***@" } else { "" };
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let url = format!("{}://{user}{host}:{port}{query}", parsed.scheme());
        Ok(MailServer { host, port, protection, account, authority: parameters.authority, url })
    }

    /// The URL with the account left out.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The host as a resolver and a certificate have it.
    pub(crate) fn host(&self) -> String {
        match &self.host {
            Host::Domain(domain) => domain.clone(),
            Host::Ipv4(address) => address.to_string(),
            Host::Ipv6(address) => address.to_string(),
        }
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// `host:port`, for messages.
    pub(crate) fn name(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    pub(crate) fn protection(&self) -> Protection {
        self.protection
    }

    pub(crate) fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    pub(crate) fn authority(&self) -> Option<&Path> {
        self.authority.as_deref()
    }
}

impl fmt::Display for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.url)
    }
}

impl fmt::Debug for MailServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MailServer({})", self.url)
    }
}

#[derive(Default)]
struct Parameters {
    in_clear: bool,
    authority: Option<PathBuf>,
}

impl Parameters {
    /// A misspelt parameter is refused: `?tsl=required` must not pass for a
    /// demand.
    fn of(query: &str) -> Result<Self, &'static str> {
        let (mut tls, mut authority) = (None, None);
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let place = match name {
                "tls" => &mut tls,
                "ca" => &mut authority,
                _ => return Err("has an unknown parameter (known: tls, ca)"),
            };
            let value = percent_decoded(value).ok_or("has an invalid parameter")?;
            if place.replace(value).is_some() {
                return Err("repeats a parameter");
            }
        }
        let in_clear = match tls.as_deref() {
            None | Some("required") => false,
            Some("none") => true,
            Some(_) => return Err("has an invalid value of tls (required or none)"),
        };
        if authority.as_deref() == Some("") {
            return Err("has an empty value of ca");
        }
        Ok(Parameters { in_clear, authority: authority.map(PathBuf::from) })
    }
}

fn account(url: &Url) -> Result<Option<Account>, &'static str> {
    match (url.username(), url.password().unwrap_or_default()) {
        ("", "") => Ok(None),
        ("", _) => Err("has a password but no user"),
        (_, "") => Err("has a user but no password"),
        (user, password) => {
            let read = |text| percent_decoded(text).filter(|text| !text.chars().any(char::is_control));
            match (read(user), read(password)) {
                (Some(user), Some(password)) => Ok(Some(Account { user, password })),
                _ => Err("has a user or password that is not UTF-8 or contains control characters"),
            }
        }
    }
}

fn is_this_machine(host: &Host<String>) -> bool {
    match host {
        Host::Domain(domain) => domain == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// The text with `%40` as `@`; none where that makes no UTF-8. A `%` that two
/// hexadecimal digits do not follow stands for itself.
fn percent_decoded(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit = |index: usize| bytes.get(index).and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut index = 0;
    while let Some(&byte) = bytes.get(index) {
        if let (b'%', Some(high), Some(low)) = (byte, digit(index + 1), digit(index + 2)) {
            decoded.push(u8::try_from(high * 16 + low).ok()?);
            index += 3;
        } else {
            decoded.push(byte);
            index += 1;
        }
    }
    String::from_utf8(decoded).ok()
}

#[cfg(test)]
mod tests;
