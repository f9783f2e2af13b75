//! Help of `invite` itself: the commands in groups, by task.

use clap::Command;
use clap::builder::StyledStr;

use crate::cli::commands::help::topics::TOPICS;

/// Groups of commands. Every command belongs to one.
const GROUPS: [(&str, &[&str]); 5] = [
    ("Invites", &["generate", "validate", "use", "show", "list", "revoke", "extend", "resend"]),
    ("Maintenance", &["backfill", "cleanup", "regenerate", "operations", "limits", "stats"]),
    ("Directory", &["space", "member"]),
    ("Set-up", &["init", "migrate", "policy", "config", "completions", "man"]),
    ("Help", &["help"]),
];

/// Returns the layout of the help of `invite` itself.
pub(crate) fn layout(tree: &Command) -> StyledStr {
    let (header, literal) = (tree.get_styles().get_header(), tree.get_styles().get_literal());
    let mut text = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n".to_owned();
    let names = GROUPS.iter().flat_map(|(_, names)| names.iter());
    let widest = names.map(|name| name.len()).max().unwrap_or(0);
    for (title, names) in GROUPS {
        text.push_str(&format!("\n{header}{title}:{header:#}\n"));
        for name in names {
            let about = tree.find_subcommand(name).and_then(Command::get_about).map(ToString::to_string);
            let about = about.unwrap_or_default();
            text.push_str(&format!("  {literal}{name:widest$}{literal:#}  {about}\n"));
        }
    }
    let topics: Vec<&str> = TOPICS.iter().map(|topic| topic.name).collect();
    text.push_str(&format!("{:1$}  Topics: {2}\n", "", widest + 2, topics.join(", ")));
    text.push_str(&format!("\n{header}Options:{header:#}\n{{options}}{{after-help}}"));
    StyledStr::from(text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::command::Cli;

    #[test]
    fn every_command_belongs_to_one_group() {
        let tree = Cli::command();
        let mut commands: Vec<&str> =
            tree.get_subcommands().filter(|command| !command.is_hide_set()).map(Command::get_name).collect();
        let mut grouped: Vec<&str> = GROUPS.iter().flat_map(|(_, names)| names.iter().copied()).collect();
        commands.sort_unstable();
        grouped.sort_unstable();
        assert_eq!(grouped, commands);
    }

    #[test]
    fn root_help_fits_terminal_of_80_columns() {
        for line in layout(&Cli::command()).to_string().lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
    }
}
