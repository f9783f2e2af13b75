//! The space of somebody who names none (seed 003: "Request Body: None
//! required"): the one in which they may create.

use crate::authorize::{self, Right};
use crate::error::{Error, Result};
use crate::policy::Policy;
use crate::service::{Actor, Service};
use crate::store::reading;
use crate::store::tables::access_filter;

/// How many spaces an answer names.
const NAMED: usize = 10;

/// The one space in which the user that is acted for may create invites.
///
/// # Errors
/// [`Error::NotFound`] if there is none (seed 003: "Director profile not
/// found"), [`Error::Invalid`] if there are several, with the first ten, or if
/// nobody is acted for.
pub async fn own_space(service: &Service, actor: &Actor) -> Result<String> {
    service.check_actor(actor)?;
    let Some(permitted) = service.permitted(actor, Right::Create) else {
        return Err(
            Error::invalid("no space was given").hint("add --space ID, or --as USER to use the space of that user")
        );
    };
    let user = &permitted.user;
    let most = i64::try_from(NAMED + 1).unwrap_or(i64::MAX);
    let mut spaces = reading!(service.db(), |session| { access_filter::spaces(session, &permitted, most).await })?;
    let able = |policy: &Policy| Some((authorize::either(Right::Create.roles(policy))?, policy.name.clone()));
    match spaces.len() {
        0 => {
            let able: Vec<String> = service
                .policies()
                .iter()
                .filter_map(able)
                .map(|(roles, policy)| format!("{roles} ({policy})"))
                .collect();
            Err(Error::not_found(format!("{user} may not create invites in any space"))
                .hint(format!("permitted roles, by policy: {}", able.join(", "))))
        }
        1 => Ok(spaces.remove(0)),
        _ => {
            let more = if spaces.len() > NAMED { ", and more" } else { "" };
            spaces.truncate(NAMED);
            Err(Error::invalid(format!("{user} may create invites in several spaces: {}{more}", spaces.join(", ")))
                .hint("choose one: --space ID"))
        }
    }
}
