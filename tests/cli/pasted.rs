//! Codes, links and files as users paste or export them: with surrounding text, and with
//! words for missing values.

use crate::machine::Machine;

fn machine() -> Machine {
    let mut machine = Machine::new();
    machine.write("spaces.csv", "id,policy,name,code\nabc123,space,My Workspace,A1B2C3D4\n");
    assert_eq!(machine.run("space import ~/spaces.csv").exit, 0);
    machine
}

#[test]
fn pasted_codes_are_valid_as_argument_and_on_standard_input() {
    let mut machine = machine();
    for text in [
        "A1B2\u{200d}C3D4",
        "\u{2067}A1B2C3D4\u{2069}",
        "“A1B2C3D4”.",
        "(a1b2-c3d4)",
        "Ａ１Ｂ２Ｃ３Ｄ４",
        "Your code: A1B2 C3D4",
        "/join/%20A1B2C3D4",
        "/join/A1B2C3D4?code=x",
        "example.org/join/A1B2C3D4",
        "<https://example.org/join/A1B2C3D4>",
        "[Join](https://example.org/join/A1B2C3D4)",
    ] {
        let screen = machine.run_args(vec!["validate".into(), "--".into(), text.into()]);
        assert_eq!(screen.exit, 0, "{text:?}: {screen:?}");
        machine.stdin = format!("{text}\n");
        let screen = machine.run("validate -");
        assert_eq!(screen.exit, 0, "{text:?}: {screen:?}");
    }
}

#[test]
fn endless_standard_input_is_refused_as_code() {
    let mut machine = machine();
    let long = "x".repeat(10_000_000);
    for (line, says) in [("validate -", "the code is too long"), ("revoke - --yes", "line 2: too long")] {
        machine.stdin = format!("{}{long}\n", if line.starts_with("revoke") { "A1B2C3D4\n" } else { "" });
        let screen = machine.run(line);
        assert!(screen.exit == 2 && screen.err.contains(says), "{line}: {screen:?}");
        assert!(screen.err.len() < 500, "{line}: {screen:?}");
    }
    assert_eq!(machine.run("validate A1B2C3D4").exit, 0);
}

#[test]
fn null_words_are_not_stored_as_values() {
    let mut machine = machine();
    machine
        .write("codes.csv", "id,policy,name,code\n1,space,Ann,NULL\n2,space,Bob,None\n3,space,Cy,\\N\nnull,space,D,\n");
    let screen = machine.run("space import ~/codes.csv");
    assert_eq!(screen.exit, 3, "{screen:?}");
    for line in [2, 3, 4, 5] {
        assert!(screen.err.contains(&format!("line {line}: ")), "{screen:?}");
    }
    assert!(screen.err.contains("--null NULL") && screen.err.contains("--null \"\\\\N\""), "{screen:?}");
    for code in ["null", "None", "\\N", "undefined"] {
        let screen = machine.run_args(["use", code, "--user", "eve"].map(str::to_owned).to_vec());
        assert_eq!(screen.exit, 2, "{code}: {screen:?}");
    }
    machine.write("members.csv", "space_id,user_id\nabc123,NULL\nabc123,undefined\nabc123,ann\nNULL,bob\n");
    let screen = machine.run("member import ~/members.csv");
    assert!(screen.exit == 3 && screen.err.contains("line 2: ") && screen.err.contains("line 3: "), "{screen:?}");
    assert_eq!(machine.run("use A1B2C3D4 --user undefined").exit, 2);
    assert_eq!(machine.run("member add abc123 None").exit, 2);
    assert_eq!(machine.run("space add nil --policy space --name X").exit, 2);
    let members = machine.run("member list -o jsonl").out;
    assert_eq!(members.lines().count(), 1, "{members}");
}

#[test]
fn null_option_defines_word_for_empty() {
    let mut machine = machine();
    machine.write("spaces.csv", "id,policy,name,code\n1,space,Ann,NULL\n2,space,Bob,\\N\n3,space,Cy,QWER1234\n");
    let screen = machine.run("space import ~/spaces.csv --null NULL --null '\\N'");
    assert_eq!(screen.exit, 0, "{screen:?}");
    let spaces = machine.run("space list -o jsonl").out;
    assert!(spaces.contains("QWER1234") && !spaces.contains("NULL"), "{spaces}");
    machine.write("backfill.csv", "id,policy,name,code\n4,space,Dee,NULL\n");
    let screen = machine.run("backfill --import ~/backfill.csv --null NULL -o jsonl");
    assert!(screen.exit == 0 && screen.out.contains("\"4\""), "{screen:?}");
    machine.write("members.csv", "space_id,user_id,name,email\n1,ann,NULL,NULL\n1,NULL,Bob,\n");
    let screen = machine.run("member import ~/members.csv --null NULL");
    assert!(screen.exit == 3 && screen.err.contains("line 3: the user ID is empty"), "{screen:?}");
    assert!(!machine.run("member list -o jsonl").out.contains("NULL"));
    machine.write("people.csv", "space_id,note\n1,NULL\n");
    assert_eq!(machine.run("space add c --policy container --name C").exit, 0);
    machine.write("people.csv", "space_id,note\nc,NULL\n");
    let screen = machine.run("generate --from ~/people.csv --null NULL -o jsonl");
    assert!(screen.exit == 0 && !screen.out.contains("NULL"), "{screen:?}");
}

#[test]
fn null_option_refuses_empty_word() {
    let mut machine = machine();
    machine.write("members.csv", "space_id,user_id\nabc123,ann\n");
    for line in [
        "member import ~/members.csv --null ''",
        "space import ~/spaces.csv --null NULL --null ' '",
        "backfill --import ~/spaces.csv --null ''",
        "generate --from ~/members.csv --null ''",
    ] {
        let screen = machine.run(line);
        assert!(screen.exit == 2 && screen.err.contains("the word for an empty value is empty"), "{line}: {screen:?}");
        assert!(screen.err.contains("hint: "), "{line}: {screen:?}");
    }
    assert_eq!(machine.run("generate --space abc123 --null NULL").exit, 2);
}
