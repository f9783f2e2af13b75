//! The import graph of the crate: the files whose items each file names.

use std::collections::{BTreeMap, BTreeSet};
use std::str::FromStr as _;

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::Source;

/// Path of a module below the crate root; the root itself is empty.
pub type Module = Vec<String>;

/// A path of at least two segments, or one in a `use` declaration, and the name under
/// which the declaration re-exports it.
#[derive(Debug, PartialEq, Eq)]
struct NamedPath {
    segments: Vec<String>,
    exported_as: Option<String>,
}

/// An item of another file that a file names.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    pub from: Module,
    pub to: Module,
    pub item: String,
}

/// Every import between two files, without those of tests. A re-export counts as an import
/// of the file that re-exports. A file that uses a re-exported item imports the file that
/// defines the item.
pub struct Imports {
    imports: BTreeSet<Import>,
}

impl Imports {
    pub fn of(sources: &[Source]) -> Self {
        let paths: BTreeMap<Module, Vec<NamedPath>> = sources
            .iter()
            .filter(|source| !source.path.ends_with("/tests.rs") && source.path != "main.rs")
            .map(|source| (module(&source.path), named_paths(&source.text)))
            .collect();
        let resolver = Resolver::new(&paths);
        let mut imports = BTreeSet::new();
        for (from, paths) in &paths {
            for path in paths {
                let Some(path) = resolver.absolute(from, &path.segments) else { continue };
                let (to, item) = resolver.definition(path);
                if to != *from && !(to.is_empty() && item.is_empty()) {
                    imports.insert(Import { from: from.clone(), to, item });
                }
            }
        }
        Imports { imports }
    }

    pub fn iter(&self) -> impl Iterator<Item = &Import> {
        self.imports.iter()
    }

    /// Returns imports of items that an ancestor module of the importing module defines.
    pub fn ancestor_items(&self) -> Vec<&Import> {
        let is_ancestor = |import: &&Import| import.from.starts_with(&import.to) && !import.item.is_empty();
        self.imports.iter().filter(is_ancestor).collect()
    }

    /// Returns groups of modules that import each other, directly or indirectly.
    pub fn cycles(&self) -> BTreeSet<Vec<&Module>> {
        let mut edges: BTreeMap<&Module, BTreeSet<&Module>> = BTreeMap::new();
        for import in &self.imports {
            edges.entry(&import.from).or_default().insert(&import.to);
        }
        let reached: BTreeMap<&Module, BTreeSet<&Module>> =
            edges.keys().map(|module| (*module, reachable(module, &edges))).collect();
        let is_mutual =
            |a: &Module, b: &Module| reached[a].contains(b) && reached.get(b).is_some_and(|r| r.contains(a));
        let cyclic = edges.keys().filter(|module| reached[**module].contains(*module));
        cyclic.map(|module| edges.keys().filter(|other| is_mutual(module, other)).copied().collect()).collect()
    }
}

/// Returns the modules that a module imports, directly or indirectly.
fn reachable<'i>(from: &Module, edges: &BTreeMap<&'i Module, BTreeSet<&'i Module>>) -> BTreeSet<&'i Module> {
    let mut reached = BTreeSet::new();
    let mut next: Vec<&Module> = edges[from].iter().copied().collect();
    while let Some(module) = next.pop() {
        if reached.insert(module) {
            next.extend(edges.get(module).into_iter().flatten());
        }
    }
    reached
}

/// Resolves paths to the files that define their items.
struct Resolver<'p> {
    modules: BTreeSet<&'p Module>,
    exports: BTreeMap<(&'p Module, &'p str), Vec<String>>,
}

impl<'p> Resolver<'p> {
    fn new(paths: &'p BTreeMap<Module, Vec<NamedPath>>) -> Self {
        let mut resolver = Resolver { modules: paths.keys().collect(), exports: BTreeMap::new() };
        for (module, paths) in paths {
            for path in paths {
                let Some(name) = &path.exported_as else { continue };
                if let Some(path) = resolver.absolute(module, &path.segments) {
                    resolver.exports.insert((module, name), path);
                }
            }
        }
        resolver
    }

    /// The path from the crate root, or nothing for a path into another crate.
    fn absolute(&self, module: &Module, segments: &[String]) -> Option<Vec<String>> {
        let supers = segments.iter().take_while(|segment| *segment == "super").count();
        match segments.first()?.as_str() {
            "crate" => Some(segments[1..].to_vec()),
            "self" => Some([module, &segments[1..]].concat()),
            "super" => Some([&module[..module.len().checked_sub(supers)?], &segments[supers..]].concat()),
            first => {
                let child = [module.as_slice(), &[first.to_owned()]].concat();
                self.modules.contains(&child).then(|| [module.as_slice(), segments].concat())
            }
        }
    }

    /// Returns the module that defines the item of an absolute path, and the item's name.
    fn definition(&self, mut path: Vec<String>) -> (Module, String) {
        for _ in 0..8 {
            let (module, item) = self.split(&path);
            let Some((name, rest)) = item.split_first() else { return (module, String::new()) };
            match self.exports.get(&(&module, name.as_str())) {
                Some(exported) => path = [exported.as_slice(), rest].concat(),
                None => return (module, name.clone()),
            }
        }
        panic!("re-exports form a cycle at {path:?}");
    }

    fn split(&self, path: &[String]) -> (Module, Vec<String>) {
        let length = (0..=path.len()).rev().find(|length| self.modules.contains(&path[..*length].to_vec()));
        let (module, item) = path.split_at(length.unwrap_or(0));
        (module.to_vec(), item.iter().filter(|segment| *segment != "self").cloned().collect())
    }
}

fn module(path: &str) -> Module {
    match path.trim_end_matches(".rs") {
        "lib" => Vec::new(),
        path => path.split('/').map(str::to_owned).collect(),
    }
}

fn named_paths(text: &str) -> Vec<NamedPath> {
    let tokens: Vec<TokenTree> = TokenStream::from_str(text).expect("source files are Rust").into_iter().collect();
    let mut paths = Vec::new();
    read_code(&tokens, &mut paths);
    paths
}

fn read_code(tokens: &[TokenTree], paths: &mut Vec<NamedPath>) {
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(&tokens[at..]) {
            at += length_of_item(&tokens[at..]);
        } else if is_word(&tokens[at], "use") {
            let end = at + tokens[at..].iter().take_while(|token| !is_sign(token, ';')).count();
            read_use(&tokens[at + 1..end], &[], is_exported(&tokens[..at]), paths);
            at = end;
        } else if let TokenTree::Group(group) = &tokens[at] {
            read_code(&group.stream().into_iter().collect::<Vec<_>>(), paths);
            at += 1;
        } else if let TokenTree::Ident(_) = &tokens[at] {
            let (segments, length) = read_path(&tokens[at..]);
            if segments.len() > 1 {
                paths.push(NamedPath { segments, exported_as: None });
            }
            at += length;
        } else {
            at += 1;
        }
    }
}

/// Reads one tree of a `use` declaration.
fn read_use(tokens: &[TokenTree], prefix: &[String], is_exported: bool, paths: &mut Vec<NamedPath>) {
    for tree in tokens.split(|token| is_sign(token, ',')).filter(|tree| !tree.is_empty()) {
        let (head, length) = read_path(tree);
        let segments = [prefix, &head].concat();
        match &tree[length..] {
            [.., TokenTree::Group(group)] if group.delimiter() == Delimiter::Brace => {
                read_use(&group.stream().into_iter().collect::<Vec<_>>(), &segments, is_exported, paths);
            }
            rest => {
                let name = rest.last().map(ToString::to_string).or_else(|| segments.last().cloned());
                let is_named = name.as_ref().is_some_and(|name| name != "*" && name != "self");
                paths.push(NamedPath { segments, exported_as: name.filter(|_| is_exported && is_named) });
            }
        }
    }
}

/// Parses a path such as `a::b::c`; returns its segments and its number of tokens.
fn read_path(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut segments = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(ident)) = tokens.get(at) {
        segments.push(ident.to_string());
        at += 1;
        if !tokens[at..].iter().take(2).all(|token| is_sign(token, ':')) || tokens.len() < at + 3 {
            break;
        }
        match tokens[at + 2] {
            TokenTree::Ident(_) => at += 2,
            _ => break,
        }
    }
    (segments, at)
}

fn is_exported(before: &[TokenTree]) -> bool {
    match before {
        [.., TokenTree::Ident(word)] => word == "pub",
        [.., TokenTree::Ident(word), TokenTree::Group(group)] => {
            word == "pub" && group.delimiter() == Delimiter::Parenthesis
        }
        _ => false,
    }
}

fn is_test_attribute(tokens: &[TokenTree]) -> bool {
    match tokens {
        [sign, TokenTree::Group(group), ..] if is_sign(sign, '#') => {
            group.stream().to_string().replace(' ', "") == "cfg(test)"
        }
        _ => false,
    }
}

/// Returns the number of tokens of an item with attributes, which ends in a semicolon or in
/// braces.
fn length_of_item(tokens: &[TokenTree]) -> usize {
    let is_end = |token: &TokenTree| match token {
        TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
        token => is_sign(token, ';'),
    };
    tokens.iter().position(is_end).map_or(tokens.len(), |end| end + 1)
}

fn is_word(token: &TokenTree, word: &str) -> bool {
    matches!(token, TokenTree::Ident(ident) if ident == word)
}

fn is_sign(token: &TokenTree, sign: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == sign)
}

#[test]
fn paths_of_uses_and_code_are_found() {
    let text = "
        pub(crate) use crate::a::{b::{self, C}, D as E};
        use super::x::*;
        fn f() { crate::g::h(); println!(\"{}\", self::i::J); local.k(); }
        #[cfg(test)]
        mod tests { use super::never; }
    ";
    let found: Vec<(String, Option<String>)> =
        named_paths(text).into_iter().map(|path| (path.segments.join("::"), path.exported_as)).collect();
    let expected = [
        ("crate::a::b::self", None),
        ("crate::a::b::C", Some("C")),
        ("crate::a::D", Some("E")),
        ("super::x", None),
        ("crate::g::h", None),
        ("self::i::J", None),
    ];
    assert_eq!(found, expected.map(|(path, name)| (path.to_owned(), name.map(str::to_owned))));
}

#[test]
fn cycle_through_a_re_export_is_found() {
    let sources = [
        ("lib.rs", "pub mod a; pub mod b; pub mod c;"),
        ("a.rs", "mod d; pub use d::D; use crate::b::B;"),
        ("a/d.rs", "pub struct D;"),
        ("b.rs", "use crate::c::C; pub struct B;"),
        ("c.rs", "use crate::a::{D, own}; pub struct C;"),
    ]
    .map(|(path, text)| Source { path: path.to_owned(), text: text.to_owned() });
    let cycles: Vec<String> =
        Imports::of(&sources).cycles().into_iter().flatten().map(|module| module.join("::")).collect();
    assert_eq!(cycles, ["a", "b", "c"]);
    let without_own = sources.map(|source| Source { text: source.text.replace(", own", ""), ..source });
    assert!(Imports::of(&without_own).cycles().is_empty());
}
