//! References that find an invite, and references that do not.

use invite::Error;
use invite::invites::generate::Terms;

use crate::fixture::Fixture;
use crate::helpers::actions::*;
use crate::helpers::validation::*;

every_engine! {
    code_is_found_in_any_case_with_spaces_and_dashes,
    name_code_is_found_without_dash,
    link_of_any_form_finds_its_invite,
    id_finds_its_invite_in_any_case,
    fingerprint_of_any_length_finds_hashed_code,
    ambiguous_fingerprint_is_refused,
    fingerprint_never_finds_plaintext_code,
    unknown_reference_is_not_found_and_not_repeated,
    token_is_found_only_with_exact_case,
    stored_hash_is_not_a_code,
}

async fn code_is_found_in_any_case_with_spaces_and_dashes(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let issued = create_one(&fixture.service, "c1", Terms::new()).await;
    let code = issued.code.reveal().to_owned();
    let (head, tail) = code.split_at(4);
    for written in [
        code.clone(),
        code.to_lowercase(),
        format!("  {code}\n"),
        format!("{head} {tail}"),
        format!("{head}-{tail}").to_lowercase(),
        // Characters by which word processors replace dashes.
        format!("{head}\u{2013}{tail}"),
        format!("{head}\u{a0}{tail}"),
    ] {
        assert_eq!(found(&fixture.service, &written).await.unwrap(), issued.invite.id, "{written:?}");
    }
    fixture.raw().await.check_integrity().await;
}

async fn name_code_is_found_without_dash(fixture: Fixture) {
    named_space(&fixture.service, "director", "d1", "John Smith").await;
    let issued = create_one(&fixture.service, "d1", Terms::new()).await;
    let code = issued.code.reveal().to_owned();
    assert!(code.starts_with("Joh-"), "{code}");
    for written in [code.replace('-', ""), code.replace('-', " "), code.to_uppercase(), code.to_lowercase()] {
        assert_eq!(found(&fixture.service, &written).await.unwrap(), issued.invite.id, "{written:?}");
    }
}

async fn link_of_any_form_finds_its_invite(fixture: Fixture) {
    for (policy, id) in [("space", "s1"), ("container", "c1")] {
        space(&fixture.service, policy, id).await;
        let issued = create_one(&fixture.service, id, Terms::new()).await;
        let code = issued.code.reveal().to_owned();
        for link in [
            issued.link.clone().unwrap(),
            format!("/join/{code}"),
            format!("/join/{code}/"),
            format!("https://elsewhere.example/join/{code}/"),
            format!("https://elsewhere.example/invites/join?code={code}"),
            format!("/invites/join?from=mail&code={code}#top"),
            format!("http://localhost:8000/join/{}", code.to_lowercase()),
        ] {
            assert_eq!(found(&fixture.service, &link).await.unwrap(), issued.invite.id, "{link}");
        }
    }
    space(&fixture.service, "tree", "t1").await;
    let issued = create_one(&fixture.service, "t1", terms_to("ann@example.org")).await;
    let link = issued.link.clone().unwrap();
    assert_eq!(found(&fixture.service, &link).await.unwrap(), issued.invite.id);
}

async fn id_finds_its_invite_in_any_case(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    let made = create(&fixture.service, "c1", 20, Terms::new()).await.unwrap();
    for issued in &made {
        let id = issued.invite.id;
        assert_eq!(found(&fixture.service, &id.to_string()).await.unwrap(), id);
        assert_eq!(found(&fixture.service, &id.to_string().to_uppercase()).await.unwrap(), id);
    }
}

async fn fingerprint_of_any_length_finds_hashed_code(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t1").await;
    let issued = create_one(&fixture.service, "t1", terms_to("ann@example.org")).await;
    let hash = raw.text("SELECT code_key FROM invites").await.unwrap();
    assert_eq!((hash.len(), raw.text("SELECT code FROM invites").await), (64, None));
    for length in 6..=64 {
        let fingerprint = format!("#{}", &hash[..length]);
        assert_eq!(found(&fixture.service, &fingerprint).await.unwrap(), issued.invite.id, "{length}");
        let upper = fingerprint.to_uppercase();
        assert_eq!(found(&fixture.service, &upper).await.unwrap(), issued.invite.id, "{length}");
    }
    assert!(matches!(found(&fixture.service, &format!("#{}", &hash[..5])).await, Err(Error::Invalid(_))));
    assert!(matches!(found(&fixture.service, &format!("#{hash}0")).await, Err(Error::Invalid(_))));
    assert_eq!(issued.invite.code_key.fingerprint(), format!("#{}", &hash[..8]));
}

async fn ambiguous_fingerprint_is_refused(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t1").await;
    let first = RawInvite::new(1, "t1", format!("abcdef1234{}", "0".repeat(54)));
    let second = RawInvite::new(2, "t1", format!("abcdef1234{}", "f".repeat(54)));
    insert_raw(&mut raw, &[first.clone(), second.clone()]).await;
    for shared in ["#abcdef", "#abcdef1234"] {
        let error = found(&fixture.service, shared).await.unwrap_err();
        assert!(matches!(error, Error::Invalid(_)), "{error:?}");
        assert!(error.to_string().contains(shared) && error.hint().is_some(), "{error}");
    }
    assert_eq!(found(&fixture.service, "#abcdef12340").await.unwrap(), first.id);
    // `f` is the last hexadecimal digit, so the range must extend beyond it.
    assert_eq!(found(&fixture.service, "#abcdef1234f").await.unwrap(), second.id);
    assert_eq!(found(&fixture.service, &format!("#{}", second.code_key)).await.unwrap(), second.id);
    assert!(matches!(found(&fixture.service, "#abcdef12345").await, Err(Error::NotFound(_))));
}

async fn fingerprint_never_finds_plaintext_code(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "container", "c1").await;
    // A code of digits only has a key that could be mistaken for a hash.
    let row = RawInvite { code: Some("23456789".into()), ..RawInvite::new(1, "c1", "23456789") };
    insert_raw(&mut raw, std::slice::from_ref(&row)).await;
    assert!(matches!(found(&fixture.service, "#234567").await, Err(Error::NotFound(_))));
    assert_eq!(found(&fixture.service, "23456789").await.unwrap(), row.id);
}

async fn unknown_reference_is_not_found_and_not_repeated(fixture: Fixture) {
    space(&fixture.service, "container", "c1").await;
    create_one(&fixture.service, "c1", Terms::new()).await;
    for unknown in ["ZZZZ1111", "/join/ZZZZ1111", "https://h.example/join?code=ZZZZ1111", "tree_zzzz1111"] {
        let error = found(&fixture.service, unknown).await.unwrap_err();
        assert!(matches!(error, Error::NotFound(_)), "{error:?}");
        let text = format!("{error} {error:?} {}", error.hint().unwrap_or_default()).to_uppercase();
        assert!(!text.contains("ZZZZ1111"), "{text}");
        assert_eq!(error.reason().http_status(), 404);
    }
    let id = "01890000-0000-7000-8000-000000000001";
    assert!(matches!(found(&fixture.service, id).await, Err(Error::NotFound(_))));
    assert!(matches!(found(&fixture.service, "#3fa29c81").await, Err(Error::NotFound(_))));
}

async fn token_is_found_only_with_exact_case(fixture: Fixture) {
    space(&fixture.service, "tree", "t1").await;
    let issued = create_one(&fixture.service, "t1", terms_to("ann@example.org")).await;
    let token = issued.code.reveal().to_owned();
    assert_eq!(found(&fixture.service, &token).await.unwrap(), issued.invite.id);
    let mut other_case = token.clone().into_bytes();
    let last = other_case.iter().rposition(u8::is_ascii_alphabetic).unwrap();
    other_case[last] ^= 0x20;
    for other in [
        token.to_uppercase(),
        token.to_lowercase(),
        String::from_utf8(other_case).unwrap(),
        token[..token.len() - 1].to_owned(),
        format!("{token}-"),
    ] {
        assert_ne!(other, token);
        assert!(matches!(found(&fixture.service, &other).await, Err(Error::NotFound(_))));
    }
}

async fn stored_hash_is_not_a_code(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    space(&fixture.service, "tree", "t1").await;
    for number in 0..20 {
        create_one(&fixture.service, "t1", terms_to(&format!("u{number}@example.org"))).await;
    }
    // A reader of a backup of the table must not be able to redeem its contents.
    for hash in raw.texts("SELECT code_key FROM invites").await {
        for written in [hash.clone(), hash.to_uppercase(), format!("/invites/{hash}")] {
            assert!(matches!(found(&fixture.service, &written).await, Err(Error::NotFound(_))));
        }
    }
    raw.check_integrity().await;
}
