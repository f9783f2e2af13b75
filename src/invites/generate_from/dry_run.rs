//! The rows that earlier transactions of a dry run would have stored.

use std::collections::{BTreeMap, HashSet};

use crate::error::Result;
use crate::invites::issue::{Draft, Issued, issue};
use crate::limits::{DryRunMails, consume_creates};
use crate::service::Service;
use crate::store::Session;
use crate::store::tables::operations::Operation;

/// The invites and e-mails of the earlier transactions of a dry run.
#[derive(Default)]
pub(crate) struct DryRun<'p> {
    /// Number of invites per policy and user, for the rate limits.
    counts: BTreeMap<(String, String), u64>,
    /// The e-mails.
    pub(crate) mails: DryRunMails,
    /// The invites of the current batch, which the next transaction creates again.
    pub(crate) created: Vec<Draft<'p>>,
}

impl<'p> DryRun<'p> {
    /// Counts the invites of the earlier transactions for the rate limits, and creates those
    /// of the current batch again.
    pub(crate) async fn create_again(
        &self,
        service: &Service,
        session: &mut Session,
        operation: &Operation,
    ) -> Result<()> {
        for ((policy, user), count) in &self.counts {
            let policy = service.policies().get(policy)?;
            consume_creates(session, policy, user, service.now(), *count).await?;
        }
        issue(service, session, &self.created, service.now(), operation).await.map(|_| ())
    }

    pub(crate) fn add(&mut self, drafts: &[(u64, Draft<'p>)], issued: &[(Option<u64>, Issued)]) {
        for (_, Issued { invite, .. }) in issued {
            if let Some(user) = &invite.created_by {
                *self.counts.entry((invite.policy.clone(), user.clone())).or_default() += 1;
            }
        }
        let lines: HashSet<u64> = issued.iter().filter_map(|(line, _)| *line).collect();
        let created = drafts.iter().filter(|(line, _)| lines.contains(line));
        for (_, draft) in created {
            if let Some(mail) = draft.mail() {
                self.mails.add(&mail);
            }
            self.created.push(draft.clone());
        }
    }
}
