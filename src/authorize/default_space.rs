//! The space of a request that names none (seed 003: "Request Body: None required").

use crate::authorize::permission::Permission;
use crate::authorize::refusal::joined_with_or;
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::reading;
use crate::store::tables::access_filter;

/// Maximum number of spaces that an error names.
const NAMED: usize = 10;

impl Service {
    /// Returns the only space in which the actor may create invites.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none (seed 003: "Director profile not found"),
    /// [`Error::Invalid`] if there are several, with the first ten, or if there is no actor.
    pub async fn default_space(&self, actor: &Actor) -> Result<String> {
        self.check_actor(actor)?;
        let Some(permitted) = self.access_filter(actor, Permission::Create) else {
            return Err(Error::invalid("no space was given")
                .with_hint("add --space ID, or --as USER to use the space of that user"));
        };
        let user = &permitted.user;
        let most = i64::try_from(NAMED + 1).unwrap_or(i64::MAX);
        let mut spaces = reading!(self.db(), |session| { access_filter::spaces(session, &permitted, most).await })?;
        let creators = |policy: &Policy| Some((joined_with_or(Permission::Create.roles(policy))?, policy.name.clone()));
        match spaces.len() {
            0 => {
                let permitted_roles: Vec<String> = self
                    .policies()
                    .iter()
                    .filter_map(creators)
                    .map(|(roles, policy)| format!("{roles} ({policy})"))
                    .collect();
                Err(Error::not_found(format!("{user} may not create invites in any space"))
                    .with_hint(format!("permitted roles, by policy: {}", permitted_roles.join(", "))))
            }
            1 => Ok(spaces.remove(0)),
            _ => {
                let more = if spaces.len() > NAMED { ", and more" } else { "" };
                spaces.truncate(NAMED);
                Err(Error::invalid(format!("{user} may create invites in several spaces: {}{more}", spaces.join(", ")))
                    .with_hint("choose one: --space ID"))
            }
        }
    }
}
