//! A mail server that is killed during deliveries: reported outcomes must be true.

use servers::MailServer;

use crate::{mailer, send};

const WORKERS: usize = 6;
const MESSAGES: usize = 30;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "needs aiosmtpd: sh tests/run.sh"]
async fn reported_outcomes_match_received_messages() {
    let server = MailServer::start();
    let mailer = mailer(&server.url());
    let mut outcomes = Vec::new();
    for round in 0..4 {
        let before = server.messages().len();
        let workers: Vec<_> = (0..WORKERS)
            .map(|worker| {
                let mailer = mailer.clone();
                tokio::spawn(async move {
                    let mut outcomes = Vec::new();
                    for index in 0..MESSAGES {
                        let to = format!("jane.{round}.{worker}.{index}@example.org");
                        let outcome = send(&mailer, &to).await;
                        outcomes.push((to, outcome));
                    }
                    outcomes
                })
            })
            .collect();
        tokio::task::block_in_place(|| {
            server.wait_for(before + 20 + round);
            server.kill9();
            server.start_again();
        });
        for worker in workers {
            outcomes.extend(worker.await.unwrap());
        }
    }
    let arrived: Vec<String> = server.messages().into_iter().map(|message| message.to).collect();
    for (to, outcome) in &outcomes {
        let count = arrived.iter().filter(|other| *other == to).count();
        match outcome {
            Ok(()) => assert_eq!(count, 1, "{to}"),
            Err(failed) if failed.perhaps_delivered => assert!(count <= 1, "{to}: {failed}"),
            Err(failed) => assert_eq!(count, 0, "{to}: {failed}"),
        }
    }
    let delivered = outcomes.iter().filter(|(_, outcome)| outcome.is_ok()).count();
    assert!(delivered >= 20 && outcomes.len() == 4 * WORKERS * MESSAGES, "{delivered} of {}", outcomes.len());
}
