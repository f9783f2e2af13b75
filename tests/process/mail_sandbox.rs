//! A sandbox with a real mail server.

use std::process::{Command, Output};

use serde_json::Value;
use servers::{MailServer, Message};

use crate::sandbox::{Engine, Sandbox, text};

/// A family tree on an engine, and the mail server of its invitations.
pub struct MailSandbox {
    pub sandbox: Sandbox,
    pub server: MailServer,
}

impl MailSandbox {
    pub fn on(engine: Engine) -> Self {
        MailSandbox::with(engine, MailServer::start())
    }

    pub fn with(engine: Engine, server: MailServer) -> Self {
        let sandbox = Sandbox::on(engine);
        sandbox.succeed(&["space", "add", "smith", "--policy", "tree", "--name", "Smith Family Tree"]);
        sandbox.succeed(&["member", "add", "smith", "u1", "--role", "custodian", "--name", "Ann Smith"]);
        MailSandbox { sandbox, server }
    }

    /// Returns a command with the URL of the mail server.
    pub fn command(&self, args: &[&str]) -> Command {
        self.command_to(&self.server.url(), args)
    }

    /// Returns a command with another mail server URL.
    pub fn command_to(&self, url: &str, args: &[&str]) -> Command {
        let mut command = self.sandbox.command(args);
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

    /// Runs a command with this exit code, and returns its JSON.
    pub fn json(&self, args: &[&str], exit: i32) -> Value {
        let output = self.run(&[args, &["-o", "json"]].concat());
        assert_eq!(output.status.code(), Some(exit), "{}\n{}", text(&output.stdout), text(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Invites one address; panics if the e-mail is not sent.
    pub fn invite(&self, address: &str) -> Value {
        self.json(&["generate", "--space", "smith", "--email", address, "--as", "u1"], 0)["invites"][0].clone()
    }

    /// Writes a CSV file with this many addresses, and returns its path.
    pub fn people(&self, count: usize) -> String {
        let file = self.sandbox.path("people.csv");
        let rows = (0..count).map(|number| format!("person{number}@example.org,viewer"));
        let lines: Vec<String> = std::iter::once("email,role".to_owned()).chain(rows).collect();
        std::fs::write(&file, lines.join("\n")).unwrap();
        file.to_str().unwrap().to_owned()
    }

    /// Returns the number of invites that match a condition.
    pub fn invites_where(&self, condition: &str) -> i64 {
        self.sandbox.number(&format!("SELECT count(*) FROM invites WHERE {condition}"))
    }
}

/// Returns the link of a message, which has its own line.
pub fn link_in(message: &Message) -> &str {
    let links: Vec<&str> = message.text.lines().map(str::trim).filter(|line| line.starts_with("http")).collect();
    assert_eq!(links.len(), 1, "{}", message.text);
    assert!(message.html.replace("&#x2f;", "/").contains(links[0]), "{}", message.html);
    links[0]
}
