//! The parsed error output of a failed run.

use std::process::Output;

use crate::sandbox::text;

/// The error line, the optional cause, and the hint.
#[derive(Debug)]
pub struct ErrorOutput {
    pub error: String,
    pub cause: Option<String>,
    pub hint: Option<String>,
}

impl ErrorOutput {
    /// Parses the output of a failed run; panics if it contains data, a second error or a password.
    #[track_caller]
    pub fn parse(output: &Output, exit: i32) -> Self {
        assert_eq!(text(&output.stdout), "", "{}", text(&output.stderr));
        ErrorOutput::parse_after_data(output, exit)
    }

    /// Parses the output of a run that printed data before it failed.
    #[track_caller]
    pub fn parse_after_data(output: &Output, exit: i32) -> Self {
        let said = text(&output.stderr);
        assert!(PASSWORDS.iter().all(|word| !said.contains(word)), "a password: {said}");
        assert_eq!(output.status.code(), Some(exit), "{said}");
        let mut lines = said.lines().peekable();
        let error = lines.next().and_then(|line| line.strip_prefix("error: ")).unwrap_or_else(|| panic!("{said}"));
        let cause = lines.next_if(|line| line.starts_with("  cause: "));
        let hint = lines.next_if(|line| line.starts_with("hint: "));
        assert_eq!(lines.next(), None, "{said}");
        ErrorOutput {
            error: error.to_owned(),
            cause: cause.and_then(|line| line.strip_prefix("  cause: ")).map(str::to_owned),
            hint: hint.and_then(|line| line.strip_prefix("hint: ")).map(str::to_owned),
        }
    }

    /// Asserts that the error and the hint contain these texts.
    #[track_caller]
    pub fn names(self, wrong: &str, helps: &str) -> Self {
        assert!(self.error.contains(wrong), "no {wrong:?} in {self:?}");
        assert!(self.hint().contains(helps), "no {helps:?} in {self:?}");
        self
    }

    #[track_caller]
    pub fn hint(&self) -> &str {
        self.hint.as_deref().unwrap_or_else(|| panic!("no hint: {self:?}"))
    }

    /// Returns the command at the end of the hint.
    #[track_caller]
    pub fn suggested_command(&self) -> &str {
        self.hint().split_once(": ").unwrap_or_else(|| panic!("no suggested_command: {self:?}")).1
    }
}

/// Parts of the passwords of the tests.
const PASSWORDS: [&str; 3] = ["pencil", "sharpener", "harness"];
