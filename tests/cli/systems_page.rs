//! `docs/systems.md` names for every line of the four systems' documents the
//! test that shows it: each of those is there.

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

/// Whether a test, `contract/list.rs::name`, or a file of `tests` is there.
fn is_there(test: &str) -> bool {
    let (file, name) = test.split_once("::").unwrap_or((test, ""));
    let text = read(&format!("tests/{file}"));
    name.is_empty() || text.contains(&format!("fn {name}("))
}

#[test]
fn every_test_that_the_page_of_the_systems_names_is_there() {
    let page = read("docs/systems.md");
    let (mut script, mut named, mut missing) = (String::new(), 0, Vec::new());
    for line in page.lines() {
        if let Some(rest) = line.strip_prefix("Played by `") {
            script = rest.split('`').next().unwrap_or_default().to_owned();
        }
        let Some(cells) = line.strip_prefix("| ").and_then(|line| line.strip_suffix(" |")) else { continue };
        let shown = cells.rsplit(" | ").next().unwrap_or_default();
        if script.is_empty() || shown == "shown by" {
            continue;
        }
        let titles = examples(&script);
        for step in between(shown, "*") {
            named += 1;
            if !titles.iter().any(|title| title.contains(step)) {
                missing.push(format!("{script}: {step}"));
            }
        }
        for test in between(shown, "`") {
            named += 1;
            if !is_there(test) {
                missing.push(test.to_owned());
            }
        }
    }
    assert_eq!(missing, Vec::<String>::new());
    assert!(named > 150, "only {named} tests were found on the page");
}
