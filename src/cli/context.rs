//! Context of a command: global options, printer, prompter, settings, and a service when
//! the command asks for one.

use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::calendar::Zone;
use crate::cli::exit::Exit;
use crate::cli::global::GlobalArgs;
use crate::cli::host::{Host, Interrupt};
use crate::cli::ui::printer::Printer;
use crate::cli::ui::prompt::Prompter;
use crate::cli::ui::text::safe;
use crate::clock::Clock;
use crate::config::{Flags, Settings, user_file};
use crate::error::Error;
use crate::files;
use crate::model::reference::Reference;
use crate::random::Random;
use crate::service::{Actor, Service};
use crate::shell::word;
use crate::store::db::database::Db;
use crate::store::db::options::DbOptions;
use crate::store::location::Location;
use crate::store::location::file::MissingFile;
use crate::text::{check_id, check_text};

/// Maximum size of a code or a link on standard input, in bytes. It is larger than the
/// parser accepts, whose error message contains the length.
pub(crate) const MAX_INPUT: u64 = 64 * 1024;

/// Maximum number of connections. A bulk command reads ahead on the second one, which is
/// opened on demand.
const CONNECTIONS: u32 = 2;

/// Context of one command.
pub(crate) struct Context {
    pub global: GlobalArgs,
    pub printer: Printer,
    pub prompter: Prompter,
    pub interrupt: Interrupt,
    settings: Settings,
    stdin: Option<Box<dyn Read + Send>>,
    user_config: Option<PathBuf>,
    account: fn() -> String,
    clock: Clock,
    random: Option<Random>,
    opened: Option<Db>,
    /// True if the command may change data, so that it records an operation.
    writes: bool,
}

impl Context {
    /// Creates the context from the options and the environment of a command.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an invalid option value; errors of the configuration.
    pub(crate) fn new(global: GlobalArgs, printer: Printer, host: Host) -> crate::error::Result<Self> {
        if let Some(user) = &global.actor {
            check_id("user of --as", user)?;
        }
        if let Some(reason) = &global.reason {
            check_text("reason", reason, 500)?;
        }
        let mut stdin = Some(host.stdin);
        let database_url_file = match global.database_url_file.as_deref() {
            None => None,
            Some("-") => {
                let mut url = String::new();
                let mut input = stdin.take().unwrap_or_else(|| Box::new(std::io::empty()));
                input.read_to_string(&mut url).map_err(|error| {
                    Error::invalid("cannot read the database URL from standard input").with_source(error)
                })?;
                Some(("-".to_owned(), url))
            }
            Some(file) => {
                let url = files::read_text(Path::new(file)).map_err(|error| {
                    Error::invalid(format!("{file} cannot be read"))
                        .with_source(error)
                        .with_hint("name a regular file, or - for standard input")
                })?;
                Some((file.to_owned(), url))
            }
        };
        let flags = Flags {
            config: global.config.clone(),
            database_url: global.database_url.clone(),
            database_url_file,
            profile: global.profile.clone(),
            timeout: global.timeout,
            schema: global.schema.clone(),
        };
        let settings = Settings::load(&flags, &host.environment, &host.system_config)?;
        let instead = "write the URL into a file, and use --database-url-file FILE";
        printer.warn_of_password("--database-url", &global.database_url, instead);
        let prompter = Prompter::new(printer.clone(), host.can_ask, global.yes, global.no_input);
        Ok(Context {
            global,
            printer,
            prompter,
            settings,
            interrupt: host.interrupt,
            stdin,
            user_config: user_file(&host.environment),
            account: host.account,
            clock: host.clock,
            random: host.random,
            opened: None,
            writes: false,
        })
    }

    /// Sets whether the command may change data, so that it records an operation.
    pub(crate) fn set_writes(&mut self, writes: bool) {
        self.writes = writes;
    }

    /// Returns the effective settings.
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// Returns the path of the user's configuration file, which may not exist.
    pub(crate) fn user_config(&self) -> Option<PathBuf> {
        self.user_config.clone()
    }

    /// Returns the clock of this machine, which may differ from that of the database.
    pub(crate) fn clock(&self) -> Clock {
        self.clock
    }

    /// Returns the time zone of dates and times without an offset.
    pub(crate) fn zone(&self) -> &Zone {
        &self.settings.time_zone.value
    }

    /// Returns the URL of the database without its password, for messages.
    pub(crate) fn target(&self) -> String {
        safe(&self.settings.database.value.url())
    }

    /// Returns the message for a database without spaces.
    pub(crate) fn no_spaces(&self) -> String {
        format!("No spaces found in {}. Import spaces: invite space import spaces.csv", self.target())
    }

    /// Returns the actor: the operator, and the user of `--as`.
    pub(crate) fn actor(&self) -> Actor {
        Actor {
            operator: (self.account)(),
            user: self.global.actor.clone(),
            on_behalf_of: None,
            reason: self.global.reason.clone(),
        }
    }

    /// Warns of an unprotected connection to another machine, and of row-level security that
    /// may hide rows. Prints nothing with `--quiet`.
    pub(crate) fn warn_of_connection(&self, db: &Db) {
        if self.global.quiet {
            return;
        }
        self.warn_of_hidden_rows(db);
        if let Location::Server(server) = &self.settings.database.value
            && let Some(warning) = server.warning()
        {
            self.printer.warn(&safe(warning));
        }
    }

    /// Opens the database.
    ///
    /// # Errors
    /// As [`Db::open`]; a database that does not exist is an error.
    pub(crate) async fn service(&mut self) -> Result<Service> {
        self.open(MissingFile::Refuse).await
    }

    /// Opens the database like [`Context::service`], for a command that sends e-mails.
    pub(crate) async fn service_with_mail(&mut self) -> Result<Service> {
        let mailer = self.settings.mail.mailer();
        Ok(self.service().await?.with_mail(mailer))
    }

    /// Opens the database; creates an embedded database that does not exist.
    pub(crate) async fn service_or_create(&mut self) -> Result<Service> {
        self.open(MissingFile::Create).await
    }

    /// Returns the options for opening the database.
    pub(crate) fn db_options(&self, connections: u32) -> DbOptions {
        let options = DbOptions::new(connections).timeout(self.settings.timeout.value);
        if !self.printer.draws_lines() {
            return options;
        }
        let printer = self.printer.clone();
        options.on_wait(move |waiting| printer.draw_wait(waiting))
    }

    async fn open(&mut self, missing: MissingFile) -> Result<Service> {
        let db = Db::open(self.settings.database.value.clone(), missing, self.db_options(CONNECTIONS)).await?;
        self.warn_of_connection(&db);
        self.opened = Some(db.clone());
        self.printer.set_database(db.clone());
        self.warn_of_readers(&db);
        let random = match self.random.take() {
            Some(random) => random,
            None => Random::from_system()?,
        };
        let Settings { policies, links, require_actor, .. } = self.settings.clone();
        let service = Service::new(db, policies, links, self.clock, random).require_actor(require_actor.value);
        if self.writes {
            service.follow_operations().await?;
        }
        self.printer.set_now(service.now());
        Ok(service)
    }

    fn warn_of_hidden_rows(&self, db: &Db) {
        if let Some(tables) = db.hidden_tables() {
            self.printer.warn(&format!(
                "row-level security may hide rows of {tables} from this database account; hidden rows count as missing"
            ));
        }
    }

    /// Warns of hidden rows after a "not found" with `--quiet`, which suppressed the warning
    /// before.
    pub(crate) fn explain_missing(&self) {
        if let Some(db) = &self.opened
            && self.global.quiet
        {
            self.warn_of_hidden_rows(db);
        }
    }

    /// Warns if other accounts of this machine may read the database file.
    fn warn_of_readers(&self, db: &Db) {
        let Some(file) = db.location().file() else { return };
        if let Some(mode) = file.exposed_mode() {
            let path = file.path().display().to_string();
            self.printer.warn(&format!(
                "the database {} is readable by other accounts (mode {mode:04o}); restrict it: chmod 600 {}",
                safe(&path),
                safe(&word(&path))
            ));
        }
    }

    /// Closes the database, if it is open. The last process that closes an embedded database
    /// removes its write-ahead log.
    pub(crate) async fn close(&mut self) {
        if let Some(db) = self.opened.take() {
            db.close().await;
        }
    }

    /// Returns standard input.
    ///
    /// # Errors
    /// [`Error::Invalid`] on the second call.
    pub(crate) fn stdin(&mut self) -> Result<Box<dyn Read + Send>> {
        self.stdin.take().ok_or_else(|| Error::invalid("standard input can be used only once").into())
    }

    /// Opens a file, or standard input for `-`. A signal interrupts reading.
    pub(crate) fn input(&mut self, name: &str) -> Result<Box<dyn Read + Send>> {
        if name == "-" {
            return self.stdin();
        }
        let file = files::open_input(Path::new(name)).map_err(|error| {
            Error::invalid(format!("cannot read {name}"))
                .with_source(error)
                .with_hint("check the path: it must be a regular file, or - for standard input")
        })?;
        let interrupt = self.interrupt.clone();
        Ok(Box::new(BufReader::new(file.stop_when(move || interrupt.raised().is_some()))))
    }

    /// Parses a reference to an invite. `-` reads it from standard input, where the list of
    /// processes does not show it.
    pub(crate) fn reference(&mut self, text: &str) -> Result<Reference> {
        if text != "-" {
            return Ok(Reference::parse(text)?);
        }
        let mut line = String::new();
        self.stdin()?
            .take(MAX_INPUT)
            .read_to_string(&mut line)
            .map_err(|error| Error::invalid("cannot read standard input").with_source(error))?;
        Ok(Reference::parse(&line)?)
    }

    /// Prints a hint if links were requested and have no host, because no base URL is set.
    pub(crate) fn explain_relative_links(&self, requested: bool) {
        if requested && !self.settings.links.are_absolute() {
            self.printer.info(
                "hint: links are paths without a host, because base_url is not set; set it in the configuration, \
                 INVITE_BASE_URL or FRONTEND_URL",
            );
        }
    }

    /// Prints that a command did not complete, and that its completed work is saved.
    pub(crate) fn report_incomplete(&self, interrupted: bool, failed: bool) {
        if failed && self.interrupt.raised().is_none() {
            self.printer.info("Stopped by an error. Completed work is saved; run the command again to continue.");
        } else if failed || interrupted {
            self.printer.status("Interrupted. Completed work is saved; run the command again to continue.");
        }
    }

    /// Returns the exit result of a batch from its counts.
    pub(crate) fn exit(&self, interrupted: bool, failed: u64) -> Exit {
        match self.interrupt.raised() {
            Some(code) if interrupted => Exit::Interrupted(code),
            _ if failed > 0 => Exit::SomeFailed,
            _ => Exit::Done,
        }
    }
}
