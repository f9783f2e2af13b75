//! Lists: the number of rows and the columns that they show.

use std::collections::BTreeSet;

use clap::{Command, CommandFactory as _};

use crate::machine::Machine;

/// More rows than a table on a terminal shows.
const ROWS: usize = 59;

/// Every list command, with two fields of which one is empty.
const LISTS: [(&str, &str); 5] = [
    ("limits", "subject,limit"),
    ("list", "note,code"),
    ("member list", "email,user_id"),
    ("operations", "reason,command"),
    ("space list", "standing_code,id"),
];

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.environment.insert("NO_COLOR".into(), "1".into());
    let members: Vec<String> = (0..ROWS).map(|number| format!("c,u{number}\n")).collect();
    machine.write("members.csv", format!("space_id,user_id\n{}", members.concat()));
    let spaces: Vec<String> = (0..ROWS).map(|number| format!("s{number},container,S\n")).collect();
    machine.write("spaces.csv", format!("id,policy,name\n{}", spaces.concat()));
    for line in [
        "space add c --policy container --name C",
        "space import ~/spaces.csv",
        "member import ~/members.csv",
        "generate --space c --count 10",
        "generate --space c --count 49",
    ] {
        let screen = machine.run(line);
        assert_eq!(screen.exit, 0, "{line}: {screen:?}");
    }
    machine
}

/// Adds rows that no import can add.
fn with_single_rows(machine: &mut Machine) {
    for number in 0..ROWS {
        machine.run(&format!("member add s1 v{number}"));
        machine.run(&format!("member remove s1 v{number} -q"));
        machine.run(&format!("validate Joh-{number:03} --client 203.0.113.{number}"));
    }
}

fn limited(command: &Command, words: &str, found: &mut BTreeSet<String>) {
    let has = |name: &str| command.get_arguments().any(|argument| argument.get_long() == Some(name));
    if has("all") && has("limit") {
        found.insert(words.trim().to_owned());
    }
    for inner in command.get_subcommands() {
        limited(inner, &format!("{words} {}", inner.get_name()), found);
    }
}

#[test]
fn list_shows_50_rows_on_terminal_and_all_elsewhere() {
    let mut commands = BTreeSet::new();
    limited(&invite::cli::Cli::command(), "", &mut commands);
    assert_eq!(commands.iter().map(String::as_str).collect::<Vec<_>>(), LISTS.map(|(words, _)| words));
    let mut machine = machine();
    with_single_rows(&mut machine);
    for (line, _) in LISTS {
        machine.width = None;
        let rows = machine.run(&format!("{line} -o jsonl")).out.lines().count();
        assert!(rows > 50, "{line}: {rows}");
        for format in ["", " -o wide"] {
            let piped = machine.run(&format!("{line}{format}"));
            assert_eq!(piped.out.lines().count(), rows + 2, "{line}{format}: {piped:?}");
            assert!(!piped.err.contains("Showing"), "{line}{format}: {}", piped.err);
        }
        let piped = machine.run(&format!("{line} --limit 7"));
        assert_eq!(piped.out.lines().count(), 9, "{line}");
        assert!(piped.err.contains(&format!("Showing 7 of {rows}; use --all to list every row.")), "{}", piped.err);
        machine.width = Some(400);
        let screen = machine.run(line);
        assert_eq!(screen.out.lines().count(), 52, "{line}: {}", screen.out);
        assert!(screen.err.contains(&format!("Showing 50 of {rows}; use --all to list every row.")), "{}", screen.err);
        assert_eq!(machine.run(&format!("{line} --all")).out.lines().count(), rows + 2, "{line}");
    }
}

#[test]
fn requested_fields_are_shown_even_if_empty() {
    let mut machine = machine();
    machine.run("validate Joh-123 --client 203.0.113.1");
    for (line, fields) in LISTS {
        for width in [None, Some(30), Some(200)] {
            machine.width = width;
            let screen = machine.run(&format!("{line} --fields {fields}"));
            let heading = screen.out.lines().next().unwrap_or_default().to_lowercase();
            for field in fields.split(',') {
                let shown = heading.contains(field) || screen.out.lines().any(|text| text.starts_with(field));
                assert!(shown, "{line} --fields {fields} at {width:?}: {}", screen.out);
            }
        }
    }
}

/// Collects the help of `--fields` of every command that has it.
fn with_fields(command: &Command, words: &str, found: &mut Vec<(String, String)>) {
    if let Some(argument) = command.get_arguments().find(|argument| argument.get_long() == Some("fields")) {
        let help = argument.get_long_help().unwrap().to_string();
        found.push((words.trim().to_owned(), help));
    }
    for inner in command.get_subcommands() {
        with_fields(inner, &format!("{words} {}", inner.get_name()), found);
    }
}

/// The example in the help of `--fields` selects fields of the command, and the help names all
/// of them.
#[test]
fn help_of_fields_names_the_fields_of_its_command() {
    let mut machine = machine();
    let mut commands = Vec::new();
    with_fields(&invite::cli::Cli::command(), "", &mut commands);
    let names: Vec<&str> = commands.iter().map(|(words, _)| words.as_str()).collect();
    assert_eq!(names, ["generate", "backfill", "list", "operations", "limits", "space list", "member list"]);
    for (words, help) in &commands {
        let (first, long) = help.split_once("\n\n").unwrap();
        let example = first.rsplit_once(": ").unwrap().1;
        let line = if words == "generate" { "generate --space c" } else { words };
        let screen = machine.run(&format!("{line} --fields {example} -o csv"));
        assert_eq!((screen.exit, screen.out.lines().next()), (0, Some(example)), "{words}: {screen:?}");
        let all = machine.run(&format!("{line} -o csv")).out;
        let all = all.lines().next().unwrap().replace(',', ", ");
        assert!(long.starts_with(&format!("Fields: {all}.")), "{words}: {long}");
    }
    for (line, option) in [("generate --space c --dry-run", "--dry-run"), ("space list --removed", "--removed")] {
        let fields = machine.run(&format!("{line} -o csv")).out;
        let fields = fields.lines().next().unwrap().replace(',', ", ");
        let (_, help) = commands.iter().find(|(words, _)| line.starts_with(words.as_str())).unwrap();
        assert!(help.ends_with(&format!(" With {option}: {fields}.")), "{line}: {help}");
    }
}
