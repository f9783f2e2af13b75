//! Rate limits: counted in the database, so that all processes share them; listed and
//! reset. The limits themselves are keys of a policy (`policies.toml`).
//!
//! A window is a whole hour or a whole day of the database's clock. A counter's bucket
//! is `KIND:POLICY:SUBJECT`, and `KIND::FINGERPRINT` for e-mail addresses. Failed
//! attempts at codes that are built from a name count over a code's lifetime instead
//! (`limits/guesses.rs`). Buckets that begin with `~` are internal and never listed.

mod address;
mod attempts;
mod buckets;
mod client_counters;
mod client_limits;
mod create_limit;
mod filter;
mod guess_groups;
mod guesses;
mod kind;
mod list;
mod mails;
mod reset;
mod sweep;
mod usage;
mod window;

pub(crate) use crate::limits::attempts::{Attempt, AttemptKind, consume_attempt};
pub(crate) use crate::limits::buckets::sweepable_buckets;
pub(crate) use crate::limits::create_limit::{
    check_create_limit, consume_creates, consume_creates_up_to, create_limit_denial, refund_creates,
};
pub use crate::limits::filter::{LimitFilter, LimitSubject};
pub(crate) use crate::limits::guess_groups::sweep_guesses;
pub(crate) use crate::limits::guesses::{CodeGroup, instants};
pub use crate::limits::kind::LimitKind;
pub(crate) use crate::limits::mails::{
    DryRunMails, Mail, Refund, consume_mail, consume_mails, refund_mails, sweep_mail_counters,
};
pub(crate) use crate::limits::sweep::{delete_ended, last_ended_bucket};
pub use crate::limits::usage::LimitUsage;
