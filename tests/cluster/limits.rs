//! Rate limits that three nodes count concurrently.

use std::sync::Arc;

use chrono::Timelike;
use invite::Reason;
use invite::Service;
use invite::client::Client;
use invite::invites::Issued;
use invite::invites::generate::{GenerateRequest, Terms};
use invite::invites::validate::ValidateRequest;
use invite::limits::{LimitFilter, LimitSubject};
use invite::mail::{MailServer as Server, Mailer, Sender, Templates};
use invite::model::reference::Reference;
use invite::spaces::Space;
use servers::MailServer;
use tokio::sync::Barrier;
use tokio::task::JoinSet;

use crate::fixture::{Fixture, close, exclusive};
use crate::load::{Collector, actor};
use crate::soak;

/// Number of clients that guess one after the other.
const CLIENTS: usize = 7;

/// Makes twelve concurrent guesses of one client on the nodes in turn; returns the number of
/// answered ones.
async fn guesses(services: &[Arc<Service>], client: &Client) -> usize {
    let barrier = Arc::new(Barrier::new(12));
    let mut tasks = JoinSet::new();
    for number in 0..12 {
        let (service, barrier) = (Arc::clone(&services[number % 3]), Arc::clone(&barrier));
        let reference = Reference::parse(&format!("Joh-{number:03}")).unwrap();
        let client = Some(client.clone());
        tasks.spawn(async move {
            barrier.wait().await;
            let request = ValidateRequest::new(reference).client(client);
            service.validate(&actor(), &request).await.unwrap_err().reason()
        });
    }
    let reasons = tasks.join_all().await;
    let count = |reason| reasons.iter().filter(|each| **each == reason).count();
    assert_eq!(count(Reason::NotFound) + count(Reason::RateLimited), 12, "{reasons:?}");
    count(Reason::NotFound)
}

/// Creates a director whose name begins with `Joh`.
async fn director(service: &Service) {
    let space = Space::new("john", "director", "John Smith");
    service.add_space(&actor(), &space).await.unwrap();
}

/// Creates one code of the director.
async fn code(service: &Service) -> Issued {
    let request = GenerateRequest::new("john", 1);
    let mut made = Collector(Vec::new());
    service.generate(&actor(), &request, &mut made).await.unwrap();
    made.0.remove(0)
}

/// Lets sixty clients guess unused numbers on all nodes; returns the number of answered guesses.
async fn failed_attempts(services: &[Arc<Service>], issued: &Issued) -> usize {
    let barrier = Arc::new(Barrier::new(60));
    let mut tasks = JoinSet::new();
    let numbers = (0..1_000).map(|number| format!("Joh-{number:03}")).filter(|text| text != issued.code.reveal());
    for (number, text) in numbers.take(60).enumerate() {
        let (service, barrier) = (Arc::clone(&services[number % services.len()]), Arc::clone(&barrier));
        let reference = Reference::parse(&text).unwrap();
        let client = Some(Client::parse(&format!("198.51.101.{number}")).unwrap());
        tasks.spawn(async move {
            barrier.wait().await;
            let request = ValidateRequest::new(reference).client(client);
            service.validate(&actor(), &request).await.unwrap_err().reason()
        });
    }
    let reasons = tasks.join_all().await;
    let count = |reason| reasons.iter().filter(|each| **each == reason).count();
    assert_eq!(count(Reason::NotFound) + count(Reason::RateLimited), 60, "{reasons:?}");
    count(Reason::NotFound)
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn concurrent_guesses_on_all_nodes_share_one_budget() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(6, 4).await;
    director(&services[0]).await;
    let issued = code(&services[0]).await;
    assert_eq!(failed_attempts(&services, &issued).await, 50);
    // The lock applies on every node, and new codes are longer.
    for (number, service) in services.iter().take(3).enumerate() {
        let client = Some(Client::parse(&format!("198.51.102.{number}")).unwrap());
        let request = ValidateRequest::new(Reference::parse(issued.code.reveal()).unwrap()).client(client);
        assert_eq!(service.validate(&actor(), &request).await.unwrap_err().reason(), Reason::RateLimited);
        assert_eq!(code(service).await.code.reveal().len(), "Joh-0000".len());
    }
    let counted = "SELECT sum(hits) FROM invite_limits WHERE bucket = 'guesses:director:Joh-###' \
         AND window_start > '1970-01-02'";
    assert_eq!(fixture.ask_all(counted), "50");
    soak::report("Galera: 60 clients with one concurrent guess each on 3 nodes: 50 answers");
    close(services).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn codes_created_on_all_nodes_keep_odds() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(6, 2).await;
    director(&services[0]).await;
    let mut tasks = JoinSet::new();
    for number in 0..12 {
        let service = Arc::clone(&services[number % services.len()]);
        tasks.spawn(async move { code(&service).await.code.reveal().len() });
    }
    let lengths = tasks.join_all().await;
    let count = |length| lengths.iter().filter(|each| **each == length).count();
    assert_eq!((count("Joh-000".len()), count("Joh-0000".len())), (2, 10), "{lengths:?}");
    close(services).await;
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn nodes_share_limit_of_five_answers_per_client() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let services = fixture.services(3, 4).await;
    for number in 0..CLIENTS {
        let client = Client::parse(&format!("198.51.100.{number}")).unwrap();
        loop {
            let hour = services[0].now().hour();
            let answered = guesses(&services, &client).await;
            if services[0].now().hour() == hour {
                assert_eq!(answered, 5, "{client}");
                break;
            }
            // The window ended in between.
            let filter = LimitFilter::new().subject(LimitSubject::Client(client.clone()));
            services[0].reset_limits(&actor(), &filter).await.unwrap();
        }
    }
    let counted = "SELECT count(*), sum(hits) FROM invite_limits WHERE bucket LIKE 'failed:%'";
    assert_eq!(fixture.ask_all(counted), format!("{CLIENTS}\t{}", CLIENTS * 5));
    soak::report(&format!("Galera: {CLIENTS} clients with 12 concurrent guesses on 3 nodes: 5 answers each"));
    close(services).await;
}

/// Number of trees that invite one address concurrently.
const TREES: usize = 12;

/// Returns services on the nodes that send through one mail server.
async fn sending(fixture: &Fixture, server: &MailServer) -> Vec<Arc<Service>> {
    let mailer = || {
        let sender = Sender::new("noreply@familytree.app", None).unwrap();
        Mailer::new(Server::parse(&server.url()).unwrap(), sender, Templates::built_in()).unwrap()
    };
    let services = fixture.services(3, 4).await.into_iter().filter_map(Arc::into_inner);
    services.map(|service| Arc::new(service.with_mailer(mailer()))).collect()
}

/// Lets twelve trees invite an address concurrently, on the nodes in turn.
async fn invitations(services: &[Arc<Service>], address: &str) -> Vec<invite::Result<Issued>> {
    let barrier = Arc::new(Barrier::new(TREES));
    let mut tasks = JoinSet::new();
    for number in 0..TREES {
        let (service, barrier) = (Arc::clone(&services[number % 3]), Arc::clone(&barrier));
        let terms = Terms::new().email(address).send(true);
        tasks.spawn(async move {
            barrier.wait().await;
            service.generate_one(&actor(), &format!("tree{number}"), terms).await
        });
    }
    tasks.join_all().await
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Galera: sh tests/run.sh"]
async fn messages_of_all_nodes_stay_within_limits() {
    let _quiet = exclusive().await;
    let fixture = Fixture::shared().await;
    let server = MailServer::start();
    let services = sending(&fixture, &server).await;
    for number in 0..TREES {
        let tree = Space::new(format!("tree{number}"), "tree", format!("Tree {number}"));
        services[0].add_space(&actor(), &tree).await.unwrap();
    }
    for number in 0..CLIENTS {
        let (day, before) = (services[0].now().date_naive(), server.messages().len());
        let outcomes = invitations(&services, &format!("kim{number}@example.org")).await;
        for failure in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
            assert_eq!(failure.reason(), Reason::RateLimited, "{failure:?}");
        }
        let sent = server.messages().len() - before;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), sent);
        if services[0].now().date_naive() == day {
            assert_eq!(sent, 4, "kim{number}");
        }
    }
    soak::report(&format!(
        "Galera: {CLIENTS} addresses, invited by {TREES} trees concurrently on 3 nodes: 4 e-mails each"
    ));
    close(services).await;
}
