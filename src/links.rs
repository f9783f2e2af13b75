//! Links: the base URL with the path of a policy.

use url::Url;

use crate::error::{Error, Result};
use crate::model::code::Code;
use crate::policy::Policy;
use crate::text::is_invisible;

/// Builds the links of invites.
#[derive(Debug, Clone, Default)]
pub struct Links {
    base: Option<String>,
}

impl Links {
    /// Creates links below a base URL; without a base URL they are paths, as in seed 001.
    ///
    /// White space around the URL is removed. Links begin with the normalized URL:
    /// `https:example.org` gives `https://example.org/join/...`.
    ///
    /// # Errors
    /// [`Error::Invalid`] with the reason for a text that is not an http or https URL of a host,
    /// and for a URL with credentials, a query or a fragment. The error does not repeat the
    /// URL, which may contain a password.
    pub fn below(base: Option<&str>) -> Result<Self> {
        let Some(base) = base else { return Ok(Links::default()) };
        let url = parsed(base).map_err(|reason| {
            Error::invalid(format!("invalid base URL: {reason}")).with_hint(
                "set base_url in the configuration, INVITE_BASE_URL or FRONTEND_URL, such as https://example.org",
            )
        })?;
        Ok(Links { base: Some(url.as_str().trim_end_matches('/').to_owned()) })
    }

    /// Returns the normalized base URL, if any.
    #[must_use]
    pub fn base(&self) -> Option<&str> {
        self.base.as_deref()
    }

    /// Returns true if links are absolute URLs.
    #[must_use]
    pub fn are_absolute(&self) -> bool {
        self.base.is_some()
    }

    /// Returns the link of a code; `None` if the policy has no links.
    #[must_use]
    pub fn link(&self, policy: &Policy, code: &Code) -> Option<String> {
        // Every link path contains the placeholder exactly once.
        let (before, after) = policy.link.as_ref()?.split_once("{code}")?;
        Some([self.base.as_deref().unwrap_or_default(), before, code.reveal(), after].concat())
    }
}

/// Parses a base URL; the error is the reason why it is invalid.
fn parsed(base: &str) -> Result<Url, String> {
    let base = base.trim_matches(|c: char| c.is_whitespace() || c.is_control() || is_invisible(c));
    if base.is_empty() {
        return Err("it is empty".to_owned());
    }
    // The parser would remove line breaks and encode spaces.
    if let Some(c) = base.chars().find(|c| c.is_whitespace() || c.is_control()) {
        return Err(format!("it contains white space or a control character (U+{:04X})", u32::from(c)));
    }
    let url = Url::parse(base).map_err(|error| match error {
        url::ParseError::RelativeUrlWithoutBase => "it has no scheme: begin it with https://".to_owned(),
        error => error.to_string(),
    })?;
    let reason = match url.scheme() {
        "http" | "https" if !url.has_host() => "it has no host",
        "http" | "https" if !url.username().is_empty() || url.password().is_some() => {
            "it contains a user name or password, which every link would reveal"
        }
        "http" | "https" if url.query().is_some() => "it has a query (?), after which no path can follow",
        "http" | "https" if url.fragment().is_some() => "it has a fragment (#), after which no path can follow",
        "http" | "https" => return Ok(url),
        _ => "its scheme is neither http nor https",
    };
    Err(reason.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    #[test]
    fn link_has_the_path_of_its_policy() {
        let policies = Policies::built_in().unwrap();
        let links = Links::below(Some("https://example.org/")).unwrap();
        let link = |name: &str| links.link(policies.get(name).unwrap(), &Code::new("A1B2C3D4"));
        assert_eq!(link("space").unwrap(), "https://example.org/join/A1B2C3D4");
        assert_eq!(link("tree").unwrap(), "https://example.org/invites/A1B2C3D4");
        assert_eq!(link("container").unwrap(), "https://example.org/invites/join?code=A1B2C3D4");
        assert_eq!(link("director"), None);
        let bare = Links::default().link(policies.get("space").unwrap(), &Code::new("A1B2C3D4"));
        assert_eq!(bare.unwrap(), "/join/A1B2C3D4");
    }

    fn link_below(base: &str) -> Result<String> {
        let policies = Policies::built_in().unwrap();
        let links = Links::below(Some(base))?;
        Ok(links.link(policies.get("space").unwrap(), &Code::new("A1B2C3D4")).unwrap())
    }

    #[test]
    fn link_begins_with_the_parsed_base_url() {
        for (base, link) in [
            ("https://example.org", "https://example.org/join/A1B2C3D4"),
            ("https://example.org\r", "https://example.org/join/A1B2C3D4"),
            (" https://example.org/ \r\n", "https://example.org/join/A1B2C3D4"),
            ("\u{feff}https://example.org", "https://example.org/join/A1B2C3D4"),
            ("https:example.org", "https://example.org/join/A1B2C3D4"),
            ("https:/example.org/", "https://example.org/join/A1B2C3D4"),
            ("https:\\\\example.org", "https://example.org/join/A1B2C3D4"),
            ("HTTPS://EXAMPLE.ORG:443/App//", "https://example.org/App/join/A1B2C3D4"),
            ("http://localhost:3000", "http://localhost:3000/join/A1B2C3D4"),
            (
                "https://bücher.example/a b".replace(' ', "%20").as_str(),
                "https://xn--bcher-kva.example/a%20b/join/A1B2C3D4",
            ),
            ("http://[::1]:8000", "http://[::1]:8000/join/A1B2C3D4"),
        ] {
            assert_eq!(link_below(base).unwrap(), link, "{base:?}");
        }
    }

    #[test]
    fn invalid_base_url_is_refused_with_reason() {
        for (base, why) in [
            ("", "empty"),
            (" \r\n", "empty"),
            ("example.org", "no scheme"),
            ("/app", "no scheme"),
            ("ftp://example.org", "neither http nor https"),
            ("javascript:alert(1)", "neither http nor https"),
            ("https://", "empty host"),
            ("https://exam ple.org", "white space"),
            ("https://exa\nmple.org", "white space"),
            ("https://example.org/my app", "white space"),
            ("https://exa\u{7}mple.org", "control"),
            ("https://example.org:99999", "port"),
            ("https://example.org/?a=b", "query"),
            ("https://example.org/#top", "fragment"),
            ("https://u:secret@example.org", "user name or password"),
            ("https://u@example.org", "user name or password"),
        ] {
            let error = link_below(base).unwrap_err();
            assert!(error.to_string().contains(why), "{base:?}: {error}");
            assert!(!error.to_string().contains("secret") && error.hint().is_some(), "{base:?}: {error}");
        }
    }
}
