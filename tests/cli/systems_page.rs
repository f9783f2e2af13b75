//! `docs/systems.md` names for every line of the four systems' documents the
//! test that shows it, and `docs/threat-model.md` one for every guarantee: each
//! of these tests exists.

use std::fs;
use std::path::Path;

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The titles of a script's examples.
fn examples(script: &str) -> Vec<String> {
    let text = read(script);
    text.lines().filter_map(|line| line.trim().strip_prefix("example ")).map(str::to_owned).collect()
}

/// What stands between two marks, one after the other.
fn between<'a>(text: &'a str, mark: &str) -> Vec<&'a str> {
    text.split(mark).skip(1).step_by(2).collect()
}

/// True if a test exists: `contract/list.rs::name` below `tests`,
/// `src/random.rs::name` beside the code, or a whole file of `tests`.
fn is_there(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap_or((test, ""));
    let source = if file.starts_with("src/") { read(file) } else { read(&format!("tests/{file}")) };
    name.is_empty() || source.contains(&format!("fn {name}("))
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
        for (name, found) in steps.chain(tests.map(|test| (test, is_there(test)))) {
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
        if tests.is_empty() || !tests.iter().all(|test| is_there(test)) {
            missing.push(line.to_owned());
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(guarantees > 15, "only {guarantees} guarantees were found on the page");
}
