//! Subcommands, one file each.

pub(crate) mod backfill;
pub(crate) mod cleanup;
pub(crate) mod completions;
pub(crate) mod config;
pub(crate) mod extend;
pub(crate) mod generate;
pub(crate) mod help;
pub(crate) mod init;
pub(crate) mod limits;
pub(crate) mod list;
pub(crate) mod man;
pub(crate) mod member;
pub(crate) mod migrate;
pub(crate) mod operations;
pub(crate) mod policy;
pub(crate) mod regenerate;
pub(crate) mod resend;
pub(crate) mod revoke;
pub(crate) mod show;
pub(crate) mod space;
pub(crate) mod stats;
pub(crate) mod use_invite;
pub(crate) mod validate;
