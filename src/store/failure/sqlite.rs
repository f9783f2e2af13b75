//! The errors of `SQLite`, by its result codes.

use sqlx::Error as SqlxError;

use super::{Fault, Verdict, too_many_files};
use crate::error::Error;
use crate::store::target::DatabaseFile;

/// `SQLite`'s extended result code; none for other failures.
fn extended_code(error: &SqlxError) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// The same without its extension.
fn primary_code(error: &SqlxError) -> Option<i32> {
    extended_code(error).map(|extended| extended & 0xff)
}

/// Reading needs files beside the database, and they cannot be made.
const READONLY_CANTINIT: i32 = 1288;
const READONLY_DIRECTORY: i32 = 1544;

/// A value that is too long, or of a type that the column does not take.
const TOO_BIG: i32 = 18;
const MISMATCH: i32 = 20;

/// A unique index or the primary key has the value already.
const UNIQUE: i32 = 2067;
const PRIMARY_KEY: i32 = 1555;

pub(super) fn fault(error: SqlxError, file: &DatabaseFile) -> Fault {
    let verdict = match (primary_code(&error), extended_code(&error)) {
        (Some(19), Some(UNIQUE | PRIMARY_KEY)) => Verdict::Conflict,
        (Some(19 | TOO_BIG | MISMATCH), _) => Verdict::Row,
        (Some(5 | 6), _) => Verdict::Held,
        _ => Verdict::Final,
    };
    Fault::new(verdict, failure(error, file))
}

/// Another process has the file for itself.
pub(in crate::store) fn held(file: &DatabaseFile) -> Error {
    Error::unavailable(format!("the database {} is held by another process", file.path().display()))
        .hint("wait for the other run to end, or find it: fuser on the file names the process")
}

fn failure(error: SqlxError, file: &DatabaseFile) -> Error {
    let place = file.path().display();
    let Some(code) = primary_code(&error) else {
        return Error::database(format!("the database {place} failed")).caused_by(error);
    };
    // The engine does not tell why it could not open a file.
    if let (10 | 14, Some(error)) = (code, too_many_files(&place.to_string())) {
        return error;
    }
    match code {
        5 | 6 => held(file),
        8 if matches!(extended_code(&error), Some(READONLY_CANTINIT | READONLY_DIRECTORY)) => Error::database(format!(
            "the folder of {place} cannot be written, and even reading makes files beside the database"
        ))
        .hint("run as the account that owns the folder, or read a copy in a folder of your own"),
        8 if file.is_read_only() => Error::database(format!("the database {place} is opened for reading only"))
            .hint("leave ?mode=ro out of the URL to change something"),
        8 => Error::database(format!("the database {place} cannot be written"))
            .hint("check the owner and mode of the file and of its folder, or run as the account that owns it"),
        10 => Error::database(format!("reading or writing {place} failed"))
            .hint("check the disk; nothing that was reported as done is lost"),
        11 => Error::database(format!("the database {place} is damaged"))
            .hint("restore a backup; sqlite3 FILE 'PRAGMA integrity_check' tells more"),
        13 => Error::database(format!("the disk or the quota is full: {place} cannot grow"))
            .hint("free some space and run the same command again; what was reported as done is stored"),
        14 => Error::database(format!("the database {place} cannot be opened"))
            .hint("check that the folder exists and that this account may write in it"),
        19 | TOO_BIG | MISMATCH => {
            let why = error.as_database_error().map_or_else(|| error.to_string(), |inner| inner.message().to_owned());
            Error::database("the database refused a row").caused_by(super::in_one_line(&why)).of_one_row()
        }
        26 => Error::database(format!("{place} is not a database"))
            .hint("check the path; a new database needs a path where no file is"),
        _ => Error::database(format!("the database {place} failed")).caused_by(error),
    }
}
