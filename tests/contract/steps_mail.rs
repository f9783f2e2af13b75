//! Steps of the tests that send e-mails.

use invite::batch::Failure;
use invite::error::Result;
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms, generate};
use invite::invites::resend::{ResendRequest, ResendSelection, plan_resend, resend};
use invite::mail::{MailServer as Server, Mailer, Sender, Templates};
use invite::model::reference::Reference;
use invite::service::{Actor, Service};
use servers::MailServer;
use uuid::Uuid;

use crate::fixture::Fixture;
use crate::recorder::Recorder;
use crate::steps::{member, space};

/// A service that sends through this server.
pub fn sending(service: Service, server: &MailServer) -> Service {
    let sender = Sender::new("noreply@familytree.app", None).unwrap();
    let mailer = Mailer::new(Server::parse(&server.url()).unwrap(), sender, Templates::built_in()).unwrap();
    service.with_mailer(mailer)
}

/// Family trees, each with the custodians `u1`, `u2` and `u3`.
pub async fn trees(fixture: &Fixture, ids: &[&str]) {
    for id in ids {
        space(&fixture.service, "tree", id).await;
        for user in ["u1", "u2", "u3"] {
            member(&fixture.service, id, user, "custodian", None).await;
        }
    }
}

/// Terms of an invitation that is sent.
pub fn mailed(address: &str) -> Terms {
    Terms { email: Some(address.into()), send: true, ..Terms::default() }
}

/// Invites one address by e-mail.
pub async fn mail(service: &Service, actor: &Actor, space: &str, address: &str) -> Result<Issued> {
    let request = GenerateRequest { space_id: space.into(), count: 1, terms: mailed(address) };
    let mut recorder = Recorder::new();
    generate(service, actor, &request, &mut recorder).await?;
    Ok(recorder.done.remove(0))
}

/// Sends one invitation again, or prints its link; returns why not.
pub async fn again(service: &Service, actor: &Actor, id: Uuid, send: bool) -> Option<Failure> {
    let request = ResendRequest { keep_link: false, send };
    let selection = ResendSelection::Named(vec![Reference::Id(id)]);
    let plan = plan_resend(service, actor, selection, request).await.unwrap();
    assert!(plan.failures.is_empty(), "{:?}", plan.failures);
    let mut recorder = Recorder::new();
    resend(service, actor, plan, request, &mut recorder).await.unwrap();
    recorder.failures.pop()
}
