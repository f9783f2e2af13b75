//! Topics of help, which belong to no single command.

use clap::builder::Styles;

use crate::policy::policy_keys;

/// Topic of help.
pub(crate) struct Topic {
    /// Argument of `invite help`.
    pub name: &'static str,
    /// Description in one line.
    pub about: &'static str,
    /// Paragraphs, headings that end in a colon, and indented lines below the headings.
    /// `{keys}` stands for the keys of a policy.
    text: &'static str,
}

/// The topics, in the order of help.
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

/// True if a line of a topic is a heading.
pub(crate) fn is_heading(line: &str) -> bool {
    line.ends_with(':') && line.starts_with(|first: char| first.is_uppercase())
}

impl Topic {
    /// Returns the text of the topic.
    pub(crate) fn text(&self) -> String {
        self.text.replace("{keys}", &keys())
    }

    /// Returns the text of the topic, with colored headings if `colors` is true.
    pub(crate) fn render(&self, styles: &Styles, colors: bool) -> String {
        let header = styles.get_header();
        let text = self.text();
        let lines = text.lines().map(|line| {
            if colors && is_heading(line) { format!("{header}{line}{header:#}\n") } else { format!("{line}\n") }
        });
        lines.collect()
    }
}

/// Describes the keys of a policy.
fn keys() -> String {
    let mut lines = Vec::new();
    for key in policy_keys() {
        let mut rest = key.lines(&key.default_note(), 56).into_iter();
        lines.push(format!("  {:<22}{}", key.name, rest.next().unwrap_or_default()));
        lines.extend(rest.map(|line| format!("{:24}{line}", "")));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::Policies;

    fn text(name: &str) -> String {
        TOPICS.iter().find(|topic| topic.name == name).unwrap().text()
    }

    #[test]
    fn topics_fit_terminal_of_80_columns() {
        for topic in &TOPICS {
            for line in topic.text().lines() {
                assert!(line.chars().count() <= 80 && line.trim_end() == line, "{}: {line}", topic.name);
            }
        }
    }

    #[test]
    fn exit_codes_topic_has_every_exit_code() {
        for reason in crate::error::Reason::ALL {
            let (code, word) = (reason.exit_code(), reason.as_str());
            assert!(text("exit-codes").contains(&format!("\n  {code} ")), "{word} ({code}) is missing");
        }
        for code in [0, 3, 8, 130, 141, 143] {
            assert!(text("exit-codes").contains(&format!("\n  {code} ")), "{code}");
        }
    }

    #[test]
    fn policies_topic_has_every_built_in_policy() {
        let policies = Policies::built_in().unwrap();
        for name in policies.names_where(|_| true) {
            assert!(text("policies").contains(&format!("\n  {name} ")), "{name}");
        }
    }
}
