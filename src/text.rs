//! Validation, comparison and display of text: IDs, names, addresses, search texts.
//!
//! All input passes through the functions of this module, so that every command accepts
//! and compares the same text.

mod address;
mod characters;
mod checks;
mod nearest;
mod nulls;
mod redacted;
mod search;
mod shown;

pub(crate) use crate::text::address::canonical_address;
pub(crate) use crate::text::characters::is_invisible;
pub(crate) use crate::text::checks::{MAX_ID, check_id, check_name, check_text};
pub(crate) use crate::text::nearest::nearest;
pub(crate) use crate::text::nulls::{is_null_word, null_word_hint};
pub(crate) use crate::text::redacted::{Presence, redacted_debug};
pub(crate) use crate::text::search::{SearchText, check_search};
#[cfg(feature = "cli")]
pub(crate) use crate::text::shown::safe;
pub(crate) use crate::text::shown::{is_unsafe, quoted, shortened, with_article, wrapped};
