//! The pieces of statements in the source of `store/tables`.

use std::fs;
use std::path::{Path, PathBuf};

/// Words that identify SQL: every part of a statement contains one of them, and no other text
/// does.
const WORDS: [&str; 8] = ["SELECT", "INSERT", "UPDATE", "DELETE", "FROM", "WHERE", "AND", "ORDER BY"];

/// Returns every text that is a piece of a statement on a table, with its file.
pub(crate) fn pieces() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store/tables");
    let mut files = Vec::new();
    collect(&root, &mut files);
    let mut pieces = Vec::new();
    for file in files {
        let name = file.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
        let source = fs::read_to_string(&file).unwrap();
        pieces.extend(texts(&source).into_iter().filter(|text| is_sql(text)).map(|text| (name.clone(), text)));
    }
    assert!(pieces.len() > 100, "only {} pieces of statements were found", pieces.len());
    pieces
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}

fn is_sql(text: &str) -> bool {
    let words: Vec<&str> = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').collect();
    WORDS.iter().any(|word| match word.split_once(' ') {
        None => words.contains(word),
        Some((first, second)) => words.windows(2).any(|pair| pair == [first, second]),
    })
}

/// Returns the string literals of a source file, as the compiler reads them, without those in
/// comments.
fn texts(source: &str) -> Vec<String> {
    let (mut texts, mut rest) = (Vec::new(), source);
    while let Some(at) = rest.find(['"', '/', '\'']) {
        let here = &rest[at..];
        rest = if here.starts_with("//") {
            here.split_once('\n').map_or("", |(_, behind)| behind)
        } else if let Some(behind) = here.strip_prefix("'\"'") {
            behind
        } else if let Some(behind) = here.strip_prefix('"') {
            let (text, behind) = text(behind);
            texts.push(text);
            behind
        } else {
            &here[1..]
        };
    }
    texts
}

/// Reads one string literal after its opening quote; returns it and the rest of the source.
fn text(source: &str) -> (String, &str) {
    let mut text = String::new();
    let mut characters = source.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => break,
            '\\' => match characters.next() {
                // A line continuation: skips the line break and the indentation.
                Some('\n') => characters = characters.as_str().trim_start().chars(),
                Some('n') => text.push('\n'),
                Some(c) => text.push(c),
                None => {}
            },
            c => text.push(c),
        }
    }
    (text, characters.as_str())
}

#[test]
fn string_literals_are_read_as_by_the_compiler() {
    let source =
        "/// \"no\"\nconst A: &str = \"SELECT \\\n     1 FROM \\\"t\\\"\"; let b = '\"'; // \"WHERE\"\nx(\" AND y\")";
    assert_eq!(texts(source), ["SELECT 1 FROM \"t\"", " AND y"]);
    assert!(is_sql("x ORDER BY y") && is_sql(" AND y") && !is_sql("an ANDROID and ORDER of BY"));
}
