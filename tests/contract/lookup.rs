//! How an invite is found, and what does not find it.

use invite::error::Error;
use invite::invites::generate::Terms;

use crate::steps::*;
use crate::steps_b::*;
use crate::world::worlds;

#[tokio::test]
async fn a_code_is_found_in_any_case_with_spaces_and_with_dashes() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        let issued = one(&world.service, "c1", Terms::default()).await;
        let code = issued.code.reveal().to_owned();
        let (head, tail) = code.split_at(4);
        for written in [
            code.clone(),
            code.to_lowercase(),
            format!("  {code}\n"),
            format!("{head} {tail}"),
            format!("{head}-{tail}").to_lowercase(),
            // What a word processor makes of a dash.
            format!("{head}\u{2013}{tail}"),
            format!("{head}\u{a0}{tail}"),
        ] {
            assert_eq!(found(&world.service, &written).await.unwrap(), issued.invite.id, "{written:?}");
        }
        world.raw().await.check_integrity().await;
    }
}

#[tokio::test]
async fn a_code_made_of_a_name_is_found_without_its_dash() {
    for world in worlds().await {
        named_space(&world.service, "director", "d1", "John Smith").await;
        let issued = one(&world.service, "d1", Terms::default()).await;
        let code = issued.code.reveal().to_owned();
        assert!(code.starts_with("Joh-"), "{code}");
        for written in [code.replace('-', ""), code.replace('-', " "), code.to_uppercase(), code.to_lowercase()] {
            assert_eq!(found(&world.service, &written).await.unwrap(), issued.invite.id, "{written:?}");
        }
    }
}

#[tokio::test]
async fn a_link_finds_its_invite_whatever_its_form() {
    for world in worlds().await {
        for (policy, id) in [("space", "s1"), ("container", "c1")] {
            space(&world.service, policy, id).await;
            let issued = one(&world.service, id, Terms::default()).await;
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
                assert_eq!(found(&world.service, &link).await.unwrap(), issued.invite.id, "{link}");
            }
        }
        space(&world.service, "tree", "t1").await;
        let issued = one(&world.service, "t1", to("ann@example.org")).await;
        let link = issued.link.clone().unwrap();
        assert_eq!(found(&world.service, &link).await.unwrap(), issued.invite.id);
    }
}

#[tokio::test]
async fn an_id_finds_its_invite_in_any_letter_case() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        let made = make(&world.service, "c1", 20, Terms::default()).await.unwrap();
        for issued in &made {
            let id = issued.invite.id;
            assert_eq!(found(&world.service, &id.to_string()).await.unwrap(), id);
            assert_eq!(found(&world.service, &id.to_string().to_uppercase()).await.unwrap(), id);
        }
    }
}

#[tokio::test]
async fn a_fingerprint_of_any_length_finds_a_hashed_code() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "tree", "t1").await;
        let issued = one(&world.service, "t1", to("ann@example.org")).await;
        let hash = raw.text("SELECT code_key FROM invites").await.unwrap();
        assert_eq!((hash.len(), raw.text("SELECT code FROM invites").await), (64, None));
        for length in 6..=64 {
            let fingerprint = format!("#{}", &hash[..length]);
            assert_eq!(found(&world.service, &fingerprint).await.unwrap(), issued.invite.id, "{length}");
            let upper = fingerprint.to_uppercase();
            assert_eq!(found(&world.service, &upper).await.unwrap(), issued.invite.id, "{length}");
        }
        assert!(matches!(found(&world.service, &format!("#{}", &hash[..5])).await, Err(Error::Invalid(_))));
        assert!(matches!(found(&world.service, &format!("#{hash}0")).await, Err(Error::Invalid(_))));
        assert_eq!(issued.invite.code_key.fingerprint(), format!("#{}", &hash[..8]));
    }
}

#[tokio::test]
async fn a_fingerprint_that_two_share_is_refused_until_it_tells_them_apart() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "tree", "t1").await;
        let first = RawInvite::new(1, "t1", format!("abcdef1234{}", "0".repeat(54)));
        let second = RawInvite::new(2, "t1", format!("abcdef1234{}", "f".repeat(54)));
        insert_raw(&mut raw, &[first.clone(), second.clone()]).await;
        for shared in ["#abcdef", "#abcdef1234"] {
            let error = found(&world.service, shared).await.unwrap_err();
            assert!(matches!(error, Error::Invalid(_)), "{error:?}");
            assert!(error.to_string().contains(shared) && error.help().is_some(), "{error}");
        }
        assert_eq!(found(&world.service, "#abcdef12340").await.unwrap(), first.id);
        // f is the last hexadecimal digit: the range must reach over it.
        assert_eq!(found(&world.service, "#abcdef1234f").await.unwrap(), second.id);
        assert_eq!(found(&world.service, &format!("#{}", second.code_key)).await.unwrap(), second.id);
        assert!(matches!(found(&world.service, "#abcdef12345").await, Err(Error::NotFound(_))));
    }
}

#[tokio::test]
async fn a_fingerprint_never_finds_a_code_that_is_kept_as_text() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "container", "c1").await;
        // Of digits alone, so that its key could be taken for a hash.
        let row = RawInvite { code: Some("23456789".into()), ..RawInvite::new(1, "c1", "23456789") };
        insert_raw(&mut raw, std::slice::from_ref(&row)).await;
        assert!(matches!(found(&world.service, "#234567").await, Err(Error::NotFound(_))));
        assert_eq!(found(&world.service, "23456789").await.unwrap(), row.id);
    }
}

#[tokio::test]
async fn what_is_not_there_is_not_found_and_the_code_is_not_repeated() {
    for world in worlds().await {
        space(&world.service, "container", "c1").await;
        one(&world.service, "c1", Terms::default()).await;
        for unknown in ["ZZZZ1111", "/join/ZZZZ1111", "https://h.example/join?code=ZZZZ1111", "tree_zzzz1111"] {
            let error = found(&world.service, unknown).await.unwrap_err();
            assert!(matches!(error, Error::NotFound(_)), "{error:?}");
            let told = format!("{error} {error:?} {}", error.help().unwrap_or_default()).to_uppercase();
            assert!(!told.contains("ZZZZ1111"), "{told}");
            assert_eq!(error.reason().http_status(), 404);
        }
        let id = "01890000-0000-7000-8000-000000000001";
        assert!(matches!(found(&world.service, id).await, Err(Error::NotFound(_))));
        assert!(matches!(found(&world.service, "#3fa29c81").await, Err(Error::NotFound(_))));
    }
}

#[tokio::test]
async fn a_token_is_found_only_as_it_was_shown() {
    for world in worlds().await {
        space(&world.service, "tree", "t1").await;
        let issued = one(&world.service, "t1", to("ann@example.org")).await;
        let token = issued.code.reveal().to_owned();
        assert_eq!(found(&world.service, &token).await.unwrap(), issued.invite.id);
        let mut flipped = token.clone().into_bytes();
        let last = flipped.iter().rposition(u8::is_ascii_alphabetic).unwrap();
        flipped[last] ^= 0x20;
        for other in [
            token.to_uppercase(),
            token.to_lowercase(),
            String::from_utf8(flipped).unwrap(),
            token[..token.len() - 1].to_owned(),
            format!("{token}-"),
        ] {
            assert_ne!(other, token);
            assert!(matches!(found(&world.service, &other).await, Err(Error::NotFound(_))));
        }
    }
}

#[tokio::test]
async fn a_stored_hash_is_no_code() {
    for world in worlds().await {
        let mut raw = world.raw().await;
        space(&world.service, "tree", "t1").await;
        for number in 0..20 {
            one(&world.service, "t1", to(&format!("u{number}@example.org"))).await;
        }
        // Who reads a backup of the table must not be able to use what is in it.
        for hash in raw.texts("SELECT code_key FROM invites").await {
            for written in [hash.clone(), hash.to_uppercase(), format!("/invites/{hash}")] {
                assert!(matches!(found(&world.service, &written).await, Err(Error::NotFound(_))));
            }
        }
        raw.check_integrity().await;
    }
}
