//! Import of spaces with existing codes.

use invite::Reason;
use invite::invites::generate::Terms;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::{backfill_all, code, code_of, create_one, join, revoke_references, run_backfill, space};
use crate::helpers::imports::{default_import, failures_by_line, import_space_rows, rows};

every_engine! {
    imported_code_keeps_case_and_is_found_in_any_case,
    import_refuses_code_that_differs_only_in_case,
    import_dry_run_finds_codes_that_differ_only_in_case,
    import_refuses_open_or_closed_code_of_another_space,
    import_refuses_code_if_policy_has_no_standing_codes,
    import_refuses_invalid_code,
    import_leaves_code_of_known_space_unchanged,
    code_refused_by_database_fails_alone,
    import_refuses_short_codes_unless_allowed,
}

async fn refused_codes(fixture: &Fixture, rows: &str, expected: &[(u64, Reason)]) {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let (summary, recorder) = import_space_rows(&fixture.service, &default_import(), rows).await;
    assert_eq!(failures_by_line(&recorder), expected, "{rows}");
    assert_eq!((summary.added, summary.updated), (0, 0));
    assert_eq!(raw.dump().await, before);
}

async fn imported_code_keeps_case_and_is_found_in_any_case(fixture: Fixture) {
    let rows = "id,name,code\ns,My Workspace,aB3_x-9Z\nplain,Other,\n";
    let (summary, _) = import_space_rows(&fixture.service, &default_import(), rows).await;
    assert_eq!((summary.added, summary.failed), (2, 0));
    let written = ["aB3_x-9Z", "AB3_X-9Z", "ab3_x-9z", " aB3_x-9Z ", "ab3_x9z", "https://example.org/join/aB3_x-9Z"];
    for text in written {
        let invite = fixture.service.show_invite(&operator(), &code(text)).await.unwrap().invite;
        assert_eq!((invite.space_id.as_str(), invite.role.as_str()), ("s", "member"), "{text}");
        assert_eq!(invite.code.unwrap().reveal(), "aB3_x-9Z");
    }
    assert_eq!(join(&fixture.service, &code("AB3_x-9z"), "u1").await.invite.space_id, "s");
    // A backfill leaves it unchanged, and gives the other space a code.
    let (filled, _) = run_backfill(&fixture.service, &backfill_all()).await;
    assert_eq!((filled.scanned, filled.missing, filled.added), (2, 1, 1));
    let mut raw = fixture.raw().await;
    assert_eq!(raw.texts("SELECT slot FROM invites ORDER BY slot").await, ["standing:plain", "standing:s"]);
    raw.check_integrity().await;
}

const ALIKE: &str =
    "id,name,code\na,A,Code0001\nb,B,CODE0002\nc,C,code-0001\nd,D,\ne,E,Code0003\nf,F,cOdE0002\ng,G,Code0004\n";

async fn import_refuses_code_that_differs_only_in_case(fixture: Fixture) {
    let (summary, recorder) = import_space_rows(&fixture.service, &default_import(), ALIKE).await;
    assert_eq!((summary.added, summary.failed), (5, 2));
    assert_eq!(failures_by_line(&recorder), [(4, Reason::Duplicate), (7, Reason::Duplicate)]);
    let mut raw = fixture.raw().await;
    assert_eq!(raw.texts("SELECT id FROM invite_spaces ORDER BY id").await, ["a", "b", "d", "e", "g"]);
    let codes = raw.texts("SELECT code FROM invites ORDER BY space_id").await;
    assert_eq!(codes, ["Code0001", "CODE0002", "Code0003", "Code0004"]);
    raw.check_integrity().await;
}

async fn import_dry_run_finds_codes_that_differ_only_in_case(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let before = raw.dump().await;
    let dry = default_import().dry_run(true);
    let (planned, plan_recorder) = import_space_rows(&fixture.service, &dry, ALIKE).await;
    assert_eq!(raw.dump().await, before);
    let (summary, recorder) = import_space_rows(&fixture.service, &default_import(), ALIKE).await;
    assert_eq!(planned, summary);
    assert_eq!(failures_by_line(&plan_recorder), failures_by_line(&recorder));
}

async fn import_refuses_open_or_closed_code_of_another_space(fixture: Fixture) {
    let (_, _) =
        import_space_rows(&fixture.service, &default_import(), "id,name,code\nold,Old,Code0001\ngone,Gone,Code0002\n")
            .await;
    revoke_references(&fixture.service, vec![code("Code0002")]).await;
    let rows = "id,name,code\na,A,CODE0001\nb,B,code0002\n";
    refused_codes(&fixture, rows, &[(2, Reason::Duplicate), (3, Reason::Duplicate)]).await;
    fixture.raw().await.check_integrity().await;
}

async fn import_refuses_code_if_policy_has_no_standing_codes(fixture: Fixture) {
    let rows = "id,policy,name,code\nt,tree,T,Code0001\nd,director,D,Joh-456\nc,container,C,Code0003\n";
    refused_codes(&fixture, rows, &[2, 3, 4].map(|line| (line, Reason::InvalidInput))).await;
}

async fn import_refuses_invalid_code(fixture: Fixture) {
    for text in ["abc", &"x".repeat(51), "----", "ab cd", "ab/cd", "Çode", "abc\u{200b}d", "#3fa29c81"] {
        refused_codes(&fixture, &format!("id,name,code\ns,S,{text}\n"), &[(2, Reason::InvalidInput)]).await;
    }
    let longest = "x".repeat(50);
    let rows = format!("id,name,code\nshort,S,abcdef\nlong,L,{longest}\n");
    let (summary, _) = import_space_rows(&fixture.service, &default_import(), rows).await;
    assert_eq!(summary.added, 2);
    fixture.service.show_invite(&operator(), &code(&longest)).await.unwrap();
}

async fn import_leaves_code_of_known_space_unchanged(fixture: Fixture) {
    import_space_rows(&fixture.service, &default_import(), "id,name,code\ns,S,aB3_x-9Z\n").await;
    space(&fixture.service, "space", "bare").await;
    space(&fixture.service, "space", "own").await;
    let own = create_one(&fixture.service, "own", Terms::new()).await;
    let (summary, _) = import_space_rows(
        &fixture.service,
        &default_import(),
        format!("id,name,code\ns,S,aB3_x-9Z\nown,My Workspace,{}\n", own.code.reveal()),
    )
    .await;
    assert_eq!((summary.unchanged, summary.failed), (2, 0));
    let rows = "id,name,code\ns,S,Other0001\nbare,My Workspace,Other0002\n";
    refused_codes(&fixture, rows, &[(2, Reason::Duplicate), (3, Reason::Duplicate)]).await;
    // The name changes, the code stays.
    let request = default_import().update(true);
    let (summary, _) = import_space_rows(&fixture.service, &request, "id,name,code\ns,New,AB3_X-9Z\n").await;
    assert_eq!((summary.updated, summary.failed), (1, 0));
    assert_eq!(fixture.service.show_invite(&operator(), &code_of(&own)).await.unwrap().invite.space_id, "own");
    fixture.raw().await.check_integrity().await;
}

async fn code_refused_by_database_fails_alone(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    raw.refuse("INSERT", "invites", "NEW.code = 'Code00013'").await;
    let rows = rows(40, |number| format!("s{number},S,Code000{number}\n"));
    let (summary, recorder) =
        import_space_rows(&fixture.service, &default_import(), format!("id,name,code\n{rows}")).await;
    assert_eq!((summary.added, summary.failed), (39, 1));
    assert_eq!(failures_by_line(&recorder), [(15, Reason::DatabaseFailed)]);
    // The space is not imported without its code.
    assert_eq!(raw.count("invite_spaces WHERE id = 's13'").await, 0);
    assert_eq!((raw.count("invite_spaces").await, raw.count("invites").await), (39, 39));
    raw.check_integrity().await;
}

/// Dashes and underscores do not count towards the length.
async fn import_refuses_short_codes_unless_allowed(fixture: Fixture) {
    let rows = "id,name,code\na,A,---a\nb,B,AB12\nc,C,ab-12-x\nd,D,_____a_____b\ne,E,A-B1-23C\nf,F,-----\n";
    refused_codes(
        &fixture,
        &rows.replace("e,E,A-B1-23C\n", ""),
        &[2, 3, 4, 5, 6].map(|line| (line, Reason::InvalidInput)),
    )
    .await;
    let (summary, recorder) = import_space_rows(&fixture.service, &default_import(), rows).await;
    assert_eq!((summary.added, summary.failed), (1, 5));
    assert!(recorder.failures[1].message().contains("easy to guess: 4 letters and digits (minimum 6)"));
    assert!(recorder.failures[1].hint().as_ref().unwrap().contains("--allow-short-codes"));
    // Codes of three characters are refused even if short ones are allowed.
    let request = default_import().allow_short_codes(true);
    let (summary, recorder) = import_space_rows(&fixture.service, &request, rows).await;
    assert_eq!((summary.added, summary.unchanged, summary.failed), (2, 1, 3));
    assert_eq!(recorder.failures.iter().map(|failure| failure.line).collect::<Vec<_>>(), [Some(2), Some(5), Some(7)]);
    join(&fixture.service, &code("AB-12X"), "u1").await;
}
