//! The layers of the crate, checked in its source: which files may name which crates and
//! modules, how long a file may be, and that rules of a policy are data.

#![expect(clippy::unwrap_used, reason = "the panic shows where a test failed")]

mod imports;

use std::fs;
use std::path::{Path, PathBuf};

use imports::{Import, Imports, Module};

/// The policies in `policies.toml`.
const BUILT_IN: [&str; 4] = ["space", "tree", "director", "container"];

/// Maximum length of a source file, in lines.
const LONGEST: usize = 400;

/// Layers of the crate and of its folders, the lowest first: a module imports only
/// modules of its own layer and of lower ones.
const LAYERS: [(&str, &[&[&str]]); 3] = [
    (
        "",
        &[
            &["shell", "builder"],
            &["error"],
            &["text", "random", "clock", "files", "client", "keys"],
            &["duration", "calendar"],
            &["model"],
            &["policy"],
            &["links", "records", "mail"],
            &["store"],
            &["service"],
            &["batch", "authorize", "complete_ids", "operations"],
            &["limits"],
            &["invites"],
            &["spaces", "members", "public"],
            &["config"],
            &["cli"],
            &["plans", "row_sources"],
        ],
    ),
    ("store", &[&["engine"], &["location"], &["errors"], &["dialect"], &["db"], &["tables"], &["explain"]]),
    (
        "cli",
        &[
            &["exit", "values", "version", "authority"],
            &["global", "host"],
            &["ui"],
            &["context"],
            &["references", "import"],
            &["commands"],
            &["command", "complete"],
        ],
    ),
];

/// A source file: its path below `src` and its text.
struct Source {
    path: String,
    text: String,
}

impl Source {
    /// True if the file is in one of these places: `store` means `store.rs` and everything
    /// below `store/`.
    fn is_in(&self, places: &[&str]) -> bool {
        places.iter().any(|place| self.path == format!("{place}.rs") || self.path.starts_with(&format!("{place}/")))
    }

    /// Returns the text without its test module; nothing for a file of tests.
    fn outside_tests(&self) -> &str {
        if self.path.ends_with("/tests.rs") {
            return "";
        }
        self.text.split("#[cfg(test)]").next().unwrap_or_default()
    }
}

fn sources() -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut sources = Vec::new();
    collect(&root, &root, &mut sources);
    assert!(sources.len() > 50, "only {} source files were found", sources.len());
    sources
}

fn collect(root: &Path, folder: &Path, sources: &mut Vec<Source>) {
    let mut entries: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for entry in entries {
        if entry.is_dir() {
            collect(root, &entry, sources);
        } else if entry.extension().is_some_and(|extension| extension == "rs") {
            let path = entry.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            sources.push(Source { path, text: fs::read_to_string(&entry).unwrap() });
        }
    }
}

/// Returns the code without comments, and without string literals unless they are
/// requested.
fn code(text: &str, with_texts: bool) -> String {
    let mut rest = text;
    let mut code = String::new();
    while let Some(next) = rest.chars().next() {
        let (length, keep) = if rest.starts_with("//") {
            (rest.find('\n').unwrap_or(rest.len()), false)
        } else if let Some(quoted) = quoted(rest, code.chars().last()) {
            (quoted, with_texts)
        } else {
            (next.len_utf8(), true)
        };
        code.push_str(if keep { &rest[..length] } else { " " });
        rest = &rest[length..];
    }
    code
}

/// Returns the length of a string or character literal at the start of the text.
fn quoted(rest: &str, before: Option<char>) -> Option<usize> {
    if before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
        return None;
    }
    if let Some(raw) = rest.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let body = raw[hashes..].strip_prefix('"')?;
        let close = format!("\"{}", "#".repeat(hashes));
        return body.find(&close).map(|end| 1 + hashes + 1 + end + close.len());
    }
    // A lifetime has a quote too, but no closing quote so near.
    let quote = rest.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    let mut escaped = false;
    for (index, c) in rest.char_indices().skip(1) {
        if quote == '\'' && index > 10 {
            return None;
        }
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            c if c == quote => {
                let characters = rest[1..index].chars().count();
                let is_character = characters == 1 || rest[1..index].starts_with('\\');
                return (quote == '"' || is_character).then_some(index + 1);
            }
            _ => {}
        }
    }
    None
}

/// Returns the words of code.
fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Returns the files outside of these places that name one of these crates.
fn trespassers(crates: &[&str], places: &[&str]) -> Vec<String> {
    let outside = sources().into_iter().filter(|source| !source.is_in(places));
    let names = |source: &Source| {
        let code = code(&source.text, false);
        words(&code).find(|word| crates.contains(word)).map(str::to_owned)
    };
    outside.filter_map(|source| names(&source).map(|name| format!("{} names {name}", source.path))).collect()
}

#[test]
fn only_store_uses_database_driver() {
    // The root re-exports the driver.
    assert_eq!(trespassers(&["sqlx", "libsqlite3_sys"], &["store", "lib"]), Vec::<String>::new());
}

#[test]
fn only_cli_uses_its_crates() {
    let tools = ["clap", "clap_complete", "clap_mangen", "comfy_table", "dialoguer", "indicatif", "anyhow", "qrcode"];
    assert_eq!(trespassers(&tools, &["cli", "main"]), Vec::<String>::new());
}

#[test]
fn only_mail_uses_its_crates() {
    assert_eq!(trespassers(&["lettre", "minijinja"], &["mail"]), Vec::<String>::new());
}

#[test]
fn modules_import_only_modules_below_them() {
    let sources = sources();
    let imports = Imports::of(&sources);
    let upward =
        imports.iter().filter(|import| LAYERS.iter().any(|(folder, layers)| is_upward(import, folder, layers)));
    let found: Vec<String> =
        upward.map(|i| format!("{} imports {} of {}", i.from.join("::"), i.item, i.to.join("::"))).collect();
    assert_eq!(found, Vec::<String>::new());
}

/// True if both modules lie in a folder, and the imported one in a higher layer of it.
fn is_upward(import: &Import, folder: &str, layers: &[&[&str]]) -> bool {
    let rank_of = |module: &Module| {
        let name = match module.as_slice() {
            [first, ..] if folder.is_empty() => first,
            [first, second, ..] if first == folder => second,
            _ => return None,
        };
        let rank = layers.iter().position(|layer| layer.contains(&name.as_str()));
        Some(rank.unwrap_or_else(|| panic!("no layer of {folder:?} names {name}")))
    };
    matches!((rank_of(&import.from), rank_of(&import.to)), (Some(from), Some(to)) if to > from)
}

#[test]
fn no_modules_import_each_other() {
    let imports = Imports::of(&sources());
    let names = |cycle: Vec<&Module>| cycle.iter().map(|module| module.join("::")).collect::<Vec<_>>().join(" ");
    let cycles: Vec<String> = imports.cycles().into_iter().map(names).collect();
    assert_eq!(cycles, Vec::<String>::new());
}

#[test]
fn no_module_imports_items_of_its_parents() {
    let sources = sources();
    let imports = Imports::of(&sources);
    let found: Vec<String> =
        imports.ancestor_items().iter().map(|i| format!("{} imports {}", i.from.join("::"), i.item)).collect();
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn no_source_file_is_too_long() {
    let long: Vec<String> = sources()
        .iter()
        .map(|source| (source.text.lines().count(), &source.path))
        .filter(|(lines, _)| *lines > LONGEST)
        .map(|(lines, path)| format!("{path} has {lines} lines"))
        .collect();
    assert_eq!(long, Vec::<String>::new());
}

#[test]
fn no_code_compares_built_in_policy_names() {
    let mut found = Vec::new();
    for source in sources() {
        for line in code(source.outside_tests(), true).lines() {
            if BUILT_IN.iter().any(|name| compares_with(line, name)) {
                found.push(format!("{}: {}", source.path, line.trim()));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// True if a line compares with this text, or has a match arm for it.
fn compares_with(line: &str, name: &str) -> bool {
    let text = format!("\"{name}\"");
    line.match_indices(&text).any(|(index, _)| {
        let before = line[..index].trim_end();
        let behind = line[index + text.len()..].trim_start_matches([')', ' ']);
        ["==", "!=", "== Some(", "!= Some(", ".eq(", ".ne("].iter().any(|sign| before.ends_with(sign))
            || ["==", "!=", "=>", "| \""].iter().any(|sign| behind.starts_with(sign))
            || (line.contains("matches!") && !before.ends_with('('))
    })
}

#[test]
fn source_checks_detect_violations() {
    let text = "// sqlx\nlet a = \"clap\"; let b = '\"'; anyhow::bail!(r#\"sqlx\"#)";
    let seen = code(text, false);
    assert!(words(&seen).any(|word| word == "anyhow"));
    assert!(!words(&seen).any(|word| ["sqlx", "clap"].contains(&word)));
    for line in ["if policy.name == \"tree\" {", "\"tree\" => 1,", "\"tree\" | \"x\" => 1", "Some(\"tree\") => 2"] {
        assert!(compares_with(line, "tree"), "{line}");
    }
    assert!(!compares_with("values.push((\"tree\", tree.into()))", "tree"));
}
