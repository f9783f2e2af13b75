//! Invites, codes and references to invites: rules without clock and database.

pub mod code;
pub mod invite;
pub mod reference;
