//! Rows in the binary COPY format.

use chrono::{DateTime, Utc};

use crate::store::dialect::arg::Arg;
use crate::store::dialect::arg::Shape;

/// The header: a signature, no flags, no extension.
const HEAD: &[u8] = b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0";

/// The trailer: a row of -1 columns.
const TAIL: [u8; 2] = (-1_i16).to_be_bytes();

/// The length of a NULL.
const NULL: [u8; 4] = (-1_i32).to_be_bytes();

/// Microseconds from 1970 to 2000, from where `PostgreSQL` counts.
const EPOCH: i64 = 946_684_800_000_000;

/// Returns the COPY statement for the rows of a shape.
pub(crate) fn statement(shape: &Shape) -> String {
    let columns: Vec<&str> = shape.columns.iter().map(|(name, _)| *name).collect();
    format!("COPY {} ({}) FROM STDIN (FORMAT binary)", shape.table, columns.join(", "))
}

/// Rows per message: while the engine reads a part, the next one is encoded.
const ROWS_AT_ONCE: usize = 500;

/// Encodes a row for each item, in parts that are sent one after the other. There must be at least
/// one item.
pub(crate) fn encode<T, const N: usize>(items: &[T], row: impl Fn(&T) -> [Arg; N]) -> impl Iterator<Item = Vec<u8>> {
    debug_assert!(!items.is_empty());
    let parts = items.len().div_ceil(ROWS_AT_ONCE);
    items.chunks(ROWS_AT_ONCE).enumerate().map(move |(at, items)| {
        let mut data = Vec::with_capacity(items.len() * N * 24);
        if at == 0 {
            data.extend_from_slice(HEAD);
        }
        for item in items {
            push_length(&mut data, N, |length: i16| length.to_be_bytes());
            for cell in &row(item) {
                push(&mut data, cell);
            }
        }
        if at + 1 == parts {
            data.extend_from_slice(&TAIL);
        }
        data
    })
}

fn push(data: &mut Vec<u8>, cell: &Arg) {
    match cell {
        Arg::Text(None) | Arg::Int(None) | Arg::Time(None) | Arg::Id(None) => data.extend_from_slice(&NULL),
        Arg::Text(Some(text)) => push_bytes(data, text.as_bytes()),
        Arg::Int(Some(number)) => push_bytes(data, &number.to_be_bytes()),
        Arg::Time(Some(instant)) => push_bytes(data, &microseconds(*instant).to_be_bytes()),
        Arg::Id(Some(id)) => push_bytes(data, id.as_bytes()),
        Arg::Search(_) | Arg::Texts(_) | Arg::Ids(_) | Arg::Rows(_) => unreachable!("a row holds single values"),
    }
}

fn microseconds(instant: DateTime<Utc>) -> i64 {
    instant.timestamp_micros() - EPOCH
}

fn push_bytes(data: &mut Vec<u8>, bytes: &[u8]) {
    push_length(data, bytes.len(), |length: i32| length.to_be_bytes());
    data.extend_from_slice(bytes);
}

fn push_length<L: TryFrom<usize>, const N: usize>(data: &mut Vec<u8>, length: usize, bytes: impl Fn(L) -> [u8; N]) {
    let length = L::try_from(length).unwrap_or_else(|_| unreachable!("texts and rows are bounded far below this"));
    data.extend_from_slice(&bytes(length));
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::store::dialect::shapes;

    #[test]
    fn rows_are_encoded_with_lengths_in_parts() {
        let at = DateTime::from_timestamp_micros(EPOCH + 1).unwrap();
        let row = |id: &&str| [Arg::from(*id), None::<&str>.into(), "é".into(), at.into(), Uuid::nil().into()];
        let data: Vec<u8> = encode(&["s"], row).flatten().collect();
        let mut wanted = HEAD.to_vec();
        wanted.extend([0, 5, 0, 0, 0, 1, b's', 255, 255, 255, 255, 0, 0, 0, 2, 0xc3, 0xa9, 0, 0, 0, 8]);
        wanted.extend([0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 16]);
        wanted.extend([0; 16]);
        wanted.extend([255, 255]);
        assert_eq!(data, wanted);
        let ids = vec![1_i64; ROWS_AT_ONCE + 1];
        let parts: Vec<Vec<u8>> = encode(&ids, |id| [Arg::from(*id)]).collect();
        let row = [0, 1, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1];
        assert_eq!(parts[0], [HEAD, &row.repeat(ROWS_AT_ONCE)].concat());
        assert_eq!(parts[1..], [[row.as_slice(), &TAIL].concat()]);
        let whole: Vec<Vec<u8>> = encode(&ids[1..], |id| [Arg::from(*id)]).collect();
        assert_eq!(whole, [[HEAD, &row.repeat(ROWS_AT_ONCE), &TAIL].concat()]);
        assert_eq!(
            statement(&shapes::NEW_SPACES),
            "COPY invite_spaces (id, policy, name, created_at, changed_op) FROM STDIN (FORMAT binary)"
        );
    }
}
