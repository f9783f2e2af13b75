//! Connection settings of a mail server: TLS, credentials and timeout.

use std::net::Ipv4Addr;
use std::time::Duration;

use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, TlsParameters};
use lettre::transport::smtp::extension::ClientId;

use crate::error::{Error, Result};
use crate::files;
use crate::mail::server::{MailServer, Protection};

/// The line that begins a certificate in PEM.
const BEGIN_CERTIFICATE: &[u8] = b"-----BEGIN CERTIFICATE-----";

/// A mail server with all that is needed to open a session.
pub(crate) struct Endpoint {
    pub(crate) server: MailServer,
    /// `None` for an unencrypted connection.
    pub(crate) tls: Option<TlsParameters>,
    pub(crate) credentials: Option<Credentials>,
    /// The argument of EHLO.
    pub(crate) client_id: ClientId,
    /// Maximum time for the connection and for each reply.
    pub(crate) timeout: Duration,
}

impl Endpoint {
    /// Prepares connections to a server; does not connect.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a `ca` file that cannot be read or contains no
    /// certificate, and if the system has no usable certificates.
    pub(crate) fn new(server: MailServer, timeout: Duration) -> Result<Self> {
        let tls = match server.protection() {
            Protection::None => None,
            Protection::StartTls | Protection::Tls => Some(tls_parameters(&server)?),
        };
        let credentials =
            server.account().map(|account| Credentials::new(account.user.clone(), account.password.clone()));
        Ok(Endpoint { server, tls, credentials, client_id: client_id(), timeout })
    }
}

/// Returns the host name of this machine, or a loopback address if the name cannot be
/// an argument of EHLO.
fn client_id() -> ClientId {
    match ClientId::default() {
        ClientId::Domain(name) if name.is_empty() || !name.bytes().all(|byte| byte.is_ascii_graphic()) => {
            ClientId::Ipv4(Ipv4Addr::LOCALHOST)
        }
        name => name,
    }
}

fn tls_parameters(server: &MailServer) -> Result<TlsParameters> {
    let mut builder = TlsParameters::builder(server.host());
    if let Some(file) = server.authority() {
        let shown = file.display();
        let pem = files::read_bytes(file).map_err(|error| {
            Error::invalid(format!("cannot read the file of the parameter ca in the URL of the mail server: {shown}"))
                .with_source(error)
                .with_hint("check the path and the mode of the file")
        })?;
        let unusable = || {
            Error::invalid(format!(
                "the file of the parameter ca in the URL of the mail server contains no certificate: {shown}"
            ))
        };
        let has_certificate = pem.windows(BEGIN_CERTIFICATE.len()).any(|window| window == BEGIN_CERTIFICATE);
        let certificate = Certificate::from_pem(&pem).ok().filter(|_| has_certificate);
        builder = builder.add_root_certificate(certificate.ok_or_else(unusable)?);
        return builder.build().map_err(|error| unusable().with_source(error));
    }
    builder.build().map_err(|error| Error::invalid("cannot use the system certificates").with_source(error))
}
