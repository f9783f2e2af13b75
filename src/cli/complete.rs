//! Completions for a shell: commands and options, IDs from the database, and policies,
//! roles and profiles from the configuration. Codes are never completed.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use clap::builder::StyledStr;
use clap::{Arg, Command, CommandFactory as _};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::Shells;

use crate::cli::command::Cli;
use crate::cli::commands::completions::VARIABLE;
use crate::cli::commands::help;
use crate::cli::host::Host;
use crate::cli::ui::text::safe;
use crate::complete_ids::{Completion, IdKind, complete_ids};
use crate::config::{Environment, Flags, Settings};
use crate::policy::Policy;

/// Maximum duration of a lookup in the database, because the user waits for it.
const TIMEOUT: Duration = Duration::from_millis(200);

/// Prints the completions that a shell asks for. Returns the exit code, or `None` if no
/// shell asks.
pub fn complete(args: &[OsString], host: &mut Host) -> Option<u8> {
    let name = host.environment.get(VARIABLE)?.clone();
    let shells = Shells::builtins();
    // Any other value or argument does not come from a completion script.
    let shell = shells.completer(&name)?;
    let words = args.split_first_chunk::<2>().filter(|([_, dashes], _)| dashes == "--").map(|(_, words)| words)?;
    let source = CandidateSource::new(words, host);
    let folder = std::env::current_dir().ok();
    let mut output = Vec::new();
    // After an error, there are no completions; a message would disturb the command line.
    let _ = shell.write_complete(&mut tree(&Arc::new(source)), words.to_vec(), folder.as_deref(), &mut output);
    let _ = host.stdout.write_all(&output).and_then(|()| host.stdout.flush());
    Some(0)
}

/// Returns the tree of commands with the candidates of each value.
fn tree(source: &Arc<CandidateSource>) -> Command {
    with_values(help::with_layout(Cli::command()), source)
}

fn with_values(command: Command, source: &Arc<CandidateSource>) -> Command {
    let command = command.mut_args(|arg| with_value(arg, source));
    command.mut_subcommands(|subcommand| with_values(subcommand, source))
}

/// Adds the candidates of an argument, which the name of its value determines.
fn with_value(arg: Arg, source: &Arc<CandidateSource>) -> Arg {
    let name = arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str().to_owned());
    let found: fn(&CandidateSource, &str) -> Vec<Completion> = match (name.as_deref(), arg.get_id().as_str()) {
        (Some("SPACE"), _) => |source, typed| source.ids(IdKind::Space, typed),
        (Some("USER"), _) => |source, typed| source.ids(IdKind::User, typed),
        (Some("INVITE"), _) => |source, typed| source.ids(IdKind::Invite, typed),
        (Some("OPERATION"), _) => |source, typed| source.ids(IdKind::Operation, typed),
        (Some("POLICY"), _) => |source, _| source.policies(),
        (Some("ROLE"), _) => |source, _| source.roles(),
        (Some("NAME"), "profile") => |source, _| source.profiles(),
        (_, "words") => |_, _| help_words(),
        _ => return arg,
    };
    let source = Arc::clone(source);
    arg.add(ArgValueCompleter::new(move |typed: &OsStr| {
        let Some(typed) = typed.to_str() else { return Vec::new() };
        let completions = found(&source, typed).into_iter();
        let completions =
            completions.filter(|complete_ids| complete_ids.id.starts_with(typed) && is_plain_word(&complete_ids.id));
        completions.map(candidate).collect::<Vec<CompletionCandidate>>()
    }))
}

/// True if every shell reads the ID as a single plain word. Completion scripts insert it
/// without quotes, and an application may let users choose IDs.
fn is_plain_word(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.%+:/@=-".contains(&byte);
    id.bytes().all(is_plain) && id.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
}

fn candidate(completion: Completion) -> CompletionCandidate {
    CompletionCandidate::new(completion.id).help(completion.description.map(|about| StyledStr::from(safe(&about))))
}

/// Returns a candidate without a description.
fn without_description(id: impl Into<String>) -> Completion {
    Completion { id: id.into(), description: None }
}

fn help_words() -> Vec<Completion> {
    let tree = help::with_layout(Cli::command());
    let commands = tree.get_subcommands().map(|command| Completion {
        id: command.get_name().to_owned(),
        description: command.get_about().map(ToString::to_string),
    });
    let topics = help::TOPICS
        .iter()
        .map(|topic| Completion { id: topic.name.to_owned(), description: Some(topic.about.to_owned()) });
    commands.chain(topics).collect()
}

/// Configuration and database of the words on the command line.
struct CandidateSource {
    flags: Flags,
    environment: Environment,
    system: PathBuf,
    /// True if a file of the words is not a regular file; then there are no candidates.
    is_unknown: bool,
    settings: OnceLock<Option<Settings>>,
}

impl CandidateSource {
    fn new(words: &[OsString], host: &Host) -> Self {
        let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
        let values = |name: &str| values_of(&words, name);
        let file = values("--database-url-file").pop();
        let config = values("--config").pop();
        // Reading a pipe or the terminal would block, or consume what the user types.
        let is_unknown = file.iter().chain(&config).any(|name| !Path::new(name).is_file());
        let file = file.filter(|_| !is_unknown);
        let flags = Flags {
            timeout: None,
            config: config.map(PathBuf::from),
            database_url: values("--database-url"),
            database_url_file: file
                .and_then(|name| Some((name.clone(), crate::files::read_text(Path::new(&name)).ok()?))),
            profile: values("--profile").pop(),
            schema: values("--schema").pop(),
        };
        let (environment, system) = (host.environment.clone(), host.system_config.clone());
        CandidateSource { flags, environment, system, is_unknown, settings: OnceLock::new() }
    }

    fn settings(&self) -> Option<&Settings> {
        self.settings.get_or_init(|| self.load(&self.flags)).as_ref()
    }

    fn load(&self, flags: &Flags) -> Option<Settings> {
        if self.is_unknown {
            return None;
        }
        Settings::load(flags, &self.environment, &self.system).ok()
    }

    fn policies(&self) -> Vec<Completion> {
        let Some(settings) = self.settings() else { return Vec::new() };
        settings.policies.names_where(|_| true).into_iter().map(without_description).collect()
    }

    fn roles(&self) -> Vec<Completion> {
        let Some(settings) = self.settings() else { return Vec::new() };
        let roles: BTreeSet<&str> = settings.policies.iter().flat_map(Policy::member_roles).collect();
        roles.into_iter().map(without_description).collect()
    }

    fn profiles(&self) -> Vec<Completion> {
        // The profile that is being typed may not exist.
        let Some(settings) = self.load(&Flags { profile: None, ..self.flags.clone() }) else { return Vec::new() };
        settings.profiles.into_iter().map(without_description).collect()
    }

    /// Returns IDs of the database. The lookup runs on a thread of its own, which is
    /// abandoned after the timeout.
    fn ids(&self, kind: IdKind, typed: &str) -> Vec<Completion> {
        let Some(location) = self.settings().map(|settings| settings.database.value.clone()) else { return Vec::new() };
        if location.file().is_some_and(|file| !file.path().exists()) {
            return Vec::new();
        }
        let (sender, receiver) = mpsc::channel();
        let typed = typed.to_owned();
        let lookup = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            let completions = runtime.block_on(Box::pin(complete_ids(location, kind, &typed))).ok()?;
            sender.send(completions).ok()
        };
        let started = thread::Builder::new().name("completions".to_owned()).spawn(lookup);
        started.ok().and_then(|_| receiver.recv_timeout(TIMEOUT).ok()).unwrap_or_default()
    }
}

/// Returns the values of an option in words: `--name value` and `--name=value`.
fn values_of(words: &[&str], name: &str) -> Vec<String> {
    let value = |(at, word): (usize, &&str)| match word.strip_prefix(name)? {
        // The last word is incomplete.
        "" => words.get(at + 1).filter(|_| at + 2 < words.len()).map(ToString::to_string),
        rest => rest.strip_prefix('=').map(ToString::to_string),
    };
    words.iter().enumerate().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn id_that_is_not_a_plain_word_is_not_offered() {
        for id in ["abc123", "smith-tree", "ann@example.org", "a/b:c", "_x"] {
            assert!(is_plain_word(id), "{id}");
        }
        for id in [
            "",
            "x$(touch y)",
            "x; rm y",
            "a b",
            "*",
            "a\"b",
            "a'b",
            "`id`",
            "~",
            "-o",
            "@x",
            "=x",
            "a\nb",
            "\u{1b}[31m",
            "é",
        ] {
            assert!(!is_plain_word(id), "{id:?}");
        }
    }

    #[test]
    fn option_values_exclude_the_word_being_typed() {
        for (words, expected) in [
            (&["invite", "--profile", "a", "list"][..], &["a"][..]),
            (&["invite", "--profile=a", "--profile", "b", ""], &["a", "b"]),
            (&["invite", "--profile", "st"], &[]),
            (&["invite", "--profiles", "x", ""], &[]),
        ] {
            assert_eq!(values_of(words, "--profile"), expected, "{words:?}");
        }
    }
}
