//! Hourly limits that three nodes count at the same moment.

use std::sync::Arc;

use chrono::Timelike;
use invite::Reason;
use invite::actions::Service;
use invite::actions::limits::{LimitFilter, Who, reset_limits};
use invite::actions::validate::{ValidateRequest, validate};
use invite::client::Client;
use invite::invite::reference::Reference;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::load::actor;
use crate::soak;
use crate::world::{World, close, quiet};

/// How many clients guess, one after the other: below the limit of them all.
const CLIENTS: usize = 7;

/// Twelve guesses of one client at once, on the nodes in turn: how many were
/// answered.
async fn guesses(services: &[Arc<Service>], client: &Client) -> usize {
    let barrier = Arc::new(Barrier::new(12));
    let mut tasks = JoinSet::new();
    for number in 0..12 {
        let (service, barrier) = (Arc::clone(&services[number % 3]), Arc::clone(&barrier));
        let reference = Reference::parse(&format!("Joh-{number:03}")).unwrap();
        let client = Some(client.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            let request = ValidateRequest { reference, user_id: None, email: None, at: None, client };
            validate(&service, &actor(), &request).await.unwrap_err().reason()
        });
    }
    let reasons = tasks.join_all().await;
    let count = |reason| reasons.iter().filter(|each| **each == reason).count();
    assert_eq!(count(Reason::NotFound) + count(Reason::RateLimited), 12, "{reasons:?}");
    count(Reason::NotFound)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_guesses_on_all_nodes_at_once_gets_five_answers() {
    let _quiet = quiet().await;
    let world = World::shared().await;
    let services = world.services(3, 4).await;
    for number in 0..CLIENTS {
        let client = Client::parse(&format!("198.51.100.{number}")).unwrap();
        loop {
            let hour = services[0].now().hour();
            let answered = guesses(&services, &client).await;
            if services[0].now().hour() == hour {
                assert_eq!(answered, 5, "{client}");
                break;
            }
            // The hour ended in between, and with it the count.
            let filter = LimitFilter { policy: None, who: Some(Who::Client(client.clone())) };
            reset_limits(&services[0], &actor(), &filter).await.unwrap();
        }
    }
    let counted = "SELECT count(*), sum(hits) FROM invite_limits WHERE bucket LIKE 'failed:%'";
    assert_eq!(world.ask_all(counted), format!("{CLIENTS}\t{}", CLIENTS * 5));
    soak::tell(&format!("Galera: {CLIENTS} clients with 12 guesses at once on 3 nodes: 5 answers each"));
    close(services).await;
}
