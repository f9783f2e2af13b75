//! What only runs where a mail server, another process or a lost answer has a
//! part in it: the statements themselves.

use super::*;
use crate::error::Result;
use crate::store::{in_transaction, invites, operations, users};

pub(super) async fn statements(service: &Service) -> Result<()> {
    let now = service.now();
    let ids = [data::invite(537), data::invite(547)];
    step("an e-mail");
    in_transaction!(service.db(), |session| {
        let held = invites::get(session, &by_id(507)).await?;
        assert!(invites::hold(session, &held, hours_later(service, 1), now).await?);
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
    step("a stranger");
    in_transaction!(service.db(), |session| { users::is_known(session, "nobody").await })?;
    Ok(())
}
