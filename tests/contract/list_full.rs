//! A full list equals the lists of its parts, for all values.

use std::ops::ControlFlow;

use invite::invites::generate::Terms;
use invite::invites::list::{Filter, ListRequest, ListedInvite, Sort};
use invite::model::invite::Status;

use crate::fixture::{Fixture, hours, operator};
use crate::helpers::actions::*;
use crate::helpers::raw::Raw;
use crate::helpers::validation::{RawInvite, insert_raw};

every_engine! {
    full_list_equals_lists_of_its_parts,
}

/// More rows than a page, and not a multiple of a page.
const MANY: i64 = 1_013;

async fn lines(fixture: &Fixture, filter: &Filter, limit: Option<u32>, sort: Sort) -> Vec<String> {
    let mut lines = Vec::new();
    let request = {
        let mut request = ListRequest::new().filter(filter.clone()).sort(sort);
        request.limit = limit;
        request
    };
    let each = |ListedInvite { invite, link, used, .. }: ListedInvite| {
        let code = invite.code.as_ref().map(|code| code.reveal().to_owned());
        lines.push(format!("{invite:?} {code:?} {} {link:?} {used:?}", invite.code_key.reveal()));
        ControlFlow::Continue(())
    };
    fixture.service.list_invites(&operator(), &request, fixture.later(hours(2)).now(), each).await.unwrap();
    lines
}

async fn run_backfill(fixture: &Fixture) -> Raw {
    let service = &fixture.service;
    named_space(service, "space", "s1", "Les \"Amis\" d'Écully, 山田 \\ {fils}").await;
    named_space(service, "director", "d1", "John Smith").await;
    let mut raw = fixture.raw().await;
    let invites: Vec<RawInvite> = (1..=MANY)
        .map(|number| RawInvite {
            code: (number % 3 > 0).then(|| format!("Code-{number}")),
            max_uses: (number % 4 > 0).then_some(number),
            uses: i64::from(number % 4 > 0),
            expires_at: (number % 5 > 0).then_some(number * 7_000_001_i64.pow(2)),
            closed: (number % 7 == 0).then_some((number, "revoked")),
            ..RawInvite::new(u128::from(number.unsigned_abs()) << 80, "s1", format!("CODE{number}"))
        })
        .collect();
    insert_raw(&mut raw, &invites).await;
    for (key, note) in
        [("CODE5", "a\tb\nc\r\u{1}\u{7f}\u{85}"), ("CODE6", "\"quoted\", ''so''"), ("CODE9", "😀 \u{2028}")]
    {
        raw.run(format!("UPDATE invites SET note = '{note}' WHERE code_key = '{key}'")).await;
    }
    let odd = Terms::new().note("back\\slash \\u0041 \\\" end\\");
    create_one(service, "s1", odd).await;
    let taken = create_one(service, "d1", Terms::new()).await;
    join(&fixture.later(hours(1)), &code_of(&taken), "u\"1").await;
    raw
}

async fn full_list_equals_lists_of_its_parts(fixture: Fixture) {
    run_backfill(&fixture).await;
    let all = Filter::default;
    for (filter, most) in [
        (all(), MANY + 2),
        (all().policy("director"), 1),
        (all().role("member"), MANY + 1),
        (all().statuses([Status::Revoked]), 144),
        (all().search("quoted"), 1),
        (all().spaces(["d1"]), 1),
    ] {
        let whole = lines(&fixture, &filter, None, Sort::Newest).await;
        assert_eq!(i64::try_from(whole.len()).unwrap(), most, "{:?} {filter:?}", fixture.engine());
        assert_eq!(whole, lines(&fixture, &filter, Some(9_999), Sort::Newest).await, "{:?}", fixture.engine());
        let mut oldest = lines(&fixture, &filter, None, Sort::Oldest).await;
        oldest.reverse();
        assert_eq!(whole, oldest, "{:?}", fixture.engine());
    }
}
