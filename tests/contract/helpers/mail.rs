//! Helpers of tests that send e-mails.

use invite::Result;
use invite::batch::Failure;
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms};
use invite::invites::resend::{ResendRequest, ResendSelection};
use invite::mail::{MailServer as Server, Mailer, Sender, Templates};
use invite::model::reference::Reference;
use invite::{Actor, Service};
use servers::MailServer;
use uuid::Uuid;

use crate::fixture::Fixture;
use crate::helpers::actions::{member, space};
use crate::helpers::recorder::Recorder;

/// Returns a service that sends through this mail server.
pub fn sending(service: Service, server: &MailServer) -> Service {
    let sender = Sender::new("noreply@familytree.app", None).unwrap();
    let mailer = Mailer::new(Server::parse(&server.url()).unwrap(), sender, Templates::built_in()).unwrap();
    service.with_mailer(mailer)
}

/// Creates family trees, each with the custodians `u1`, `u2` and `u3`.
pub async fn create_trees(fixture: &Fixture, ids: &[&str]) {
    for id in ids {
        space(&fixture.service, "tree", id).await;
        for user in ["u1", "u2", "u3"] {
            member(&fixture.service, id, user, "custodian", None).await;
        }
    }
}

/// Returns the terms of an invitation that is sent by e-mail.
pub fn mailed_terms(address: &str) -> Terms {
    Terms::new().email(address).send(true)
}

/// Sends an invitation to one address.
pub async fn mail(service: &Service, actor: &Actor, space: &str, address: &str) -> Result<Issued> {
    let request = GenerateRequest::new(space, 1).terms(mailed_terms(address));
    let mut recorder = Recorder::new();
    service.generate(actor, &request, &mut recorder).await?;
    Ok(recorder.done.remove(0))
}

/// Resends one invitation or prints its link; returns the failure, if any.
pub async fn resend_one(service: &Service, actor: &Actor, id: Uuid, send: bool) -> Option<Failure> {
    let request = ResendRequest::new().send(send);
    let selection = ResendSelection::Named(vec![Reference::Id(id)]);
    let plan = service.plan_resend(actor, selection, request).await.unwrap();
    assert!(plan.failures.is_empty(), "{:?}", plan.failures);
    let mut recorder = Recorder::new();
    service.resend(actor, plan, request, &mut recorder).await.unwrap();
    recorder.failures.pop()
}
