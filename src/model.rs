//! Invites, codes and references to invites: pure rules without a clock or a database.

pub mod code;
pub mod invite;
pub mod reference;
