//! Selection of counters for `invite limits` and `invite limits reset`.

use clap::Args;

use crate::cli::values;
use crate::client::Client;
use crate::limits::{LimitFilter, LimitSubject};

/// Options that select counters. A counter has to match all of them.
#[derive(Debug, Args)]
pub(crate) struct FilterArgs {
    /// Only counters of this policy
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,

    /// Only this client: validations, uses and failed attempts
    #[arg(long, value_name = "ADDRESS", value_parser = values::client, conflicts_with_all = ["user", "space", "email"])]
    client: Option<Client>,

    /// Only this user: invites created and e-mails sent
    #[arg(long, value_name = "USER", conflicts_with_all = ["space", "email"])]
    user: Option<String>,

    /// Only this space: e-mails sent
    #[arg(long, value_name = "SPACE", conflicts_with = "email")]
    space: Option<String>,

    /// Only this e-mail address: e-mails sent, over all policies
    #[arg(long, value_name = "ADDRESS", conflicts_with = "policy")]
    email: Option<String>,
}

impl From<FilterArgs> for LimitFilter {
    fn from(args: FilterArgs) -> Self {
        let subject = args.client.map(LimitSubject::Client).or(args.user.map(LimitSubject::User));
        let subject = subject.or(args.space.map(LimitSubject::Space)).or(args.email.map(LimitSubject::Address));
        LimitFilter { policy: args.policy, subject }
    }
}
