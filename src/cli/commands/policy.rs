//! `invite policy`

use anyhow::Result;
use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::Value as Json;

use crate::cli::context::Context;
use crate::cli::exit::Exit;
use crate::cli::ui::output::RowWriter;
use crate::cli::ui::row::Row;
use crate::cli::ui::table::Value;
use crate::cli::ui::{output, table};
use crate::keys::Key;
use crate::model::code::{CodeFormat, Storage};
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
    const FIELDS: &'static [&'static str] = &PolicyRules::FIELDS;

    fn headers(wide: bool) -> Vec<&'static str> {
        let mut headers = vec!["POLICY", "FORMAT", "STORED AS", "STANDING", "EXPIRES", "USES", "ROLES", "ENTROPY"];
        if wide {
            headers.extend(["FOR", "LINK"]);
        }
        headers
    }

    fn cells(&self, wide: bool) -> Vec<Value> {
        let policy = self.policy();
        let mut cells: Vec<Value> = vec![
            policy.name.as_str().into(),
            code_shape(&policy.code).into(),
            (if policy.storage == Storage::Text { "text" } else { "hash" }).into(),
            yes_or_no(policy.standing).into(),
            policy.expires.to_string().into(),
            policy.max_uses.map_or_else(|| "unlimited".to_owned(), |max| max.to_string()).into(),
            policy.roles.join(", ").into(),
            format!("{:.0}", self.entropy_bits()).into(),
        ];
        if wide {
            cells.extend([Value::from(policy.description.as_str()), policy.link.as_deref().into()]);
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
            let rules = policy.rules();
            let text = render(&rules)?;
            output::report(&context.printer, &rules, None, || text)?;
        }
    }
    Ok(Exit::Done)
}

/// Describes the form of a code in a few words.
fn code_shape(format: &CodeFormat) -> String {
    match format {
        CodeFormat::Random { alphabet, length } => format!("{length} of {} characters", alphabet.len()),
        CodeFormat::Token { bytes, prefix } => format!("{prefix}{bytes} bytes"),
        CodeFormat::Name { letters, digits, .. } => {
            let first = |text: &str, count| text.chars().cycle().take(count).collect::<String>();
            format!("{}-{}", first("Joh", *letters), first("456", *digits as usize))
        }
    }
}

fn yes_or_no(flag: bool) -> &'static str {
    if flag { "yes" } else { "no" }
}

/// Renders the value of a key for people.
fn value_text(key: &Key, value: Option<&Json>) -> String {
    let text = match value {
        None | Some(Json::Null) => key.rule.none().unwrap_or_default().to_owned(),
        Some(Json::Bool(flag)) => yes_or_no(*flag).to_owned(),
        Some(Json::Array(items)) => items.iter().filter_map(Json::as_str).collect::<Vec<&str>>().join(", "),
        Some(Json::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    if text.is_empty() { "-".to_owned() } else { text }
}

/// Renders the rules for people.
fn render(rules: &PolicyRules<'_>) -> serde_json::Result<String> {
    let (policy, values) = (rules.policy(), rules.values()?);
    let mut facts = vec![("policy", policy.name.clone())];
    for key in Policy::KEYS {
        match key.name {
            "description" => facts.push(("for", policy.description.clone())),
            "code" => code_facts(rules, &mut facts),
            name => facts.push((name, value_text(key, values.get(name)))),
        }
    }
    Ok(table::facts(&facts))
}

/// Appends the form of the codes, and the odds of guessing one.
fn code_facts(rules: &PolicyRules<'_>, facts: &mut Vec<(&'static str, String)>) {
    let policy = rules.policy();
    facts.push(("code", format!("{}, {:.1} bits of entropy", code_shape(&policy.code), rules.entropy_bits())));
    match (&policy.code, policy.odds()) {
        (CodeFormat::Random { alphabet, .. }, _) => facts.push(("alphabet", alphabet.iter().collect())),
        (CodeFormat::Name { digits, max_digits, .. }, Some(odds)) => {
            let more = if digits == max_digits {
                "fixed by max_digits".to_owned()
            } else {
                format!("up to {max_digits} as the codes of a prefix run short")
            };
            facts.push(("digits", format!("{}, {more}", odds.digits)));
            let percent = odds.probability * 100.0;
            let guess = format!(
                "{} ({percent:.1} %) for one active code: after {} failed attempts of all clients over its life, its \
                 prefix and length are locked",
                odds.text(),
                odds.attempts
            );
            facts.push(("odds of a guess", guess));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    #[test]
    fn text_has_every_key() {
        for policy in Policies::built_in().unwrap().iter() {
            let text = render(&policy.rules()).unwrap();
            for key in Policy::NAMES {
                let label = if *key == "description" { "for" } else { key };
                assert!(text.lines().any(|line| line.starts_with(&format!("  {label} "))), "{label}:\n{text}");
            }
        }
    }
}
