//! Whom `PostgreSQL` lets at the tables without anybody having said so for them:
//! default privileges, and policies of row-level security.

use crate::error::Result;
use crate::store::db::database::Db;
use crate::store::db::row::Row;
use crate::store::db::transaction::reading;
use crate::store::engine::Engine;

/// The relations of this tool, as a list of literals.
macro_rules! relations {
    () => {
        "'invites', 'invite_spaces', 'invite_users', 'invite_members', 'invite_operations', 'invite_uses', \
         'invite_changes', 'invite_limits', 'invite_migrations', 'invite_overview'"
    };
}
pub(crate) use relations;

/// Roles that have rights on the tables, or on their schema, by default privileges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultRights {
    /// The roles, each as an identifier; `PUBLIC` is every role.
    pub roles: Vec<String>,
    /// The statement that takes the rights away.
    pub revoke: String,
}

/// The roles and relations that have rights which `ALTER DEFAULT PRIVILEGES` gives.
/// Rights that were granted on a table itself are left out.
const BY_DEFAULT: &str = concat!(
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
    /// The rights on the tables, and on their schema, that other roles have by
    /// default privileges of the database. None on other engines, which have no
    /// such defaults.
    ///
    /// # Errors
    /// [`crate::error::Error::Unavailable`] if the server cannot be reached.
    pub async fn rights_by_default(&self) -> Result<Vec<DefaultRights>> {
        if self.engine() != Engine::Postgres {
            return Ok(Vec::new());
        }
        let rows = reading!(self, |session| { session.look(BY_DEFAULT).await })?;
        let mut found: Vec<(String, Vec<String>)> = Vec::new();
        for row in &rows {
            let (relation, roles) = of_row(row)?;
            // A schema is revoked by a statement of its own.
            let same = |(known, on): &&mut (String, Vec<String>)| {
                *known == roles && on[0].starts_with("SCHEMA ") == relation.starts_with("SCHEMA ")
            };
            match found.iter_mut().find(same) {
                Some((_, relations)) => relations.push(relation),
                None => found.push((roles, vec![relation])),
            }
        }
        let rights = |(roles, on): (String, Vec<String>)| DefaultRights {
            revoke: format!("REVOKE ALL ON {} FROM {roles}", on.join(", ")),
            roles: roles.split(", ").map(str::to_owned).collect(),
        };
        Ok(found.into_iter().map(rights).collect())
    }

    /// The tables whose rows a policy of row-level security may hide from the
    /// account, as found when the database was opened; none where no policy counts.
    #[must_use]
    pub fn hidden_tables(&self) -> Option<&str> {
        self.pool().hidden_tables()
    }
}

fn of_row(row: &Row) -> Result<(String, String)> {
    Ok((row.text("relation")?, row.text("roles")?))
}
