//! What a run that failed said.

use std::process::Output;

use crate::workshop::text;

/// One clear line, the cause where there is one, and what helps.
#[derive(Debug)]
pub struct Said {
    pub error: String,
    pub cause: Option<String>,
    pub hint: Option<String>,
}

impl Said {
    /// Reads what a failed run said, and sees that it said nothing else: no data,
    /// no second error, no password.
    #[track_caller]
    pub fn by(output: &Output, exit: i32) -> Self {
        assert_eq!(text(&output.stdout), "", "{}", text(&output.stderr));
        Said::beside_data(output, exit)
    }

    /// The same, where data was printed before it failed.
    #[track_caller]
    pub fn beside_data(output: &Output, exit: i32) -> Self {
        let said = text(&output.stderr);
        assert!(PASSWORDS.iter().all(|word| !said.contains(word)), "a password: {said}");
        assert_eq!(output.status.code(), Some(exit), "{said}");
        let mut lines = said.lines().peekable();
        let error = lines.next().and_then(|line| line.strip_prefix("error: ")).unwrap_or_else(|| panic!("{said}"));
        let cause = lines.next_if(|line| line.starts_with("  cause: "));
        let hint = lines.next_if(|line| line.starts_with("hint: "));
        assert_eq!(lines.next(), None, "{said}");
        Said {
            error: error.to_owned(),
            cause: cause.and_then(|line| line.strip_prefix("  cause: ")).map(str::to_owned),
            hint: hint.and_then(|line| line.strip_prefix("hint: ")).map(str::to_owned),
        }
    }

    /// Sees that the error names what was wrong, and that the hint says what helps.
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

    /// The command that the hint ends in.
    #[track_caller]
    pub fn advice(&self) -> &str {
        self.hint().split_once(": ").unwrap_or_else(|| panic!("no advice: {self:?}")).1
    }
}

/// The words of the passwords that tests use.
const PASSWORDS: [&str; 3] = ["pencil", "sharpener", "harness"];
