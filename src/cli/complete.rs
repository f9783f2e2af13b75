//! Completions that a shell asks for while somebody types: commands and options,
//! and ids, policies, roles and profiles of what they work on. Never codes.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use clap::builder::StyledStr;
use clap::{Arg, Command};
use clap_complete::engine::{ArgValueCompleter, CompletionCandidate};
use clap_complete::env::{EnvCompleter, Shells};

use crate::cli::commands::help;
use crate::cli::host::Host;
use crate::cli::ui::text::safe;
use crate::complete_ids::{Completion, IdKind, complete_ids};
use crate::config::{Environment, Flags, Settings};
use crate::policy::Policy;

/// Set by the script that a shell has read: the shell's name.
const VARIABLE: &str = "INVITE_COMPLETE";

/// How long a look into the database may take: whoever types waits for it.
const PATIENCE: Duration = Duration::from_millis(200);

/// Answers a shell that asks what could come next; none: no shell asks.
pub fn complete(args: &[OsString], host: &mut Host) -> Option<u8> {
    let name = host.environment.get(VARIABLE)?.clone();
    let shells = Shells::builtins();
    // What asks in another way is no shell: then the command runs as ever.
    let shell = shells.completer(&name)?;
    let behind = args.get(1).filter(|arg| *arg == "--").map(|_| 2)?;
    let words = args[behind..].to_vec();
    let source = Source::new(&words, host);
    let folder = std::env::current_dir().ok();
    let mut said = Vec::new();
    // Whatever goes wrong: a shell that asks is told nothing.
    let _ = shell.write_complete(&mut tree(&Arc::new(source)), words, folder.as_deref(), &mut said);
    let _ = host.stdout.write_all(&said).and_then(|()| host.stdout.flush());
    Some(0)
}

/// The script that a shell reads once: it asks this program for what comes next.
pub(crate) fn script(shell: &dyn EnvCompleter) -> std::io::Result<Vec<u8>> {
    let mut script = Vec::new();
    shell.write_registration(VARIABLE, "invite", "invite", "invite", &mut script)?;
    Ok(script)
}

/// The tree of commands, with what each value could be.
fn tree(source: &Arc<Source>) -> Command {
    with_values(help::tree(), source)
}

fn with_values(command: Command, source: &Arc<Source>) -> Command {
    let command = command.mut_args(|arg| with_value(arg, source));
    command.mut_subcommands(|subcommand| with_values(subcommand, source))
}

/// An argument's values are told by the name of its value.
fn with_value(arg: Arg, source: &Arc<Source>) -> Arg {
    let name = arg.get_value_names().and_then(|names| names.first()).map(|name| name.as_str().to_owned());
    let found: fn(&Source, &str) -> Vec<Completion> = match (name.as_deref(), arg.get_id().as_str()) {
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
            completions.filter(|completion| completion.id.starts_with(typed) && is_harmless(&completion.id));
        completions.map(candidate).collect::<Vec<CompletionCandidate>>()
    }))
}

/// Whether every shell takes it as a word that says nothing else: scripts put it
/// into the command line as it is, and an id may be what a user has chosen.
fn is_harmless(id: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_.%+:/@=-".contains(&byte);
    id.bytes().all(is_plain) && id.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric() || first == b'_')
}

fn candidate(completion: Completion) -> CompletionCandidate {
    CompletionCandidate::new(completion.id).help(completion.description.map(|about| StyledStr::from(safe(&about))))
}

/// A word without a word about it.
fn plain(id: impl Into<String>) -> Completion {
    Completion { id: id.into(), description: None }
}

fn help_words() -> Vec<Completion> {
    let tree = help::tree();
    let commands = tree.get_subcommands().map(|command| Completion {
        id: command.get_name().to_owned(),
        description: command.get_about().map(ToString::to_string),
    });
    let topics = help::TOPICS
        .iter()
        .map(|topic| Completion { id: topic.name.to_owned(), description: Some(topic.about.to_owned()) });
    commands.chain(topics).collect()
}

/// What the words that were typed so far work on.
struct Source {
    flags: Flags,
    environment: Environment,
    system: PathBuf,
    /// A file of the words is none that can simply be read: nothing is known then.
    is_unknown: bool,
    settings: OnceLock<Option<Settings>>,
}

impl Source {
    fn new(words: &[OsString], host: &Host) -> Self {
        let words: Vec<&str> = words.iter().filter_map(|word| word.to_str()).collect();
        let values = |name: &str| values_of(&words, name);
        let file = values("--database-url-file").pop();
        let config = values("--config").pop();
        // Whoever types must not wait for a pipe, nor have their keys read.
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
        Source { flags, environment, system, is_unknown, settings: OnceLock::new() }
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
        settings.policies.names_where(|_| true).into_iter().map(plain).collect()
    }

    fn roles(&self) -> Vec<Completion> {
        let Some(settings) = self.settings() else { return Vec::new() };
        let roles: BTreeSet<&str> = settings.policies.iter().flat_map(Policy::member_roles).collect();
        roles.into_iter().map(plain).collect()
    }

    fn profiles(&self) -> Vec<Completion> {
        // Without the one that is being typed, which may be none yet.
        let Some(settings) = self.load(&Flags { profile: None, ..self.flags.clone() }) else { return Vec::new() };
        settings.profiles.into_iter().map(plain).collect()
    }

    /// Ids of the database, on a thread of its own: one that does not answer in
    /// time is left behind.
    fn ids(&self, kind: IdKind, typed: &str) -> Vec<Completion> {
        let Some(location) = self.settings().map(|settings| settings.database.value.clone()) else { return Vec::new() };
        if location.file().is_some_and(|file| !file.path().exists()) {
            return Vec::new();
        }
        let (tell, told) = mpsc::channel();
        let typed = typed.to_owned();
        let look = move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().ok()?;
            let completions = runtime.block_on(Box::pin(complete_ids(location, kind, &typed))).ok()?;
            tell.send(completions).ok()
        };
        let started = thread::Builder::new().name("completions".to_owned()).spawn(look);
        started.ok().and_then(|_| told.recv_timeout(PATIENCE).ok()).unwrap_or_default()
    }
}

/// The values of an option in words: `--name value` and `--name=value`.
fn values_of(words: &[&str], name: &str) -> Vec<String> {
    let value = |(at, word): (usize, &&str)| match word.strip_prefix(name)? {
        // The last word is being typed.
        "" => words.get(at + 1).filter(|_| at + 2 < words.len()).map(ToString::to_string),
        rest => rest.strip_prefix('=').map(ToString::to_string),
    };
    words.iter().enumerate().filter_map(value).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_as_more_than_a_word_is_not_offered() {
        for id in ["abc123", "smith-tree", "ann@example.org", "a/b:c", "_x"] {
            assert!(is_harmless(id), "{id}");
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
            assert!(!is_harmless(id), "{id:?}");
        }
    }

    #[test]
    fn options_are_found_in_both_forms_and_what_is_being_typed_is_none() {
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
