//! Templates of invitation e-mails: built in, or an operator's own.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use chrono::DateTime;
use minijinja::{Environment, ErrorKind, UndefinedBehavior, Value, context, escape_formatter};

use crate::error::{Error, Result};
use crate::files;
use crate::mail::message::{Message, one_line};

const SUBJECT: &str = "invitation.subject.txt";
const TEXT: &str = "invitation.txt";
const HTML: &str = "invitation.html";

/// The file names of the templates, with the built-in texts.
const BUILT_IN: [(&str, &str); 3] = [
    (SUBJECT, include_str!("templates/invitation.subject.txt")),
    (TEXT, include_str!("templates/invitation.txt")),
    (HTML, include_str!("templates/invitation.html")),
];

/// Variables of the templates. The subject has no `link`: servers log subjects, and the
/// link is a secret.
const VARIABLES: [&str; 8] = ["expires_at", "invited_by", "link", "policy", "role", "space_id", "space_name", "to"];

/// A code that no template contains by chance, to check that a message contains its link.
const SAMPLE_CODE: &str = "SAMPLECODE0123456789";

/// Maximum size of a template and of a rendered text, in bytes.
const MAX_TEXT: usize = 256 * 1024;

/// Maximum number of instructions of a template; the built-in ones take less than 100.
const FUEL: u64 = 100_000;

/// The templates of subject, text and HTML.
#[derive(Clone)]
pub struct Templates {
    environment: Arc<Environment<'static>>,
    folder: Option<PathBuf>,
}

/// A message whose templates are rendered.
pub(crate) struct Rendered {
    pub(crate) subject: String,
    pub(crate) text: String,
    pub(crate) html: String,
}

impl Templates {
    /// Returns the built-in templates.
    #[must_use]
    pub fn built_in() -> Self {
        let mut environment = environment();
        for (name, source) in BUILT_IN {
            // A test renders these constants.
            let _ = environment.add_template(name, source);
        }
        Templates { environment: Arc::new(environment), folder: None }
    }

    /// Loads templates from a folder: `invitation.subject.txt`, `invitation.txt` and
    /// `invitation.html` replace the built-in ones. Each is rendered here with sample
    /// messages, so that a mistake is found before an invite is stored.
    ///
    /// # Errors
    /// [`Error::Invalid`] with file and line for a syntax error and for an unknown
    /// variable; for a folder without any of the files; for a subject of several lines;
    /// for a text without the link.
    pub fn in_folder(folder: &Path) -> Result<Self> {
        if !folder.is_dir() {
            return Err(folder_fault("does not exist", folder));
        }
        let mut templates = Templates { environment: Arc::new(environment()), folder: Some(folder.to_owned()) };
        let mut own = 0;
        for (name, built_in) in BUILT_IN {
            let source = read(&folder.join(name))?;
            own += usize::from(source.is_some());
            let source = source.unwrap_or_else(|| built_in.to_owned());
            let added = Arc::make_mut(&mut templates.environment).add_template_owned(name, source);
            added.map_err(|error| templates.template_error(name, &error))?;
        }
        if own == 0 {
            return Err(folder_fault("contains no template", folder));
        }
        templates.check()?;
        Ok(templates)
    }

    /// Returns the folder of the templates; `None` for the built-in ones.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        self.folder.as_deref()
    }

    /// Renders each template with a message that has every field, and with one that has
    /// only the required fields.
    fn check(&self) -> Result<()> {
        for (name, _) in BUILT_IN {
            self.check_variables(name)?;
        }
        for message in [full_sample(), bare_sample()] {
            let rendered = self.render(&message).map_err(|(name, error)| self.template_error(name, &error))?;
            for (name, text) in [(TEXT, &rendered.text), (HTML, &rendered.html)] {
                if !text.contains(SAMPLE_CODE) {
                    return Err(Error::invalid(format!("{}: the link is missing", self.file(name)))
                        .with_hint("write {{ link }} in the place of the link"));
                }
            }
            if rendered.subject.is_empty() || rendered.subject.contains('\n') {
                return Err(Error::invalid(format!("{}: the subject must be one line of text", self.file(SUBJECT))));
            }
        }
        Ok(())
    }

    /// Refuses unknown variables, also in branches that the sample messages do not reach.
    fn check_variables(&self, name: &'static str) -> Result<()> {
        let template = self.environment.get_template(name).map_err(|error| self.template_error(name, &error))?;
        let known = known(name);
        let functions: BTreeSet<&str> = self.environment.globals().map(|(name, _)| name).collect();
        let named: BTreeSet<String> = template.undeclared_variables(false).into_iter().collect();
        let is_unknown =
            |variable: &&String| !known.contains(&variable.as_str()) && !functions.contains(variable.as_str());
        let Some(unknown) = named.iter().find(is_unknown) else { return Ok(()) };
        let place = match line_of(template.source(), unknown) {
            Some(line) => format!("{}, line {line}", self.file(name)),
            None => self.file(name),
        };
        Err(Error::invalid(format!("{place}: unknown variable {unknown}")).with_hint(variables_hint(name)))
    }

    fn template_error(&self, name: &str, error: &minijinja::Error) -> Error {
        let line = error.line().map(|line| format!(", line {line}")).unwrap_or_default();
        let detail = error.detail().map(|detail| format!(": {detail}")).unwrap_or_default();
        let message = format!("{}{line}: {}{detail}", self.file(name), error.kind());
        Error::invalid(one_line(&message)).with_hint(variables_hint(name))
    }

    fn file(&self, name: &str) -> String {
        match &self.folder {
            Some(folder) => folder.join(name).display().to_string(),
            None => name.to_owned(),
        }
    }

    /// Renders the templates for a message.
    ///
    /// # Errors
    /// The name of the template that failed, and its error.
    pub(crate) fn render(&self, message: &Message) -> std::result::Result<Rendered, (&'static str, minijinja::Error)> {
        let render = |name: &'static str| {
            let template = self.environment.get_template(name).map_err(|error| (name, error))?;
            let mut text = BoundedText::default();
            let rendered = template.render_captured_to(values(name, message), &mut text).map(|_| ());
            match rendered {
                Err(_) if text.is_full => Err((name, too_long())),
                Err(error) => Err((name, error)),
                Ok(()) => String::from_utf8(text.bytes).map_err(|_| (name, too_long())),
            }
        };
        let subject = render(SUBJECT)?.trim().to_owned();
        Ok(Rendered { subject, text: render(TEXT)?, html: render(HTML)? })
    }
}

/// A text of limited size: a loop in a template may produce any amount of text.
#[derive(Default)]
struct BoundedText {
    bytes: Vec<u8>,
    is_full: bool,
}

impl io::Write for BoundedText {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > MAX_TEXT {
            self.is_full = true;
            return Err(io::ErrorKind::WriteZero.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn too_long() -> minijinja::Error {
    minijinja::Error::new(ErrorKind::InvalidOperation, format!("the text is longer than {MAX_TEXT} bytes"))
}

impl fmt::Debug for Templates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Templates").field("folder", &self.folder).finish_non_exhaustive()
    }
}

fn environment() -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_fuel(Some(FUEL));
    // A missing value is rendered as nothing, not as the word "none".
    environment.set_formatter(
        |out, state, value| {
            if value.is_none() { Ok(()) } else { escape_formatter(out, state, value) }
        },
    );
    environment
}

fn folder_fault(problem: &str, folder: &Path) -> Error {
    Error::invalid(format!("the folder of mail templates {problem}: {}", folder.display()))
        .with_hint(format!("add one or more of the files {SUBJECT}, {TEXT} and {HTML}"))
}

fn read(file: &Path) -> Result<Option<String>> {
    match files::read_text(file) {
        Ok(text) => Ok(Some(text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n"))),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound && !files::exists(file) => Ok(None),
        Err(error) => {
            let message = format!("cannot read the mail template {}", file.display());
            Err(Error::invalid(message)
                .with_source(error)
                .with_hint("check the mode of the file; it must be UTF-8 text"))
        }
    }
}

fn known(name: &str) -> Vec<&'static str> {
    VARIABLES.into_iter().filter(|variable| name != SUBJECT || *variable != "link").collect()
}

fn variables_hint(name: &str) -> String {
    format!("variables: {}", known(name).join(", "))
}

/// Returns the first line that names a variable, counted from 1.
fn line_of(source: &str, variable: &str) -> Option<usize> {
    let names = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == variable);
    source.lines().position(names).map(|index| index + 1)
}

fn values(name: &str, message: &Message) -> Value {
    let expires_at = message.expires_at.map(|at| at.format("%-d %B %Y, %H:%M UTC").to_string());
    let invited_by = message.invited_by.as_deref().map(one_line).filter(|text| !text.is_empty());
    let shared = context! {
        to => one_line(&message.to), space_id => one_line(&message.space_id), space_name => one_line(&message.space_name),
        policy => one_line(&message.policy), role => one_line(&message.role), expires_at, invited_by,
    };
    if name == SUBJECT {
        shared
    } else {
        context! { link => message.link.clone(), ..shared }
    }
}

fn bare_sample() -> Message {
    Message {
        to: "someone@example.org".to_owned(),
        space_id: "sample".to_owned(),
        space_name: "Sample".to_owned(),
        policy: "sample".to_owned(),
        role: "viewer".to_owned(),
        link: format!("https://example.org/{SAMPLE_CODE}"),
        code: SAMPLE_CODE.to_owned(),
        expires_at: None,
        invited_by: None,
    }
}

fn full_sample() -> Message {
    Message { expires_at: Some(DateTime::UNIX_EPOCH), invited_by: Some("Someone".to_owned()), ..bare_sample() }
}

#[cfg(test)]
mod tests;
