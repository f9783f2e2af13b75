//! What the user who is acted for has a right to, as a condition of the
//! statements themselves: nothing can change between a check and the work.

use crate::error::Result;
use crate::store::db::row::Arg;
use crate::store::db::session::Session;
use crate::store::dialect::Statement;

/// A user with what gives them the right.
#[derive(Debug, Clone)]
pub(crate) struct Permitted {
    /// The user.
    pub user: String,
    /// The policies and roles that have it, as [`Permitted::pair`] writes them.
    pub pairs: Vec<String>,
    /// The policies under which whoever made an invite has it.
    pub own_of: Vec<String>,
}

/// The active spaces in which the user has a role with the right: few, so that they
/// are found once and not for each invite.
const SPACES: &str = "SELECT m.space_id FROM invite_members AS m \
     JOIN invite_spaces AS p ON p.id = m.space_id AND p.removed_at IS NULL \
     WHERE m.user_id = :permitted_user AND p.policy || ' ' || m.role {in_texts:permitted}";

/// Whether the policy of the space `p` is one whose creators have it.
const OF_CREATORS: &str = " AND p.policy {in_texts:own_of})";

const BY_ROLE: &str = " AND i.id IN (SELECT id FROM (SELECT id FROM invites WHERE space_id IN (";

const OR_OWN: &str = " UNION ALL SELECT own.id FROM invites AS own JOIN invite_spaces AS p ON p.id = own.space_id \
     WHERE own.created_by = :permitted_user AND p.policy {in_texts:own_of}) AS permitted_ids)";

/// The first of the spaces in which the user has a role with the right.
pub(crate) async fn spaces(session: &mut Session, permitted: &Permitted, most: i64) -> Result<Vec<String>> {
    let statement = Statement::from(SPACES).push(" ORDER BY m.space_id LIMIT :most");
    let [user, pairs, _] = permitted.values();
    session
        .all(statement, &[user, pairs, ("most", most.into())])
        .await?
        .iter()
        .map(|row| row.text("space_id"))
        .collect()
}

/// Whether the user has a role with the right in a space of one policy, or of
/// any.
pub(crate) async fn has_a_space(session: &mut Session, permitted: &Permitted, policy: Option<&str>) -> Result<bool> {
    let statement = Statement::from(SPACES).push(" AND (:policy IS NULL OR p.policy = :policy) LIMIT 1");
    let [user, pairs, _] = permitted.values();
    Ok(session.maybe_one(statement, &[user, pairs, ("policy", policy.into())]).await?.is_some())
}

impl Permitted {
    /// A policy and a role in it. Neither holds a space, so that no other two
    /// read the same.
    pub fn pair(policy: &str, role: &str) -> String {
        format!("{policy} {role}")
    }

    /// The right of nobody, to nothing.
    pub fn nothing() -> Self {
        Permitted { user: String::new(), pairs: Vec::new(), own_of: Vec::new() }
    }

    /// The same without what the user made: what their role alone gives.
    pub fn by_role(&self) -> Self {
        Permitted { own_of: Vec::new(), ..self.clone() }
    }

    /// What a statement adds so that the invites of this table are among those
    /// that the user has the right to, with what that binds; the columns are its
    /// space and its creator.
    pub(crate) fn condition(&self, [space, creator]: [&'static str; 2]) -> (Statement, [(&'static str, Arg); 3]) {
        let by_role = Statement::from(" AND (").push(space).push(" IN (").push(SPACES).push(")");
        if self.own_of.is_empty() {
            return (by_role.push(")"), self.values());
        }
        let own = by_role.push(" OR (").push(creator).push(" = :permitted_user AND ");
        let own = own.push("EXISTS (SELECT 1 FROM invite_spaces AS p WHERE p.id = ").push(space);
        (own.push(OF_CREATORS).push("))"), self.values())
    }

    /// The same for invites `i` that are not narrowed down otherwise. What their
    /// role gives and what they made are found by an index each, and put together:
    /// no planner finds them so behind an OR.
    pub(crate) fn condition_of_listed(&self) -> (Statement, [(&'static str, Arg); 3]) {
        if self.own_of.is_empty() {
            return self.condition(["i.space_id", "i.created_by"]);
        }
        let by_role = Statement::from(BY_ROLE).push(SPACES).push(")");
        (by_role.push(OR_OWN), self.values())
    }

    fn values(&self) -> [(&'static str, Arg); 3] {
        [
            ("permitted_user", self.user.as_str().into()),
            ("permitted", Arg::texts(&self.pairs)),
            ("own_of", Arg::texts(&self.own_of)),
        ]
    }
}
