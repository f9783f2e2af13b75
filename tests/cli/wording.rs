//! Rules for printed texts: the length of help lines, the form of errors and hints, and
//! banned phrases.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Arg, Command, CommandFactory as _};

/// Maximum number of characters of the help line of a command.
const LONGEST_ABOUT: usize = 60;

/// Phrases that paraphrase a term of the field, with the term to use.
const NEVER: [(&str, &str); 37] = [
    ("a bit of chance", "entropy"),
    ("at the most", "at most, maximum"),
    ("be asked here", "cannot ask for a confirmation"),
    ("bits of chance", "entropy"),
    ("can be used or not", "valid"),
    ("cannot be right", "invalid"),
    ("come back at", "retry after"),
    ("come in", "redeem, join"),
    ("comes in", "redeems, joins"),
    ("come to no end", "time out"),
    ("does not let the user", "access denied"),
    ("dies", "expires"),
    ("from when it cannot", "expires at"),
    ("go on?", "Continue?"),
    ("gets nowhere", "the minimum"),
    ("gives the account away", "reveals"),
    ("good for one use", "single use"),
    ("has no connection left", "too many connections"),
    ("in force", "effective"),
    ("is there already", "already exists"),
    ("lets in", "grants access"),
    ("lets nobody in", "not valid"),
    ("lets somebody in", "redeems"),
    ("look first", "preview"),
    ("may have arrived", "may have been delivered"),
    ("no answer of", "invalid reply"),
    ("none:", "None if"),
    ("nobody can be", "cannot"),
    ("so many", "maximum number of"),
    ("stands in it twice", "duplicate"),
    ("stands there twice", "duplicate"),
    ("take back", "revoke"),
    ("taken in", "imported"),
    ("takes no work", "is not accepting queries"),
    ("take them back", "revoke"),
    ("whoever", "the user, the caller"),
    ("word too many", "unexpected argument"),
];

/// Files without these phrases. In Rust sources only string literals outside of tests are
/// checked.
const CLEAN: [&str; 12] = [
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "README.md",
    "SECURITY.md",
    "completions",
    "contrib",
    "docs",
    "man",
    "src",
    "src/cli/commands/help",
    "src/mail/templates",
    "tests/cli/transcripts",
];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files(place: &Path, found: &mut Vec<PathBuf>) {
    if place.is_file() {
        found.push(place.to_owned());
        return;
    }
    let mut entries: Vec<PathBuf> = fs::read_dir(place).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        files(&entry, found);
    }
}

/// Returns the lines that are checked, with their numbers.
fn lines(path: &Path) -> Vec<(usize, String)> {
    let is_rust = path.extension().is_some_and(|extension| extension == "rs");
    if is_rust && path.ends_with("tests.rs") {
        return Vec::new();
    }
    let text = fs::read_to_string(path).unwrap();
    let text = if is_rust { quoted(text.split("#[cfg(test)]\nmod ").next().unwrap_or_default()) } else { text };
    text.lines().enumerate().map(|(index, line)| (index + 1, line.to_lowercase())).collect()
}

/// Returns the string literals of Rust source, each on its line; removes everything else.
fn quoted(source: &str) -> String {
    let mut texts = String::new();
    let mut rest = source;
    let mut is_inside = false;
    while let Some(next) = rest.chars().next() {
        let mut length = next.len_utf8();
        match next {
            '\n' => texts.push('\n'),
            '"' => {
                is_inside = !is_inside;
                texts.push(' ');
            }
            '\\' if is_inside => {
                let escaped = rest[1..].chars().next().map_or(0, char::len_utf8);
                texts.push_str(if rest[1..].starts_with('\n') { "\n" } else { " " });
                length += escaped;
            }
            _ if is_inside => texts.push(next),
            '/' if rest.starts_with("//") => length = rest.find('\n').unwrap_or(rest.len()),
            '\'' if rest.starts_with("'\"'") => length = 3,
            '\'' if rest.starts_with("'\\\"'") => length = 4,
            _ => {}
        }
        rest = &rest[length..];
    }
    texts
}

/// True if a phrase occurs between characters that are not letters.
fn says(line: &str, phrase: &str) -> bool {
    line.match_indices(phrase).any(|(start, _)| {
        let before = line[..start].chars().next_back();
        let after = line[start + phrase.len()..].chars().next();
        let is_letter = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || "_{".contains(c));
        !is_letter(before) && (!phrase.ends_with(char::is_alphanumeric) || !is_letter(after))
    })
}

#[test]
fn printed_texts_contain_no_banned_phrase() {
    let mut found = Vec::new();
    let mut paths = Vec::new();
    for place in CLEAN {
        files(&root().join(place), &mut paths);
    }
    paths.sort();
    paths.dedup();
    assert!(paths.len() > 100, "only {} files were found", paths.len());
    for path in paths {
        for (number, line) in lines(&path) {
            for (phrase, instead) in NEVER.iter().filter(|(phrase, _)| says(&line, phrase)) {
                let file = path.strip_prefix(root()).unwrap().display();
                found.push(format!("{file}:{number}: {phrase:?} (write: {instead})"));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn banned_phrases_match_whole_words() {
    assert!(says("whoever asks", "whoever") && says("so many, and", "so many") && says("the end: go on?", "go on?"));
    assert!(!says("indies", "dies") && !says("so manyfold", "so many"));
    assert_eq!(
        quoted("a(\"b \\\"c\", '\"', \"d\"); // \"e\"\n\"f\"").split_whitespace().collect::<Vec<_>>(),
        ["b", "c", "d", "f"]
    );
}

/// Collects a command and its subcommands, each with its full name.
fn commands(command: &Command, name: &str, found: &mut Vec<(String, Command)>) {
    found.push((name.to_owned(), command.clone()));
    for inner in command.get_subcommands() {
        commands(inner, &format!("{name} {}", inner.get_name()), found);
    }
}

fn tree() -> Vec<(String, Command)> {
    let mut found = Vec::new();
    commands(&invite::cli::Cli::command(), "invite", &mut found);
    assert!(found.len() > 30, "only {} commands were found", found.len());
    found
}

#[test]
fn command_help_lines_are_short_and_imperative() {
    for (name, command) in tree() {
        let about = command.get_about().unwrap_or_else(|| panic!("{name} has no help line")).to_string();
        let length = about.chars().count();
        assert!(length <= LONGEST_ABOUT, "{name}: {length} characters: {about}");
        assert!(!about.ends_with('.') && about.starts_with(char::is_uppercase), "{name}: {about}");
        let verb = about.split(' ').next().unwrap_or_default().trim_end_matches(',');
        assert!(!verb.ends_with('s') || verb.ends_with("ss"), "{name} does not begin with an imperative: {about}");
    }
}

#[test]
fn option_help_lines_have_no_full_stop() {
    let mut count = 0;
    for (name, command) in tree() {
        for argument in command.get_arguments() {
            count += 1;
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let said = format!("{name}, {}: {help}", argument.get_id());
            assert!(!help.is_empty() && !help.ends_with('.'), "{said}");
            assert!(help.starts_with(|first: char| first.is_uppercase()), "{said}");
            for value in argument.get_possible_values() {
                let help = value.get_help().map(ToString::to_string).unwrap_or_default();
                assert!(!help.ends_with('.'), "{said}, {}: {help}", value.get_name());
            }
        }
    }
    assert!(count > 100, "only {count} options were found");
}

/// Maximum length of a line that the help does not wrap off a terminal.
const WIDTH: usize = 100;

#[test]
fn examples_in_help_fit_one_line() {
    let mut count = 0;
    for (name, command) in tree() {
        let examples = command.get_before_long_help().map(ToString::to_string).unwrap_or_default();
        for line in examples.lines() {
            count += 1;
            assert!(line.chars().count() <= WIDTH, "{name}: {line}");
        }
    }
    assert!(count > 100, "only {count} lines of examples were found");
}

/// Every duration and time has the same forms, so that a user learns them once.
#[test]
fn help_of_durations_and_times_shows_their_forms() {
    let mut count = 0;
    for (name, command) in tree() {
        for argument in command.get_arguments() {
            let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
            let value = argument.get_value_names().and_then(|names| names.first()).map_or("", |name| name.as_str());
            let forms = match (argument.get_id().as_str(), value) {
                ("timeout", _) => ": 30s, 90m, 24h, 7d",
                ("expires_in", _) => ": 90m, 24h, 7d, 2w, 1month, never",
                (_, "DURATION") => ": 90m, 24h, 7d, 2w, 1month",
                (_, "TIME") => " of that day), \"2026-12-31 18:00\", 2026-12-31T18:00:00Z",
                _ => continue,
            };
            count += 1;
            assert!(help.contains(forms), "{name}, {}: {help}", argument.get_id());
        }
    }
    assert!(count > 12, "only {count} options were found");
}

/// Returns the string literals that are the first argument of these calls.
fn arguments(text: &str, calls: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for call in calls {
        for (start, _) in text.match_indices(call) {
            let mut rest = text[start + call.len()..].trim_start();
            rest = rest.strip_prefix("format!(").map_or(rest, str::trim_start);
            if let Some(quoted) = rest.strip_prefix('"') {
                found.push(unquoted(quoted));
            }
        }
    }
    found
}

/// Returns the text before the closing quote.
fn unquoted(text: &str) -> String {
    let mut said = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => break,
            '\\' => match characters.next() {
                Some('\n') => {
                    let rest = characters.as_str().trim_start();
                    characters = rest.chars();
                }
                Some(escaped) => said.push(escaped),
                None => break,
            },
            _ => said.push(c),
        }
    }
    said
}

/// Returns the code of every source file outside of tests.
fn sources() -> Vec<(PathBuf, String)> {
    let mut paths = Vec::new();
    files(&root().join("src"), &mut paths);
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "rs") && !path.ends_with("tests.rs"));
    let code = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned();
        (path, text)
    };
    paths.into_iter().map(code).collect()
}

/// First words of errors that the documents of the four systems define.
const AS_DOCUMENTED: [&str; 2] = ["Only {} can {}", "Space {"];

#[test]
fn errors_and_hints_are_lower_case_without_full_stop() {
    let errors = [
        "invalid(",
        "database(",
        "unavailable(",
        "not_found(",
        "duplicate(",
        "forbidden(",
        "no_free_code(",
        "mail_failed(",
        "Error::new(",
    ];
    let mut count = 0;
    for (path, text) in sources() {
        let calls: Vec<String> = errors.iter().map(|name| format!("Error::{name}")).collect();
        let mut calls: Vec<&str> = calls.iter().map(String::as_str).collect();
        calls.push(".with_hint(");
        for said in arguments(&text, &calls) {
            if AS_DOCUMENTED.iter().any(|start| said.starts_with(start)) {
                continue;
            }
            count += 1;
            let first = said.chars().next().unwrap_or('?');
            assert!(!first.is_uppercase() && !said.ends_with('.'), "{}: {said:?}", path.display());
        }
    }
    assert!(count > 200, "only {count} errors and hints were found");
}

/// Returns the problem with the command of a hint, if any: the words after `invite` must
/// name a command, and its options must exist.
fn fault_of(hint: &str) -> Option<String> {
    let (_, line) = hint.split_once(": invite ").or_else(|| hint.split_once(" with invite "))?;
    let root = invite::cli::Cli::command();
    let mut command = &root;
    let mut words = line.split([' ', ';', ',', ')']).filter(|word| !word.is_empty()).peekable();
    let global = |option: &str| root.get_arguments().any(|argument| argument.get_long() == Some(option));
    while let Some(word) = words.peek() {
        if let Some(option) = word.strip_prefix("--") {
            if command.get_name() == "invite" && global(option) {
                words.nth(1);
                continue;
            }
            break;
        }
        let Some(inner) = command.find_subcommand(word) else { break };
        command = inner;
        words.next();
    }
    if command.get_name() == "invite" {
        return Some(format!("no command in {hint:?}"));
    }
    // The text after a semicolon or comma is prose or another command.
    let own = line.split([';', ',', '(']).next().unwrap_or_default();
    let knows = |option: &str| {
        let has = |argument: &Arg| argument.get_long() == Some(option);
        command.get_arguments().any(has) || global(option)
    };
    let unknown = own.split(' ').filter_map(|word| word.strip_prefix("--")).find(|option| !knows(option))?;
    Some(format!("{} has no --{unknown}: {hint:?}", command.get_name()))
}

#[test]
fn commands_in_hints_exist_with_their_options() {
    let mut count = 0;
    for (path, text) in sources() {
        for hint in arguments(&text, &[".with_hint("]) {
            count += usize::from(hint.contains("invite "));
            if let Some(fault) = fault_of(&hint) {
                panic!("{}: {fault}", path.display());
            }
        }
    }
    assert!(count > 40, "only {count} hints with a command were found");
    assert!(fault_of("list them: invite spaces").is_some() && fault_of("try: invite list --everything").is_some());
    assert!(fault_of("try: invite --config FILE init").is_none() && fault_of("check the file").is_none());
}
