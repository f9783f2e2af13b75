//! The permission that each command requires, for `--as`, `require_actor` and the threat
//! model.

use crate::authorize::Permission;
use crate::error::{Error, Result};

/// Rule that authorizes a user to run a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Authority {
    /// The roles to which the policy of the space grants a permission.
    Role(Permission),
    /// A code. A reference by ID or fingerprint requires the permission to see the invite.
    Code,
    /// The membership: the command shows the spaces of the user.
    Membership,
    /// No role: the command is for operators, and refused with `--as`.
    Operator,
    /// No permission: the command reads no data of the database.
    Anyone,
}

/// Every command, by its full name.
pub(crate) const COMMANDS: [(&str, Authority); 33] = [
    ("generate", Authority::Role(Permission::Create)),
    ("validate", Authority::Code),
    ("use", Authority::Code),
    ("revoke", Authority::Role(Permission::Revoke)),
    ("backfill", Authority::Role(Permission::Create)),
    ("list", Authority::Role(Permission::View)),
    ("cleanup", Authority::Operator),
    ("show", Authority::Role(Permission::View)),
    ("regenerate", Authority::Role(Permission::Create)),
    ("extend", Authority::Role(Permission::Create)),
    ("resend", Authority::Role(Permission::Resend)),
    ("operations", Authority::Operator),
    ("operations show", Authority::Operator),
    ("limits", Authority::Operator),
    ("limits reset", Authority::Operator),
    ("stats", Authority::Operator),
    ("space add", Authority::Operator),
    ("space list", Authority::Membership),
    ("space show", Authority::Role(Permission::View)),
    ("space import", Authority::Operator),
    ("space remove", Authority::Operator),
    ("space restore", Authority::Operator),
    ("member add", Authority::Operator),
    ("member list", Authority::Operator),
    ("member import", Authority::Operator),
    ("member remove", Authority::Operator),
    ("policy list", Authority::Anyone),
    ("policy show", Authority::Anyone),
    ("init", Authority::Anyone),
    ("migrate", Authority::Operator),
    ("config show", Authority::Anyone),
    ("completions", Authority::Anyone),
    ("man", Authority::Anyone),
];

/// True if a command may change data, so that it records an operation.
pub(crate) fn writes(words: &str) -> bool {
    !matches!(
        words,
        "validate"
            | "list"
            | "show"
            | "operations"
            | "operations show"
            | "limits"
            | "stats"
            | "space list"
            | "space show"
            | "member list"
            | "migrate"
            | "init"
    )
}

/// Refuses a command for operators if it runs with `--as`. A command that is missing in the
/// table counts as a command for operators.
///
/// # Errors
/// [`Error::Forbidden`] for such a command.
pub(crate) fn check(words: &str, actor: Option<&str>) -> Result<()> {
    let Some(user) = actor else { return Ok(()) };
    let known = COMMANDS.iter().find(|(command, _)| *command == words);
    match known.map_or(Authority::Operator, |(_, authority)| *authority) {
        Authority::Operator => {
            Err(Error::forbidden(format!("{user} may not run \"invite {words}\": no role grants this permission"))
                .with_hint("this command is for operators; run it without --as"))
        }
        Authority::Role(_) | Authority::Code | Authority::Membership | Authority::Anyone => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::Path;

    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::command::Cli;

    /// Collects the words of every command that can be run.
    fn runnable(command: &clap::Command, words: &str, found: &mut BTreeSet<String>) {
        if !command.is_subcommand_required_set() {
            found.insert(words.trim().to_owned());
        }
        for inner in command.get_subcommands() {
            runnable(inner, &format!("{words} {}", inner.get_name()), found);
        }
    }

    #[test]
    fn table_has_every_command_once() {
        let mut commands = BTreeSet::new();
        runnable(&Cli::command(), "", &mut commands);
        // Help runs while the command line is parsed.
        commands.remove("help");
        let known: BTreeSet<String> = COMMANDS.iter().map(|(words, _)| (*words).to_owned()).collect();
        assert_eq!(commands, known);
        assert_eq!(known.len(), COMMANDS.len());
    }

    #[test]
    fn operator_command_is_refused_with_as() {
        for (words, authority) in COMMANDS {
            let refused = check(words, Some("low")).is_err_and(|error| matches!(error, Error::Forbidden(_)));
            assert_eq!(refused, authority == Authority::Operator, "{words}");
            check(words, None).unwrap();
        }
        check("undo", Some("low")).unwrap_err();
    }

    /// Returns a table cell: the role that a command needs with `--as`.
    fn needs(authority: Authority) -> &'static str {
        match authority {
            Authority::Role(Permission::Create) => "a role in `create_roles`",
            Authority::Role(Permission::View) => "a role in `view_roles`",
            Authority::Role(Permission::Revoke) => "a role in `revoke_roles`, or `creator_can_revoke` for own invites",
            Authority::Role(Permission::Resend) => "a role in `resend_roles`",
            Authority::Code => "no role with a code; a role in `view_roles` with an ID or fingerprint",
            Authority::Membership => "no role for the user's own spaces; a role in `view_roles` for their codes",
            Authority::Operator => "refused (403, exit 4)",
            Authority::Anyone => "no role: reads no data",
        }
    }

    /// Returns a table cell: the result without `--as` under `require_actor`.
    fn without_actor(authority: Authority) -> &'static str {
        match authority {
            Authority::Role(_) => "refused (400, exit 2)",
            Authority::Code => "allowed with a code, refused with an ID or fingerprint",
            Authority::Membership => "allowed, without codes",
            Authority::Operator | Authority::Anyone => "allowed",
        }
    }

    /// `UPDATE_GENERATED=1` writes the table.
    #[test]
    fn threat_model_has_table_of_commands() {
        const BEGIN: &str = "<!-- commands: begin -->\n";
        const END: &str = "<!-- commands: end -->\n";
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/threat-model.md");
        let page = std::fs::read_to_string(&file).unwrap();
        let (before, rest) = page.split_once(BEGIN).unwrap();
        let (_, after) = rest.split_once(END).unwrap();
        let rows = COMMANDS.iter().map(|(words, authority)| {
            format!("| `{words}` | {} | {} |\n", needs(*authority), without_actor(*authority))
        });
        let table: Vec<String> = rows.collect();
        let head = "| command | required with `--as USER` | without `--as`, under `require_actor` |\n|---|---|---|\n";
        let current = format!("{before}{BEGIN}{head}{}{END}{after}", table.concat());
        if std::env::var_os("UPDATE_GENERATED").is_some() {
            return std::fs::write(&file, &current).unwrap();
        }
        assert!(page == current, "regenerate the table: UPDATE_GENERATED=1 cargo test --lib threat_model");
    }
}
