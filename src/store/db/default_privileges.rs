//! Access to the tables on `PostgreSQL` that nobody granted for them: default privileges, and
//! policies of row-level security.

use crate::error::Result;
use crate::store::db::database::Db;
use crate::store::db::row::Row;
use crate::store::db::transaction::reading;
use crate::store::engine::Engine;

/// The names of all tables and views of invite, as a list of SQL literals.
macro_rules! relations {
    () => {
        "'invites', 'invite_spaces', 'invite_users', 'invite_members', 'invite_operations', 'invite_uses', \
         'invite_changes', 'invite_limits', 'invite_migrations', 'invite_overview'"
    };
}
pub(crate) use relations;

/// Roles that have privileges on the tables or their schema through default privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultPrivileges {
    /// The roles, quoted as identifiers; `PUBLIC` stands for every role.
    pub roles: Vec<String>,
    /// The statement that revokes the privileges.
    pub revoke: String,
}

/// Selects relations with the roles whose privileges come from `ALTER DEFAULT PRIVILEGES`.
/// Privileges that were granted on a table itself are left out.
const PRIVILEGES: &str = concat!(
    "WITH given AS (SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) AS relation, a.grantee \
     FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace \
     CROSS JOIN LATERAL aclexplode(c.relacl) AS a \
     WHERE n.nspname = current_schema() AND a.grantee <> c.relowner AND c.relname IN (",
    relations!(),
    ") AND EXISTS (SELECT 1 FROM pg_catalog.pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS e \
     WHERE d.defaclrole = c.relowner AND d.defaclobjtype = 'r' AND d.defaclnamespace IN (0, n.oid) \
     AND e.grantee = a.grantee) \
     UNION ALL SELECT 'SCHEMA ' || quote_ident(n.nspname), a.grantee \
     FROM pg_catalog.pg_namespace AS n CROSS JOIN LATERAL aclexplode(n.nspacl) AS a \
     WHERE n.nspname = current_schema() AND a.grantee <> n.nspowner \
     AND EXISTS (SELECT 1 FROM pg_catalog.pg_default_acl AS d CROSS JOIN LATERAL aclexplode(d.defaclacl) AS e \
     WHERE d.defaclrole = n.nspowner AND d.defaclobjtype = 'n' AND e.grantee = a.grantee)) \
     SELECT relation, \
     string_agg(DISTINCT CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END, ', ') AS roles \
     FROM given GROUP BY relation ORDER BY relation"
);

impl Db {
    /// Lists the privileges on the tables and their schema that other roles have through default
    /// privileges. The list is empty on other engines, which have none.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] if the server cannot be reached.
    pub async fn default_privileges(&self) -> Result<Vec<DefaultPrivileges>> {
        if self.engine() != Engine::Postgres {
            return Ok(Vec::new());
        }
        let rows = reading!(self, |session| { session.fetch_unprepared(PRIVILEGES).await })?;
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for row in &rows {
            let (relation, roles) = roles_of_relation(row)?;
            // Privileges on a schema need a REVOKE statement of their own.
            let same = |(known, on): &&mut (String, Vec<String>)| {
                *known == roles && on[0].starts_with("SCHEMA ") == relation.starts_with("SCHEMA ")
            };
            match found.iter_mut().find(same) {
                Some((_, relations)) => relations.push(relation),
                None => found.push((roles, vec![relation])),
            }
        }
        let privileges = |(roles, on): (String, Vec<String>)| DefaultPrivileges {
            revoke: format!("REVOKE ALL ON {} FROM {roles}", on.join(", ")),
            roles: roles.split(", ").map(str::to_owned).collect(),
        };
        Ok(found.into_iter().map(privileges).collect())
    }

    /// Returns the tables whose rows a policy of row-level security may hide from the account, as
    /// found when the database was opened; `None` if no policy applies.
    #[must_use]
    pub fn hidden_tables(&self) -> Option<&str> {
        self.pool().hidden_tables()
    }
}

fn roles_of_relation(row: &Row) -> Result<(String, String)> {
    Ok((row.text("relation")?, row.text("roles")?))
}
