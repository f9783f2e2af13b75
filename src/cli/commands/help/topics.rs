//! Topics of help.

use crate::cli::command::STYLES;

/// Something to know that belongs to no one command.
pub(crate) struct Topic {
    /// The word behind `invite help`.
    pub name: &'static str,
    /// What it tells, in a line.
    pub about: &'static str,
    /// Paragraphs, and headings that begin a line and end in a colon, with what
    /// is below them set in.
    pub text: &'static str,
}

/// All of them, in the order in which help names them.
pub(crate) const TOPICS: [Topic; 4] = [
    Topic { name: "exit-codes", about: "exit codes of commands", text: include_str!("exit-codes.txt") },
    Topic {
        name: "environment",
        about: "environment variables, files and their precedence",
        text: include_str!("environment.txt"),
    },
    Topic { name: "policies", about: "rules of each kind of space", text: include_str!("policies.txt") },
    Topic {
        name: "output",
        about: "output formats, fields, colors and stability for scripts",
        text: include_str!("output.txt"),
    },
];

/// Whether a line of a topic is a heading.
pub(crate) fn is_heading(line: &str) -> bool {
    line.ends_with(':') && line.starts_with(|first: char| first.is_uppercase())
}

impl Topic {
    /// The topic for a terminal.
    pub(crate) fn shown(&self, colors: bool) -> String {
        let header = STYLES.get_header();
        let lines = self.text.lines().map(|line| {
            if colors && is_heading(line) { format!("{header}{line}{header:#}\n") } else { format!("{line}\n") }
        });
        lines.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    fn text(name: &str) -> &'static str {
        TOPICS.iter().find(|topic| topic.name == name).unwrap().text
    }

    #[test]
    fn topics_fit_a_terminal_of_80_columns() {
        for Topic { name, text, .. } in &TOPICS {
            for line in text.lines() {
                assert!(line.chars().count() <= 80 && line.trim_end() == line, "{name}: {line}");
            }
        }
    }

    #[test]
    fn every_exit_code_is_told() {
        for reason in crate::error::Reason::ALL {
            let (code, word) = (reason.exit_code(), reason.as_str());
            assert!(text("exit-codes").contains(&format!("\n  {code} ")), "{word} ({code}) is missing");
        }
        for code in [0, 3, 8, 130, 141, 143] {
            assert!(text("exit-codes").contains(&format!("\n  {code} ")), "{code}");
        }
    }

    #[test]
    fn every_built_in_policy_is_told() {
        let policies = Policies::built_in().unwrap();
        for name in policies.names_where(|_| true) {
            assert!(text("policies").contains(&format!("\n  {name} ")), "{name}");
        }
    }
}
