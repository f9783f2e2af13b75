//! The permissions of an actor as a condition inside the statements, so that nothing can change
//! between a check and the change itself.

use crate::error::Result;
use crate::store::db::session::Session;
use crate::store::dialect::arg::Arg;
use crate::store::dialect::{Sql, Statement, sql};

/// The roles and policies that give an actor a permission.
#[derive(Debug, Clone)]
pub(crate) struct AccessFilter {
    /// The ID of the actor.
    pub user: String,
    /// The policies and roles with the permission, as [`AccessFilter::pair`] writes them.
    pub role_pairs: Vec<String>,
    /// The policies under which the creator of an invite has the permission.
    pub creator_policies: Vec<String>,
}

/// Selects the active spaces in which the actor has a role with the permission. They are few, so
/// they are found once and not per invite.
const SPACES: Sql = sql!(
    "SELECT m.space_id FROM {invite_members AS m} \
     JOIN {invite_spaces AS p} ON p.id = m.space_id AND p.removed_at IS NULL \
     WHERE m.user_id = :permitted_user AND p.policy || ' ' || m.role {in_texts:permitted}"
);

/// Tests whether the creators of invites in the space `p` have the permission.
const OF_CREATORS: Sql = sql!(" AND p.policy {in_texts:own_of})");

const BY_ROLE: Sql = sql!(" AND i.id IN (SELECT id FROM (SELECT id FROM {invites} WHERE space_id IN (");

const OR_OWN: Sql = sql!(
    " UNION ALL SELECT own.id FROM {invites AS own} JOIN {invite_spaces AS p} ON p.id = own.space_id \
     WHERE own.created_by = :permitted_user AND p.policy {in_texts:own_of}) AS permitted_ids)"
);

/// Returns the first `most` spaces in which the actor has a role with the permission.
pub(crate) async fn spaces(session: &mut Session, access: &AccessFilter, most: i64) -> Result<Vec<String>> {
    let statement = Statement::from(SPACES).push(sql!(" ORDER BY m.space_id LIMIT :most"));
    let [user, pairs] = access.of_roles();
    session
        .all(statement, &[user, pairs, ("most", most.into())])
        .await?
        .iter()
        .map(|row| row.text("space_id"))
        .collect()
}

/// Returns true if the actor has a role with the permission in a space of this policy, or of any
/// policy.
pub(crate) async fn has_a_space(session: &mut Session, access: &AccessFilter, policy: Option<&str>) -> Result<bool> {
    let statement = Statement::from(SPACES).push(sql!(" AND (:policy IS NULL OR p.policy = :policy) LIMIT 1"));
    let [user, pairs] = access.of_roles();
    Ok(session.maybe_one(statement, &[user, pairs, ("policy", policy.into())]).await?.is_some())
}

impl AccessFilter {
    /// Joins a policy and a role with a space, which neither contains, so that every pair is
    /// unique.
    pub fn pair(policy: &str, role: &str) -> String {
        format!("{policy} {role}")
    }

    /// Returns a filter that permits nothing.
    pub fn nothing() -> Self {
        AccessFilter { user: String::new(), role_pairs: Vec::new(), creator_policies: Vec::new() }
    }

    /// Returns the filter without the permissions of a creator.
    pub fn by_role(&self) -> Self {
        AccessFilter { creator_policies: Vec::new(), ..self.clone() }
    }

    /// Returns a condition, with its arguments, that restricts a statement to the invites that the
    /// actor has the permission for. The columns are the space and the creator of the invite.
    pub(crate) fn condition(&self, [space, creator]: [Sql; 2]) -> (Statement, Vec<(&'static str, Arg)>) {
        let by_role = Statement::from(sql!(" AND (")).push(space).push(sql!(" IN (")).push(SPACES).push(sql!(")"));
        if self.creator_policies.is_empty() {
            return (by_role.push(sql!(")")), self.of_roles().to_vec());
        }
        let own = by_role.push(sql!(" OR (")).push(creator).push(sql!(" = :permitted_user AND "));
        let own = own.push(sql!("EXISTS (SELECT 1 FROM {invite_spaces AS p} WHERE p.id = ")).push(space);
        (own.push(OF_CREATORS).push(sql!("))")), self.values())
    }

    /// Returns the condition for invites `i` of a list without other filters. It is a union of two
    /// sub-selects, each with an index of its own, which no planner would use for an OR.
    pub(crate) fn listing_condition(&self) -> (Statement, Vec<(&'static str, Arg)>) {
        if self.creator_policies.is_empty() {
            return self.condition([sql!("i.space_id"), sql!("i.created_by")]);
        }
        let by_role = Statement::from(BY_ROLE).push(SPACES).push(sql!(")"));
        (by_role.push(OR_OWN), self.values())
    }

    fn of_roles(&self) -> [(&'static str, Arg); 2] {
        [("permitted_user", self.user.as_str().into()), ("permitted", Arg::texts(&self.role_pairs))]
    }

    fn values(&self) -> Vec<(&'static str, Arg)> {
        let [user, pairs] = self.of_roles();
        vec![user, pairs, ("own_of", Arg::texts(&self.creator_policies))]
    }
}
