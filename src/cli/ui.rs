//! Output, input and formats of the command line.

pub(crate) mod batch;
pub(crate) mod changes;
pub(crate) mod csv;
pub(crate) mod delivery;
pub(crate) mod errors;
pub(crate) mod fields;
pub(crate) mod instant;
pub(crate) mod json;
pub(crate) mod listing;
pub(crate) mod logs;
pub(crate) mod new_file;
pub(crate) mod output;
pub(crate) mod paths;
pub(crate) mod printer;
pub(crate) mod progress;
pub(crate) mod prompt;
pub(crate) mod qr;
pub(crate) mod qr_args;
pub(crate) mod reference_sources;
pub(crate) mod row;
pub(crate) mod table;
pub(crate) mod text;
pub(crate) mod views;
