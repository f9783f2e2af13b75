//! A cache of rendered texts, since rendering costs more than a server needs to recognize a text.
//! It has one entry per statement and engine, and a few more for statements whose text depends on
//! the arguments.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use crate::store::dialect::arg::Arg;
use crate::store::dialect::row_sources::RowSources;
use crate::store::dialect::statement::{Args, Statement};
use crate::store::dialect::writer::{Parameter, placeholder_count};
use crate::store::engine::Engine;

/// The text of a statement, and the parameters of its placeholders in order.
pub(crate) struct Text {
    pub(crate) sql: Arc<str>,
    pub(crate) parameters: Vec<Parameter>,
}

/// A statement is identified by the addresses of its parts, which are compared faster than their
/// contents.
type Places = Vec<(usize, usize)>;

/// For each argument, the form that the text depends on.
type Forms = Vec<u64>;

type Known = RwLock<HashMap<(Engine, RowSources, Places, Forms), Arc<Text>>>;

static KNOWN: LazyLock<Known> = LazyLock::new(Known::default);

/// Returns the text of a statement for an engine and for arguments of these forms; renders it if it
/// is not known.
pub(crate) fn text(
    engine: Engine,
    sources: &RowSources,
    statement: &Statement,
    args: Args<'_>,
    render: impl FnOnce() -> (String, Vec<Parameter>),
) -> Arc<Text> {
    let places = statement.0.iter().map(|part| (part.text().as_ptr().addr(), part.text().len())).collect();
    let forms = args.iter().map(|(_, arg)| form(arg)).collect();
    let key = (engine, sources.clone(), places, forms);
    if let Some(text) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
        return Arc::clone(text);
    }
    let (sql, parameters) = render();
    let text = Arc::new(Text { sql: sql.into(), parameters });
    KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&text));
    text
}

/// Returns the property of an argument that the text depends on: the number of texts that are written out, or
/// the columns of rows that are bound once.
fn form(arg: &Arg) -> u64 {
    match arg {
        Arg::Texts(texts) => placeholder_count(texts).map_or(0, |places| places as u64),
        Arg::Rows(rows) => (0..rows.shape.columns.len()).fold(0, |form, at| form << 1 | u64::from(rows.is_fixed(at))),
        Arg::Text(_) | Arg::Search(_) | Arg::Int(_) | Arg::Time(_) | Arg::Id(_) | Arg::Ids(_) => 0,
    }
}
