//! Documents cite tests: `docs/systems.md` for every line of the documents of the four
//! systems, `docs/threat-model.md` for every guarantee, others where they state a
//! result. Each cited test exists.

use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn read(path: &str) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Returns the titles of the examples in a script.
fn examples(script: &str) -> Vec<String> {
    let text = read(script);
    text.lines().filter_map(|line| line.trim().strip_prefix("example ")).map(str::to_owned).collect()
}

/// Returns the texts between pairs of marks.
fn between<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    text.split(mark).skip(1).step_by(2).collect()
}

/// True if a test exists: `contract/list.rs::name` in the folder `tests`,
/// `src/random.rs::name` in the sources, or a whole file without `::name`.
fn exists(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap_or((test, ""));
    let file = root().join(if file.starts_with("src/") { file.to_owned() } else { format!("tests/{file}") });
    fs::read_to_string(file).is_ok_and(|source| name.is_empty() || source.contains(&format!("fn {name}(")))
}

fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension().is_some_and(|found| found == extension)
}

/// Returns the Markdown files in a folder.
fn documents(folder: &str) -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join(folder)).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| has_extension(path, "md")).collect()
}

/// Appends the Rust sources below a folder.
fn collect_sources(folder: &Path, text: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect_sources(&path, text);
        } else if has_extension(&path, "rs") {
            text.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// First parts of names that have as many words as a test, but are metrics, or variables
/// of a server.
const OTHER_NAMES: [&str; 3] = ["invite_", "innodb_", "max_prepared_"];

/// True if a name is long enough to be that of a test.
fn is_test_name(name: &str) -> bool {
    name.matches('_').count() > 2
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !OTHER_NAMES.iter().any(|prefix| name.starts_with(prefix))
}

#[test]
fn tests_named_by_systems_document_exist() {
    let page = read("docs/systems.md");
    let (mut titles, mut named, mut missing) = (Vec::new(), 0, Vec::new());
    for line in page.lines() {
        let shown = if line.starts_with("Played by ") {
            titles = examples(between(line, "`")[0]);
            line.split_once("and over HTTP").unwrap().1
        } else if titles.is_empty() {
            continue;
        } else {
            line.trim_end_matches(" |").rsplit(" | ").next().unwrap()
        };
        let steps = between(shown, "*").into_iter().map(|step| (step, titles.iter().any(|title| title.contains(step))));
        let tests = between(shown, "`").into_iter().filter(|test| test.contains(".rs") || test.contains(".txt"));
        for (name, found) in steps.chain(tests.map(|test| (test, exists(test)))) {
            named += 1;
            if !found {
                missing.push(name.to_owned());
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(named > 180, "only {named} tests were found on the page");
}

#[test]
fn each_threat_model_guarantee_names_existing_test() {
    let page = read("docs/threat-model.md");
    let (mut guarantees, mut missing) = (0, Vec::new());
    let mut in_guarantees = false;
    for line in page.lines() {
        in_guarantees = line.starts_with("| guaranteed ") || (in_guarantees && line.starts_with('|'));
        if !in_guarantees || line.starts_with("| guaranteed ") || line.starts_with("|---") {
            continue;
        }
        guarantees += 1;
        let shown = line.trim_end_matches(" |").rsplit(" | ").next().unwrap();
        let tests = between(shown, "`");
        if tests.is_empty() || !tests.iter().all(|test| exists(test)) {
            missing.push(line.to_owned());
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(guarantees > 15, "only {guarantees} guarantees were found on the page");
}

#[test]
fn tests_named_by_any_document_exist() {
    let mut sources = String::new();
    for folder in ["src", "tests"] {
        collect_sources(&root().join(folder), &mut sources);
    }
    let (mut count, mut missing) = (0, Vec::new());
    for path in documents("").into_iter().chain(documents("docs")) {
        let text = fs::read_to_string(&path).unwrap();
        // Outside of code blocks, whose marks would be taken for those of cited names.
        let prose = text.split("```").step_by(2).collect::<String>();
        for cited in between(&prose, "`") {
            let file = cited.trim_start_matches("tests/");
            let is_test =
                if cited.contains(".rs::") || cited.starts_with("tests/") && has_extension(Path::new(cited), "rs") {
                    exists(file)
                } else if let Some(name) = cited.split("::").find(|name| is_test_name(name)) {
                    sources.contains(&format!("fn {name}("))
                } else {
                    continue;
                };
            count += 1;
            if !is_test {
                missing.push(format!("{}: {cited}", path.display()));
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(count > 150, "only {count} cited tests were found");
}
