//! The encryption of a connection, by its URL.
//!
//! Connections to other machines are encrypted by default, without a fallback to plain text: an
//! attacker in the middle who declines encryption could ask for the password in clear, and the
//! driver would send it. `require` with a root certificate verifies the certificate, as in libpq.

use std::net::IpAddr;

#[cfg(feature = "mysql")]
use sqlx::mysql::{MySqlConnectOptions, MySqlSslMode};
#[cfg(feature = "postgres")]
use sqlx::postgres::{PgConnectOptions, PgSslMode};

use crate::error::{Error, Result};
use crate::store::engine::Engine;
use crate::text::{nearest, quoted};

/// The values of `sslmode` that the driver for `PostgreSQL` knows, in any letter case.
const POSTGRES_MODES: &[&str] = &["disable", "allow", "prefer", "require", "verify-ca", "verify-full"];

/// The values of `ssl-mode` that the driver for `MySQL` knows, in any letter case.
const MYSQL_MODES: &[&str] = &["DISABLED", "PREFERRED", "REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"];

/// Names of the parameter that selects the mode.
const MODE_NAMES: [&str; 2] = ["sslmode", "ssl-mode"];

/// Checks a parameter of a URL, if it selects the TLS mode. The errors of the drivers for an
/// invalid mode could contain the password of the URL.
///
/// # Errors
/// [`Error::Invalid`] with the value and the valid ones.
pub(crate) fn check_mode(engine: Engine, name: &str, value: &str) -> Result<()> {
    let modes = if engine == Engine::Postgres { POSTGRES_MODES } else { MYSQL_MODES };
    if !MODE_NAMES.contains(&name) || modes.iter().any(|mode| mode.eq_ignore_ascii_case(value)) {
        return Ok(());
    }
    let near = nearest(value, modes).map_or(String::new(), |near| format!("did you mean {near}? "));
    let shown = quoted(value);
    Err(Error::invalid(format!("invalid value of the parameter {name} in the database URL: {shown}"))
        .with_hint(format!("{near}values: {}", modes.join(", "))))
}

/// The TLS parameters of a URL; of repeated parameters the last one counts.
struct TlsParameters {
    mode: Option<String>,
    has_authority: bool,
}

impl TlsParameters {
    fn in_url(url: &str, modes: &[&str], authorities: &[&str]) -> Self {
        let query = url.split_once('?').map_or("", |(_, query)| query);
        let mut parameters = TlsParameters { mode: None, has_authority: false };
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            if modes.contains(&&*name) {
                parameters.mode = Some(value.into_owned());
            } else if authorities.contains(&&*name) {
                parameters.has_authority = true;
            }
        }
        parameters
    }
}

/// Sets the effective mode, and returns a warning if the connection to another machine can be read
/// or intercepted.
///
/// # Errors
/// [`Error::Invalid`] for an invalid `PGSSLMODE`, which the driver would ignore.
#[cfg(feature = "postgres")]
pub(crate) fn postgres(options: PgConnectOptions, url: &str) -> Result<(PgConnectOptions, Option<String>)> {
    let mut parameters = TlsParameters::in_url(url, &MODE_NAMES, &["sslrootcert", "ssl-root-cert", "ssl-ca"]);
    parameters.mode = parameters.mode.or(variable("PGSSLMODE"));
    parameters.has_authority |= variable("PGSSLROOTCERT").is_some();
    if let Some(mode) = &parameters.mode
        && !POSTGRES_MODES.contains(&mode.to_ascii_lowercase().as_str())
    {
        let modes = POSTGRES_MODES.join(", ");
        return Err(Error::invalid("invalid value of PGSSLMODE").with_hint(format!("values: {modes}")));
    }
    let is_remote = options.get_socket().is_none() && !is_this_machine(options.get_host());
    let mode = match (options.get_ssl_mode(), parameters.mode.is_some()) {
        (PgSslMode::Prefer, false) if is_remote => PgSslMode::Require,
        (mode, _) => mode,
    };
    let mode = if parameters.has_authority && matches!(mode, PgSslMode::Require) { PgSslMode::VerifyCa } else { mode };
    let warning = match mode {
        PgSslMode::Disable | PgSslMode::Allow => Some((CLEAR, "sslmode=verify-full")),
        PgSslMode::Prefer => Some((MAYBE_CLEAR, "sslmode=verify-full")),
        PgSslMode::Require => {
            Some((UNVERIFIED, "sslmode=verify-full, and sslrootcert=FILE for a private certificate authority"))
        }
        PgSslMode::VerifyCa | PgSslMode::VerifyFull => None,
    };
    let warning = warning.filter(|_| is_remote).map(|warning| warn(options.get_host(), warning));
    Ok((options.ssl_mode(mode), warning))
}

/// Does what [`postgres`] does, for `MariaDB` and `MySQL`.
#[cfg(feature = "mysql")]
pub(crate) fn mysql(options: MySqlConnectOptions, url: &str) -> (MySqlConnectOptions, Option<String>) {
    let parameters = TlsParameters::in_url(url, &MODE_NAMES, &["sslca", "ssl-ca"]);
    let is_remote = options.get_socket().is_none() && !is_this_machine(options.get_host());
    let mode = match (options.get_ssl_mode(), parameters.mode.is_some()) {
        (MySqlSslMode::Preferred, false) if is_remote => MySqlSslMode::Required,
        (mode, _) => mode,
    };
    let is_verified = parameters.has_authority && matches!(mode, MySqlSslMode::Required);
    let mode = if is_verified { MySqlSslMode::VerifyCa } else { mode };
    let warning = match mode {
        MySqlSslMode::Disabled => Some((CLEAR, "ssl-mode=VERIFY_IDENTITY")),
        MySqlSslMode::Preferred => Some((MAYBE_CLEAR, "ssl-mode=VERIFY_IDENTITY")),
        MySqlSslMode::Required => {
            Some((UNVERIFIED, "ssl-mode=VERIFY_IDENTITY, and ssl-ca=FILE for a private certificate authority"))
        }
        MySqlSslMode::VerifyCa | MySqlSslMode::VerifyIdentity => None,
    };
    let warning = warning.filter(|_| is_remote).map(|warning| warn(options.get_host(), warning));
    (options.ssl_mode(mode), warning)
}

const CLEAR: &str = "is not encrypted: others on the network can read and change it";
const MAYBE_CLEAR: &str = "is not encrypted if the server, or an attacker in between, declines encryption";
const UNVERIFIED: &str = "is encrypted, but the certificate of the server is not verified";

fn warn(host: &str, (what, instead): (&str, &str)) -> String {
    format!("the connection to {host} {what}; add to the database URL: {instead}")
}

/// Returns a non-empty environment variable. The driver reads the same ones.
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Returns true if the name of a host alone shows that it is this machine. Others may control the
/// answers of a resolver.
fn is_this_machine(host: &str) -> bool {
    let address = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let is_loopback = |address: IpAddr| address.to_canonical().is_loopback();
    host.eq_ignore_ascii_case("localhost") || address.parse::<IpAddr>().is_ok_and(is_loopback)
}

#[cfg(all(feature = "postgres", feature = "mysql"))]
#[cfg(test)]
mod tests {
    use std::str::FromStr as _;

    use super::*;

    fn postgres_of(url: &str) -> (String, Option<String>) {
        let (options, warning) = postgres(PgConnectOptions::from_str(url).unwrap(), url).unwrap();
        (format!("{:?}", options.get_ssl_mode()), warning)
    }

    fn mysql_of(url: &str) -> (String, Option<String>) {
        let (options, warning) = mysql(MySqlConnectOptions::from_str(url).unwrap(), url);
        (format!("{:?}", options.get_ssl_mode()), warning)
    }

    #[test]
    fn postgres_encrypts_to_other_machines_by_default() {
        for (url, mode, warned) in [
            ("postgres://u@127.0.0.1/d", "Prefer", None),
            ("postgres://u@[::1]/d", "Prefer", None),
            ("postgres://u@LOCALHOST/d?sslmode=disable", "Disable", None),
            ("postgres://u@%2Fvar%2Frun/d", "Prefer", None),
            ("postgres://u@db/d?host=/var/run", "Prefer", None),
            ("postgres://u@localhost/d?sslmode=require&sslrootcert=f", "VerifyCa", None),
            ("postgres://u@db/d", "Require", Some("not verified")),
            ("postgres://u@localhost/d?host=db", "Require", Some("not verified")),
            ("postgres://u@localhost/d?hostaddr=10.0.0.1", "Require", Some("not verified")),
            ("postgres://u@127.1/d", "Require", Some("not verified")),
            ("postgres://u@localhost.example.org/d", "Require", Some("not verified")),
            ("postgres://u@[fe80::1]/d", "Require", Some("not verified")),
            ("postgres://u@db/d?sslmode=require", "Require", Some("not verified")),
            ("postgres://u@db/d?ssl-mode=prefer", "Prefer", Some("declines encryption")),
            ("postgres://u@db/d?sslmode=allow", "Allow", Some("is not encrypted: ")),
            ("postgres://u@db/d?sslmode=disable", "Disable", Some("is not encrypted: ")),
            ("postgres://u@db/d?sslmode=verify-full&sslmode=disable", "Disable", Some("is not encrypted: ")),
            ("postgres://u@db/d?sslrootcert=f", "VerifyCa", None),
            ("postgres://u@db/d?sslmode=require&ssl-ca=f", "VerifyCa", None),
            ("postgres://u@db/d?sslmode=verify-full&sslrootcert=f", "VerifyFull", None),
        ] {
            let (found, warning) = postgres_of(url);
            assert_eq!(found, mode, "{url}");
            assert_eq!(warning.is_some(), warned.is_some(), "{url}: {warning:?}");
            assert!(warning.unwrap_or_default().contains(warned.unwrap_or_default()), "{url}");
        }
    }

    #[test]
    fn invalid_mode_is_named_with_the_valid_ones() {
        for (engine, name, value, near) in [
            (Engine::Postgres, "sslmode", "verfy-full", "did you mean verify-full? values: disable, allow"),
            (Engine::Postgres, "ssl-mode", "", "values: disable, allow"),
            (Engine::Mysql, "ssl-mode", "VERIFY_IDENTIY", "did you mean VERIFY_IDENTITY? values: DISABLED, PREF"),
            (Engine::Mysql, "sslmode", "tls", "values: DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"),
        ] {
            let error = check_mode(engine, name, value).unwrap_err();
            assert!(error.to_string().contains(&format!("parameter {name} in the database URL: {value:?}")), "{error}");
            assert!(error.hint().unwrap_or_default().starts_with(near), "{:?}", error.hint());
        }
        for (engine, name, value) in [
            (Engine::Postgres, "sslmode", "Verify-Full"),
            (Engine::Mysql, "ssl-mode", "verify_identity"),
            (Engine::Mysql, "socket", "/run/s"),
        ] {
            check_mode(engine, name, value).unwrap();
        }
    }

    #[test]
    fn remote_mysql_is_encrypted_by_default() {
        for (url, mode, warned) in [
            ("mysql://u@127.0.0.1/d", "Preferred", None),
            ("mysql://u@db/d?socket=/run/s", "Preferred", None),
            ("mysql://u@localhost/d?ssl-mode=REQUIRED&ssl-ca=f", "VerifyCa", None),
            ("mysql://u@db/d", "Required", Some("not verified")),
            ("mysql://u@db/d?ssl-mode=PREFERRED", "Preferred", Some("declines encryption")),
            ("mysql://u@db/d?sslmode=disabled", "Disabled", Some("is not encrypted: ")),
            ("mysql://u@db/d?ssl-ca=f", "VerifyCa", None),
            ("mysql://u@db/d?ssl-mode=REQUIRED&ssl-ca=f", "VerifyCa", None),
            ("mysql://u@db/d?ssl-mode=VERIFY_IDENTITY", "VerifyIdentity", None),
        ] {
            let (found, warning) = mysql_of(url);
            assert_eq!(found, mode, "{url}");
            assert_eq!(warning.is_some(), warned.is_some(), "{url}: {warning:?}");
            assert!(warning.unwrap_or_default().contains(warned.unwrap_or_default()), "{url}");
        }
    }
}
