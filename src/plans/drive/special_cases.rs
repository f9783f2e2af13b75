//! Statements that run only with a mail server, another process, a lost answer or far more rows.

use chrono::{DurationRound, TimeDelta};

use crate::error::Result;
use crate::plans::data;
use crate::plans::drive::fixtures::{by_id, hours_later, step};
use crate::service::Service;
use crate::store::explain;
use crate::store::in_transaction;
use crate::store::tables::cleanup::{self, LockMode, PageCursor, Purge};
use crate::store::tables::limits::many::{self, Charge};
use crate::store::tables::limits::{Counter, guesses};
use crate::store::tables::{invites, members, operations, spaces, users};

pub(crate) async fn statements(service: &Service) -> Result<()> {
    let now = service.now();
    let ids = [data::invite(537), data::invite(547)];
    step("an e-mail");
    in_transaction!(service.db(), |session| {
        let held = invites::get(session, &by_id(507)).await?;
        assert!(invites::lease(session, &held, hours_later(service, 1), now).await?);
        let seen = invites::get(session, &by_id(507)).await?;
        assert!(invites::sent(session, &seen, now).await?);
        assert!(invites::count_send(session, seen.id).await?);
        invites::not_sent(session, (&ids, Some(now)), "no answer", now).await
    })?;
    step("another process");
    in_transaction!(service.db(), |session| {
        assert_eq!(invites::present(session, &ids).await?.len(), 2);
        assert_eq!(invites::taken_slots(session, &["standing:s000704"]).await?.len(), 1);
        operations::finish(session, data::operation(5), now).await
    })?;
    step("a lost answer");
    explain::ask_for_step(service.db(), data::operation(5)).await?;
    step("a standing code of which only the hash is kept");
    let key = in_transaction!(service.db(), |session| { invites::get(session, &by_id(607)).await })?.code_key;
    assert!(in_transaction!(service.db(), |session| { invites::id_of_key(session, &key).await })?.is_some());
    step("cleanup of many invites");
    let purge = Purge { closed_before: now, include_used: false };
    in_transaction!(service.db(), |session| {
        let few = cleanup::closable_at(session, now, cleanup::MANY).await?;
        assert!(few.0.total > 0);
        assert_eq!(cleanup::closable_at(session, now, 0).await?, few);
        let few = cleanup::purgeable(session, &purge, cleanup::MANY).await?;
        assert!(few.total > 0);
        assert_eq!(cleanup::purgeable(session, &purge, 0).await?, few);
        Ok(())
    })?;
    purge_concurrently(service, &purge).await?;
    step("guess at a code built from a name");
    in_transaction!(service.db(), |session| {
        let bucket = "guesses:director:Spa-###";
        guesses::lock_counters(session, bucket).await?;
        guesses::add(session, &Counter { bucket, window: now }, 1, now).await?;
        assert_eq!(guesses::counts(session, bucket, now).await?.len(), 1);
        guesses::delete(session, bucket).await
    })?;
    for count in [1, 40] {
        step("the limits of e-mails");
        mail_limits(service, count).await?;
    }
    step("an archive of a run that was killed");
    assert!(in_transaction!(service.db(), |session| { cleanup::lock_any(session, &ids).await })?);
    purge_of_spaces(service).await?;
    step("a stranger");
    in_transaction!(service.db(), |session| { users::is_known(session, "nobody").await })?;
    Ok(())
}

/// Increments `count` existing counters, and creates as many.
async fn mail_limits(service: &Service, count: i64) -> Result<()> {
    let window = service.now().duration_trunc(TimeDelta::hours(1)).unwrap_or_default();
    let known: Vec<String> = (1..=count).map(|number| format!("validate:director:c{:06}", 2 * number)).collect();
    let new: Vec<String> = (1..=count).map(|number| format!("mails_address::{count}-{number}")).collect();
    in_transaction!(service.db(), |session| {
        let [known, new] = [&known, &new].map(|buckets| {
            let counters = buckets.iter().map(|bucket| Counter { bucket, window });
            counters.map(|counter| Charge { counter, hits: 1, limit: 100 }).collect::<Vec<_>>()
        });
        let counters: Vec<Counter<'_>> = known.iter().chain(&new).map(|charge| charge.counter.clone()).collect();
        assert_eq!(many::counts(session, &counters).await?.len(), known.len());
        many::consume_all(session, &new, &known).await?;
        many::refund_all(session, &known).await?;
        assert!(!many::create(session, &new[0].counter).await?);
        Ok(())
    })
}

/// Purges a removed space, one member at a time.
async fn purge_of_spaces(service: &Service) -> Result<()> {
    let now = service.now();
    step("open invites of removed spaces");
    in_transaction!(service.db(), |session| {
        assert_eq!(spaces::count_strays(session).await?, 0);
        assert!(spaces::with_strays(session, "", 10).await?.is_empty());
        spaces::close_strays(session, "n3", now, data::operation(5)).await
    })?;
    step("a purge of spaces");
    in_transaction!(service.db(), |session| {
        for user in ["v2", "v3"] {
            assert!(members::insert(session, "n3", user, "member", now, None).await?);
        }
        assert!(spaces::mark_removed(session, "n3", now, data::operation(5)).await?);
        let ready = spaces::ready_to_purge(session, "", now, 10).await?;
        let ids: Vec<&str> = ready.iter().map(String::as_str).collect();
        assert!(ids.contains(&"n3"));
        assert!(spaces::mark_purged(session, &ids, now, data::operation(5)).await? > 0);
        while spaces::delete_purged(session, &ids, 1).await?.spaces.is_none() {}
        Ok(())
    })
}

/// Purges while another process holds locks on some of the invites.
async fn purge_concurrently(service: &Service, purge: &Purge) -> Result<()> {
    if service.db().location().file().is_some() {
        return Ok(());
    }
    let ends = (data::invite(0), data::invite(1_000));
    in_transaction!(service.db(), |holder| {
        let held =
            cleanup::lock_candidates(holder, purge, (data::invite(0), data::invite(100)), LockMode::Range).await?;
        assert!(!held.page(holder, &mut PageCursor::default(), 10).await?.is_empty());
        in_transaction!(service.db(), |session| {
            let candidates = cleanup::lock_candidates(session, purge, ends, LockMode::Range).await?;
            assert!(!candidates.page(session, &mut PageCursor::default(), 10).await?.is_empty());
            assert!(candidates.delete(session).await? > 0);
            Ok(())
        })
    })
}
