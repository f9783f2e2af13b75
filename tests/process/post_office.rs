//! A workshop beside a real mail server: invitations go out, and are read.

use std::process::{Command, Output};

use serde_json::Value;
use servers::{MailServer, Message};

use crate::workshop::{Engine, Workshop, text};

/// A family tree on an engine, and the server that takes its invitations.
pub struct PostOffice {
    pub workshop: Workshop,
    pub server: MailServer,
}

impl PostOffice {
    pub fn on(engine: Engine) -> Self {
        PostOffice::with(engine, MailServer::start())
    }

    pub fn with(engine: Engine, server: MailServer) -> Self {
        let workshop = Workshop::on(engine);
        workshop.succeed(&["space", "add", "smith", "--policy", "tree", "--name", "Smith Family Tree"]);
        workshop.succeed(&["member", "add", "smith", "u1", "--role", "custodian", "--name", "Ann Smith"]);
        PostOffice { workshop, server }
    }

    /// The binary, told where mail goes.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_to(&self.server.url(), args)
    }

    /// The same with a server of the test's choice.
    pub fn command_to(&self, url: &str, args: &[&str]) -> Command {
        let mut command = self.workshop.command(args);
        command
            .env("INVITE_SMTP_URL", url)
            .env("FROM_EMAIL", "noreply@familytree.app")
            .env("FROM_NAME", "Family Tree")
            .env("FRONTEND_URL", "http://localhost:3000");
        command
    }

    pub fn run(&self, args: &[&str]) -> Output {
        self.command(args).output().unwrap()
    }

    /// What a run says as JSON, which has to end so.
    pub fn json(&self, args: &[&str], exit: i32) -> Value {
        let output = self.run(&[args, &["-o", "json"]].concat());
        assert_eq!(output.status.code(), Some(exit), "{}\n{}", text(&output.stdout), text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Invites one address, whose e-mail has to go out.
    pub fn invite(&self, address: &str) -> Value {
        self.json(&["generate", "--space", "smith", "--email", address, "--as", "u1"], 0)["invites"][0].clone()
    }

    /// Writes a file of so many people, each with an address of their own.
    pub fn people(&self, count: usize) -> String {
        let file = self.workshop.path("people.csv");
        let rows = (0..count).map(|number| format!("person{number}@example.org,viewer"));
        let lines: Vec<String> = std::iter::once("email,role".to_owned()).chain(rows).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// How many invites of the database are so.
    pub fn invites_where(&self, condition: &str) -> i64 {
        self.workshop.number(&format!("SELECT count(*) FROM invites WHERE {condition}"))
    }
}

/// The link in a message, which stands on a line of its own.
pub fn link_in(message: &Message) -> &str {
    let links: Vec<&str> = message.text.lines().map(str::trim).filter(|line| line.starts_with("http")).collect();
    assert_eq!(links.len(), 1, "{}", message.text);
    assert!(message.html.replace("&#x2f;", "/").contains(links[0]), "{}", message.html);
    links[0]
}
