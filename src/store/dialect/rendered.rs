//! The texts that engines take, kept: making one costs more than a server needs
//! to tell it from another. There are as many as this source has statements, and
//! for some a few more: their text follows the form of what is bound.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use crate::store::db::row::Arg;
use crate::store::dialect::{Args, Statement, place, places_of, resolve_fragments};
use crate::store::engine::Engine;

/// A statement's text, and the names of its values in order.
pub(crate) struct Text {
    pub(crate) sql: Arc<str>,
    pub(crate) names: Vec<String>,
}

/// A text is known by where its pieces stand in the program, which is looked up
/// faster than what they say.
type Places = Vec<(usize, usize)>;

/// The form of each value that is bound, as far as the text follows it.
type Forms = Vec<u64>;

type Known = RwLock<HashMap<(Engine, Places, Forms), Arc<Text>>>;

static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);

/// The text of a statement for an engine and for values of these forms.
pub(crate) fn text(engine: Engine, statement: &Statement, args: Args<'_>) -> Arc<Text> {
    let places = statement.0.iter().map(|piece| (piece.as_ptr().addr(), piece.len())).collect();
    let forms = args.iter().map(|(_, arg)| form(arg)).collect();
    let key = (engine, places, forms);
    if let Some(text) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Arc::clone(text);
    }
    let mut resolved = String::with_capacity(statement.0.iter().map(|piece| piece.len()).sum());
    for piece in &statement.0 {
        resolve_fragments(engine, piece, args, &mut resolved);
    }
    let (sql, names) = place(engine, &resolved);
    let text = Arc::new(Text { sql: sql.into(), names });
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&text));
    text
}

/// What of a value its statement's text follows: how many texts are written out,
/// or which columns of rows are bound once.
fn form(arg: &Arg) -> u64 {
    match arg {
        Arg::Texts(texts) => places_of(texts).map_or(0, |places| places as u64),
        Arg::Rows(rows) => (0..rows.shape.columns.len()).fold(0, |form, at| form << 1 | u64::from(rows.is_fixed(at))),
        Arg::Text(_) | Arg::Search(_) | Arg::Int(_) | Arg::Time(_) | Arg::Id(_) | Arg::Ids(_) => 0,
    }
}
