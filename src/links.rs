//! Links: the configured base URL and a policy's path.

use url::Url;

use crate::error::{Error, Result};
use crate::invite::code::Code;
use crate::policy::Policy;

/// Makes the links that people are sent.
#[derive(Debug, Clone, Default)]
pub struct Links {
    base: Option<String>,
}

impl Links {
    /// Links below a base URL; without one they are paths, as seed 001 has them.
    ///
    /// # Errors
    /// [`Error::Invalid`] for something that is not an http or https address.
    pub fn below(base: Option<&str>) -> Result<Self> {
        let Some(base) = base else { return Ok(Links::default()) };
        let url = Url::parse(base).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
        let is_plain = |url: &Url| {
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty() && url.password().is_none()
        };
        if !url.as_ref().is_some_and(is_plain) {
            return Err(Error::invalid("the base URL is not an address such as https://example.org")
                .hint("set base_url in the configuration, INVITE_BASE_URL or FRONTEND_URL"));
        }
        Ok(Links { base: Some(base.trim_end_matches('/').to_owned()) })
    }

    /// Whether links begin with an address, and lead somewhere by themselves.
    #[must_use]
    pub fn are_whole(&self) -> bool {
        self.base.is_some()
    }

    /// The link of a code; none where the policy has none.
    #[must_use]
    pub fn link(&self, policy: &Policy, code: &Code) -> Option<String> {
        let path = policy.link.as_ref()?.replace("{code}", code.reveal());
        Some(format!("{}{path}", self.base.as_deref().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    #[test]
    fn each_policy_has_the_link_of_its_system() {
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

    #[test]
    fn a_base_that_is_no_web_address_is_refused() {
        for base in [
            "",
            "example.org",
            "ftp://example.org",
            "https://",
            "https://example.org/?a=b",
            "https://u:secret@example.org",
        ] {
            assert!(Links::below(Some(base)).is_err(), "{base}");
        }
    }
}
