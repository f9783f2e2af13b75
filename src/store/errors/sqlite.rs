//! The errors of `SQLite`, by result code.

use sqlx::Error as SqlxError;

use crate::error::Error;
use crate::store::errors::db_error::{DbError, ErrorClass};
use crate::store::errors::messages;
use crate::store::errors::open_files::too_many_files;
use crate::store::location::DatabaseFile;

/// Returns `SQLite`'s extended result code; `None` for errors of the driver.
fn extended_code(error: &SqlxError) -> Option<i32> {
    error.as_database_error()?.code()?.parse().ok()
}

/// Returns `SQLite`'s primary result code.
fn primary_code(error: &SqlxError) -> Option<i32> {
    extended_code(error).map(|extended| extended & 0xff)
}

/// Even reading needs files next to the database, which cannot be created.
const READONLY_CANTINIT: i32 = 1288;
const READONLY_DIRECTORY: i32 = 1544;

/// A value is too long, or its type does not match the column.
const TOO_BIG: i32 = 18;
const MISMATCH: i32 = 20;

/// A unique index or the primary key has the value already.
const UNIQUE: i32 = 2067;
const PRIMARY_KEY: i32 = 1555;

pub(crate) fn classify(error: SqlxError, file: &DatabaseFile) -> DbError {
    let class = match (primary_code(&error), extended_code(&error)) {
        (Some(19), Some(UNIQUE | PRIMARY_KEY)) => ErrorClass::Conflict,
        (Some(19 | TOO_BIG | MISMATCH), _) => ErrorClass::RefusedRow,
        (Some(5 | 6), _) => ErrorClass::Blocked,
        _ => ErrorClass::Permanent,
    };
    DbError::new(class, failure(error, file))
}

/// Returns the error for a file that another process locks.
pub(crate) fn file_locked(file: &DatabaseFile) -> Error {
    Error::unavailable(format!("the database {} is locked by another process", file.path().display()))
        .with_hint("wait for the other process, or find it: fuser FILE")
}

fn failure(error: SqlxError, file: &DatabaseFile) -> Error {
    let place = file.path().display();
    let Some(code) = primary_code(&error) else {
        return Error::database(format!("the database {place} failed")).with_source(error);
    };
    // SQLite does not report why it could not open a file.
    if let (10 | 14, Some(error)) = (code, too_many_files(&place.to_string())) {
        return error;
    }
    match code {
        5 | 6 => file_locked(file),
        8 if matches!(extended_code(&error), Some(READONLY_CANTINIT | READONLY_DIRECTORY)) => {
            Error::database(format!("cannot write to the folder of {place}, where even reading creates files"))
                .with_hint("run the command as the owner of the folder, or read a copy in another folder")
        }
        8 if file.is_read_only() => Error::database(format!("the database {place} is opened read-only"))
            .with_hint("to change data, remove ?mode=ro from the URL"),
        8 => Error::database(format!("cannot write to the database {place}"))
            .with_hint("check the owner and mode of the file and its folder, or run the command as the owner"),
        10 => Error::database(format!("reading or writing {place} failed"))
            .with_hint("check the disk; changes that were reported are stored"),
        11 => Error::database(format!("the database {place} is corrupt"))
            .with_hint("restore a backup, or check the file: sqlite3 FILE 'PRAGMA integrity_check'"),
        13 => Error::database(format!("the disk or quota is full: cannot write to {place}"))
            .with_hint("free some space, then run the same command again; changes that were reported are stored"),
        14 => Error::database(format!("cannot open the database {place}"))
            .with_hint("check that the folder exists and that this account can write to it"),
        19 | TOO_BIG | MISMATCH => {
            let why = error.as_database_error().map_or_else(|| error.to_string(), |inner| inner.message().to_owned());
            Error::database("the database refused a row").with_source(messages::single_line(&why)).of_row()
        }
        26 => Error::database(format!("{place} is not a database"))
            .with_hint("check the path; a new database needs a path where no file exists"),
        _ => Error::database(format!("the database {place} failed")).with_source(error),
    }
}
