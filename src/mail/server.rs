//! The mail server, parsed from a URL.

use std::fmt;
use std::path::{Path, PathBuf};

use url::{Host, Url};

use crate::error::{Error, Result};

const EXAMPLE: &str = "write smtp://user:password@host:587 or smtps://user:password@host; in a password, write %40 for \
                       @, %2F for / and %3F for ?; smtp://localhost:25?tls=none is not encrypted";

/// A mail server. Neither its text nor its debug output contains the account.
#[derive(Clone)]
pub struct MailServer {
    host: Host<String>,
    port: u16,
    protection: Protection,
    account: Option<Account>,
    authority: Option<PathBuf>,
    url: String,
}

/// Encryption of the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Protection {
    /// Not encrypted.
    None,
    /// TLS after STARTTLS, which the server must offer.
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
    /// Parses a URL:
    /// - `smtp://user:password@host:587` requires STARTTLS (default port 587); with
    ///   `?tls=none` the connection is not encrypted (default port 25), which is allowed
    ///   with an account only for a loopback address;
    /// - `smtps://user:password@host:465` uses TLS from the first byte;
    /// - `ca=FILE` is a PEM file with the certificate of an authority that is trusted in
    ///   addition to those of the system.
    ///
    /// User and password are percent-decoded.
    ///
    /// # Errors
    /// [`Error::Invalid`], which does not repeat any part of the URL.
    pub fn parse(url: &str) -> Result<Self> {
        let invalid =
            |message: &str| Error::invalid(format!("the URL of the mail server {message}")).with_hint(EXAMPLE);
        let parsed = Url::parse(url.trim()).map_err(|_| invalid("is not valid"))?;
        let secure = match parsed.scheme() {
            "smtp" => false,
            "smtps" => true,
            _ => return Err(invalid("must begin with smtp:// or smtps://")),
        };
        // An unencoded /, ? or # in a password would end the authority of the URL.
        let query = parsed.query().unwrap_or_default();
        if parsed.fragment().is_some() || !matches!(parsed.path(), "" | "/") || query.contains('@') {
            return Err(invalid("has parts other than an account, a host, a port and parameters"));
        }
        let host = parsed.host_str().filter(|host| !host.is_empty()).ok_or_else(|| invalid("has no host"))?;
        let host = Host::parse(host).map_err(|_| invalid("has an invalid host"))?;
        let parameters = Parameters::of(query).map_err(invalid)?;
        let protection = match (secure, parameters.is_unencrypted) {
            (true, true) => return Err(invalid("combines smtps and tls=none")),
            (true, false) => Protection::Tls,
            (false, true) => Protection::None,
            (false, false) => Protection::StartTls,
        };
        let account = account(&parsed).map_err(invalid)?;
        if protection == Protection::None {
            if account.is_some() && !is_loopback(&host) {
                return Err(Error::invalid("the URL of the mail server would send a password unencrypted")
                    .with_hint("leave out tls=none, or the user and the password"));
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
        // Some servers take an API key as the user name.
        let user = if account.is_some() { "***@" } else { "" };
        let query = if query.is_empty() { String::new() } else { format!("?{query}") };
        let url = format!("{}://{user}{host}:{port}{query}", parsed.scheme());
        Ok(MailServer { host, port, protection, account, authority: parameters.authority, url })
    }

    /// Returns the URL without the account.
    #[must_use]
    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// Returns the host as a resolver and a certificate name it: IPv6 without brackets.
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

    /// Returns `host:port`, for messages.
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
    is_unencrypted: bool,
    authority: Option<PathBuf>,
}

impl Parameters {
    /// Parses the query of a URL. Refuses unknown parameters: a misspelt `tls` must not
    /// be ignored.
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
        let is_unencrypted = match tls.as_deref() {
            None | Some("required") => false,
            Some("none") => true,
            Some(_) => return Err("has an invalid value of tls (required or none)"),
        };
        if authority.as_deref() == Some("") {
            return Err("has an empty value of ca");
        }
        Ok(Parameters { is_unencrypted, authority: authority.map(PathBuf::from) })
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

fn is_loopback(host: &Host<String>) -> bool {
    match host {
        Host::Domain(domain) => domain == "localhost",
        Host::Ipv4(address) => address.is_loopback(),
        Host::Ipv6(address) => address.is_loopback(),
    }
}

/// Decodes `%40` to `@`; returns `None` if the result is not UTF-8. A `%` without two
/// hexadecimal digits after it stays.
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
