//! `resend` isolates rows that the database refuses.

use invite::invites::Issued;
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::model::reference::Reference;

use crate::fixture::{Fixture, operator};
use crate::helpers::actions::*;
use crate::helpers::recorder::Recorder;
use crate::refused_rows::{assert_words, refusals, set};

every_engine! {
    resend_isolates_every_kind_of_refusal,
}

const PRINTED: ResendRequest = ResendRequest::new();

async fn resend_isolates_every_kind_of_refusal(fixture: Fixture) {
    let mut raw = fixture.raw().await;
    let service = &fixture.service;
    space(service, "tree", "t").await;
    let condition = "NEW.email = 'b@example.org' AND NEW.resends > 0";
    for refusal in refusals(fixture.engine(), "UPDATE", "invites", condition) {
        let mut ids = Vec::new();
        for name in ["a", "b", "c"] {
            ids.push(create_one(service, "t", terms_to(&format!("{name}@example.org"))).await.invite.id);
        }
        set(&mut raw, &refusal.set).await;
        let named = || ResendSelection::Named(ids.iter().map(|id| Reference::Id(*id)).collect());
        let before = raw.dump().await;
        let plan = service.plan_resend(&operator(), named(), PRINTED).await.unwrap();
        let mut predicted = Recorder::<Issued>::new();
        let planned = service.dry_run_resend(&operator(), &plan, PRINTED, &mut predicted).await.unwrap();
        assert!(raw.dump().await == before, "the dry run changed something");
        let mut recorder = Recorder::<Issued>::new();
        let done = service.resend(&operator(), plan, PRINTED, &mut recorder).await.unwrap();
        for (summary, recorder) in [(planned, predicted), (done, recorder)] {
            assert_eq!((summary.reissued, summary.failed), (2, 1), "{}", refusal.name);
            assert_words(&fixture, &refusal, &recorder.failures, 1);
            // The line of the file that named the invitation.
            assert_eq!(recorder.failures[0].line, Some(2), "{}", refusal.name);
            assert_eq!(recorder.failures[0].subject, format!("invite {}", ids[1]));
        }
        set(&mut raw, &refusal.unset).await;
        raw.run("DELETE FROM invite_changes").await;
        raw.run("DELETE FROM invites").await;
    }
    raw.check_integrity().await;
}
