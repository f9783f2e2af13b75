//! Gives every space that lacks one a standing invite (seed 001).

pub(crate) mod pages;
pub(crate) mod permitted;
pub(crate) mod run;
pub(crate) mod shard;

pub use crate::spaces::backfill::shard::Shard;

use crate::spaces::backfill::pages::Pages;
use crate::spaces::backfill::run::Run;

use crate::batch::Observer;
use crate::error::{Error, Result};
use crate::invites::issue::Issued;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::reading;
use crate::store::tables::spaces::{self, Space};

/// What to look at and how.
#[derive(Debug, Clone)]
pub struct BackfillRequest {
    /// Only spaces of this policy.
    pub policy: Option<String>,
    /// Only these spaces.
    pub spaces: Vec<String>,
    /// Give codes to this part of them only; the others are looked at.
    pub shard: Option<Shard>,
    /// Give at most so many a code.
    pub limit: Option<u64>,
    /// How many spaces a transaction looks at; none: 8,000, or 16,000 in a
    /// file and 1,000 on a cluster. The first one looks at 500 at most.
    pub batch_size: Option<u32>,
    /// Plan, and stop there.
    pub dry_run: bool,
}

/// A space that lacked a standing invite, with the one that it got; none in a
/// dry run.
#[derive(Debug)]
pub struct Backfilled {
    /// The space.
    pub space: Space,
    /// Its new invite.
    pub issued: Option<Issued>,
}

/// The counts of a run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct BackfillSummary {
    /// Spaces looked at.
    pub scanned: u64,
    /// Those of them that lacked a live standing invite.
    pub missing: u64,
    /// Those that got one; in a dry run, would get one.
    pub added: u64,
    /// Those that could not get one.
    pub failed: u64,
    /// Spaces whose policy has no standing codes, where the run looks at all
    /// spaces.
    pub skipped_by_policy: u64,
    /// Whether it was stopped before the end.
    pub interrupted: bool,
}

/// Runs a backfill: page by page, each page one transaction.
///
/// Run again it finds nothing to do; stopped anywhere it keeps what it
/// reported. Two at once never give a space two codes: the slot is unique.
///
/// # Errors
/// [`Error::Invalid`] for a policy without standing invites,
/// [`Error::NotFound`] for a space that is not there, and what the database
/// says; never for a single space, which is reported as failed (seed 001:
/// "Permission denied: logs error for that space, continues").
pub async fn backfill(
    service: &Service,
    actor: &Actor,
    request: &BackfillRequest,
    observer: &mut dyn Observer<Backfilled>,
) -> Result<BackfillSummary> {
    let policies = check(service, actor, request)?;
    check_spaces(service, request, &policies).await?;
    let pages = Pages::new(service, actor, request, policies);
    let mut run = Run::new(service, actor, request, &pages);
    run.walk(observer).await?;
    run.finish().await
}

/// What can be said of a request before anything is done; answers the policies
/// whose spaces it looks at.
///
/// # Errors
/// As [`backfill`], but for the spaces.
pub fn check(service: &Service, actor: &Actor, request: &BackfillRequest) -> Result<Vec<String>> {
    service.check_actor(actor)?;
    if request.batch_size == Some(0) {
        return Err(Error::invalid("the batch size is 0 (minimum 1)"));
    }
    standing_policies(service, request)
}

fn standing_policies(service: &Service, request: &BackfillRequest) -> Result<Vec<String>> {
    let Some(name) = &request.policy else {
        return Ok(service.policies().names_where(|policy| policy.standing));
    };
    let policy = service.policies().get(name)?;
    if policy.standing {
        return Ok(vec![name.clone()]);
    }
    let standing = service.policies().names_where(|policy| policy.standing);
    Err(Error::invalid(format!("the policy {name} has no standing codes, so there is nothing to backfill"))
        .hint(format!("policies with standing codes: {}", standing.join(", "))))
}

async fn check_spaces(service: &Service, request: &BackfillRequest, policies: &[String]) -> Result<()> {
    for id in &request.spaces {
        let stored = reading!(service.db(), |session| { spaces::get(session, id).await })?;
        if !policies.contains(&stored.space.policy) {
            service.policy_of(&stored.space)?;
            return Err(Error::invalid(format!(
                "the space {id} has the policy {}, which has no standing codes",
                stored.space.policy
            ))
            .hint(format!("create an invite instead: invite generate --space {}", word(id))));
        }
    }
    Ok(())
}
