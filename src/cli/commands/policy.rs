//! `invite policy`

use anyhow::Result;
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::output::RowWriter;
use crate::cli::ui::row::Row;
use crate::cli::ui::table::Value;
use crate::cli::ui::{output, table};
use crate::policy::{Policy, PolicyRules};

/// List and show policies, the rules of each kind of space
#[derive(Debug, Args)]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    /// List the effective policies
    List,
    /// Show every rule of one policy
    #[command(before_long_help = "Examples:\n  invite policy show director\n  invite policy show tree -o json")]
    Show {
        /// Name of the policy
        name: String,
    },
}

impl Row for PolicyRules<'_> {
    const LIST: &'static str = "policies";
    const FIELDS: &'static [&'static str] = &[
        "name",
        "description",
        "code",
        "alphabet",
        "length",
        "bytes",
        "prefix",
        "letters",
        "digits",
        "max_digits",
        "guess_attempts",
        "guess_odds",
        "entropy_bits",
        "storage",
        "standing",
        "expires",
        "max_uses",
        "custom_max_uses",
        "email",
        "roles",
        "create_roles",
        "view_roles",
        "revoke_roles",
        "resend_roles",
        "creator_can_revoke",
        "revoke_used",
        "max_resends",
        "link",
        "limit_create",
        "limit_validate",
        "limit_use",
        "limit_failed",
        "limit_mails",
        "limit_mails_space",
        "limit_mails_address",
    ];

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["POLICY", "FORMAT", "STORED AS", "STANDING", "EXPIRES", "USES", "ROLES", "ENTROPY"];
        if wide {
            headers.extend(["FOR", "LINK"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let mut cells: Vec<Value> = vec![
            self.name.into(),
            code_shape(self).into(),
            self.storage.into(),
            yes_or_no(self.standing).into(),
            self.expires.as_str().into(),
            number_or(self.max_uses, "unlimited").into(),
            self.roles.join(", ").into(),
            format!("{:.0}", self.entropy_bits).into(),
        ];
        if wide {
            cells.extend([Value::from(self.description), self.link.into()]);
        }
        cells
    }

    fn code(&self) -> Option<&str> {
        None
    }
}

#[derive(Serialize)]
struct Summary {
    success: bool,
}

pub(crate) fn run(context: &mut Context, args: PolicyArgs) -> Result<Exit> {
    let policies = &context.settings().policies;
    match args.command {
        PolicyCommand::List => {
            let mut rows = RowWriter::new(context.printer.format(), None);
            for policy in policies.iter() {
                rows.push(&context.printer, &policy.rules())?;
            }
            rows.finish::<PolicyRules<'_>>(&context.printer, &Summary { success: true })?;
        }
        PolicyCommand::Show { name } => {
            let policy = policies.get(&name)?;
            output::report(&context.printer, &policy.rules(), None, || render(policy))?;
        }
    }
    Ok(Exit::Done)
}

/// Describes the form of a code in a few words.
fn code_shape(rules: &PolicyRules<'_>) -> String {
    match (rules.alphabet.as_ref(), rules.length, rules.bytes, rules.letters, rules.digits) {
        (Some(alphabet), Some(length), ..) => format!("{length} of {} characters", alphabet.chars().count()),
        (_, _, Some(bytes), ..) => format!("{}{bytes} bytes", rules.prefix.unwrap_or_default()),
        (.., Some(letters), Some(digits)) => {
            format!(
                "{}-{}",
                &"Joh".chars().cycle().take(letters).collect::<String>(),
                "456".chars().cycle().take(digits as usize).collect::<String>()
            )
        }
        _ => rules.code.to_owned(),
    }
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

fn role_list(roles: &[String]) -> String {
    if roles.is_empty() { "-".to_owned() } else { roles.join(", ") }
}

fn number_or(number: Option<i64>, none: &str) -> String {
    number.map_or_else(|| none.to_owned(), |number| number.to_string())
}

/// Renders the rules for people.
fn render(policy: &Policy) -> String {
    let rules = policy.rules();
    let mut facts = vec![
        ("policy", rules.name.to_owned()),
        ("for", rules.description.to_owned()),
        ("code", format!("{}, {:.1} bits of entropy", code_shape(&rules), rules.entropy_bits)),
        ("storage", rules.storage.to_owned()),
        ("standing", yes_or_no(rules.standing).to_owned()),
        ("expires", rules.expires.clone()),
        ("max_uses", number_or(rules.max_uses, "unlimited")),
        ("custom_max_uses", yes_or_no(rules.custom_max_uses).to_owned()),
        ("email", rules.email.to_owned()),
        ("roles", rules.roles.join(", ")),
        ("create_roles", role_list(rules.create_roles)),
        ("view_roles", role_list(rules.view_roles)),
        ("revoke_roles", role_list(rules.revoke_roles)),
        ("resend_roles", role_list(rules.resend_roles)),
        ("creator_can_revoke", yes_or_no(rules.creator_can_revoke).to_owned()),
        ("revoke_used", yes_or_no(rules.revoke_used).to_owned()),
        ("max_resends", rules.max_resends.to_string()),
        ("link", rules.link.unwrap_or("-").to_owned()),
        ("limit_create", number_or(rules.limit_create, "none")),
        ("limit_validate", number_or(rules.limit_validate, "none")),
        ("limit_use", number_or(rules.limit_use, "none")),
        ("limit_failed", number_or(rules.limit_failed, "none")),
        ("limit_mails", number_or(rules.limit_mails, "none")),
        ("limit_mails_space", number_or(rules.limit_mails_space, "none")),
        ("limit_mails_address", number_or(rules.limit_mails_address, "none")),
    ];
    if let (Some(odds), Some(max_digits)) = (policy.odds(), rules.max_digits) {
        let more = if rules.digits == Some(max_digits) {
            "fixed by max_digits".to_owned()
        } else {
            format!("up to {max_digits} as the codes of a prefix run short")
        };
        facts.insert(3, ("digits", format!("{}, {more}", odds.digits)));
        let percent = odds.probability * 100.0;
        let guess = format!(
            "{} ({percent:.1} %) for one active code: after {} failed attempts of all clients over its life, its \
             prefix and length are locked",
            odds.text(),
            odds.attempts
        );
        facts.insert(4, ("odds of a guess", guess));
    }
    if let Some(alphabet) = &rules.alphabet {
        facts.insert(3, ("alphabet", alphabet.clone()));
    }
    table::facts(&facts)
}
