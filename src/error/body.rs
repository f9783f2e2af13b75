//! The JSON body of an HTTP response for a refusal or a failure.

use serde::Serialize;

use crate::error::denial::Denial;
use crate::error::failure::Error;
use crate::error::reason::Reason;

/// The JSON body of a refusal or a failure, in the format of seed 003:
/// `{"success":false,"error":"..."}`. The body for an authenticated caller also has
/// `reason` and `status`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ErrorBody {
    success: bool,
    error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
}

impl ErrorBody {
    /// Creates a body with a message only.
    #[must_use]
    pub fn new(error: impl Into<String>) -> Self {
        ErrorBody { success: false, error: error.into(), reason: None, status: None }
    }

    /// Creates a body with a message, the reason and its HTTP status.
    #[must_use]
    pub fn with_reason(error: impl Into<String>, reason: Reason) -> Self {
        ErrorBody { reason: Some(reason.as_str()), status: Some(reason.http_status()), ..ErrorBody::new(error) }
    }

    /// Creates a body for authenticated users who administer invites. The message of a
    /// failure names hosts and files, so the body has a generic one; the log has the
    /// details.
    #[must_use]
    pub fn for_administrator(error: impl Into<String>, reason: Reason) -> Self {
        match reason {
            Reason::DatabaseFailed | Reason::DatabaseMissing => ErrorBody::with_reason("Internal server error", reason),
            Reason::Unavailable => ErrorBody::with_reason("The service is not available. Try again later", reason),
            Reason::MailFailed => ErrorBody::with_reason("The e-mail was not sent", reason),
            _ => ErrorBody::with_reason(error, reason),
        }
    }

    /// Returns the message.
    #[must_use]
    pub fn error(&self) -> &str {
        &self.error
    }
}

/// Creates the body with [`ErrorBody::for_administrator`].
impl From<&Error> for ErrorBody {
    fn from(error: &Error) -> Self {
        ErrorBody::for_administrator(error.to_string(), error.reason())
    }
}

/// Creates the body for a caller who may know the reason.
impl From<&Denial> for ErrorBody {
    fn from(denial: &Denial) -> Self {
        ErrorBody::with_reason(denial.to_string(), denial.reason())
    }
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;

    use super::*;

    fn json(body: &ErrorBody) -> String {
        serde_json::to_string(body).unwrap()
    }

    #[test]
    fn body_has_the_format_of_the_seed() {
        assert_eq!(json(&ErrorBody::new("no")), r#"{"success":false,"error":"no"}"#);
        let refused = Error::Refused(Denial::RateLimited(DateTime::UNIX_EPOCH));
        assert_eq!(
            json(&ErrorBody::from(&refused)),
            r#"{"success":false,"error":"too many attempts; retry after 1970-01-01 00:00:00 UTC","reason":"rate_limited","status":429}"#
        );
        assert_eq!(refused.http_status(), 429);
    }

    #[test]
    fn body_of_a_failure_names_no_host_and_no_file() {
        for failure in [
            Error::database("the file /var/x is broken"),
            Error::unavailable("no server answers at db.x"),
            Error::mail_failed("no answer of db.x"),
        ] {
            let body = json(&ErrorBody::from(&failure));
            assert!(!body.contains("/var") && !body.contains("db.x"), "{body}");
            assert!(failure.http_status() >= 500);
        }
    }
}
