use proptest::prelude::*;
use serde::Deserialize;

use crate::records::*;

#[derive(Debug, Deserialize, PartialEq)]
struct Row {
    id: String,
    #[serde(default)]
    name: Option<String>,
}

impl Record for Row {
    const COLUMNS: &'static [&'static str] = &["id", "name"];
    const REQUIRED: &'static [&'static str] = &["id"];
    const ALIASES: &'static [(&'static str, &'static str)] = &[("space_id", "id")];
}

fn read(text: &[u8], format: FileFormat) -> Result<Vec<(u64, Result<Row>)>> {
    Records::open(std::io::Cursor::new(text.to_vec()), format).map(Iterator::collect)
}

fn rows(text: &[u8]) -> Vec<(u64, String, Option<String>)> {
    let read = read(text, FileFormat::Csv).unwrap();
    read.into_iter().map(|(line, row)| row.map(|row| (line, row.id, row.name)).unwrap()).collect()
}

#[test]
fn byte_order_mark_crlf_and_aliases_are_accepted() {
    let plain = [(2, "a".to_owned(), Some("A, B".to_owned())), (3, "b".into(), None)];
    assert_eq!(rows(b"id,name\na,\"A, B\"\nb,\n"), plain);
    assert_eq!(rows(b"\xef\xbb\xbfid,name\r\na,\"A, B\"\r\nb,\r\n"), plain);
    let spread = rows(b"id,name\n\na,\"A\nB\"\n\nb,B\n");
    assert_eq!(spread.iter().map(|row| row.0).collect::<Vec<u64>>(), [3, 6]);
    assert_eq!(rows(b" Space_ID , NAME \na,\"A, B\"\nb,"), plain);
}

#[test]
fn invalid_header_is_refused_at_line_1() {
    for (text, why) in [
        (&b""[..], "the file is empty"),
        (b"\n", "the file is empty"),
        (b"\xef\xbb\xbf", "the file is empty"),
        (b"name\nx\n", "line 1: the column id is missing"),
        (b"id,nmae\n", "line 1: unknown column \"nmae\""),
        (b"id,id\n", "line 1: duplicate column id"),
        (b"id,\xff\n", "line 1: not valid UTF-8"),
    ] {
        let error = read(text, FileFormat::Csv).unwrap_err().to_string();
        assert!(error.contains(why), "{text:?}: {error}");
    }
}

#[test]
fn invalid_row_fails_alone_with_its_line() {
    let read = read(b"id,name\na,A\nb\n\xff,x\nc,C\n", FileFormat::Csv).unwrap();
    let lines: Vec<(u64, Option<String>)> =
        read.into_iter().map(|(line, row)| (line, row.err().map(|error| error.to_string()))).collect();
    assert_eq!(
        lines,
        [
            (2, None),
            (3, Some("line 3: the row has 1 value, but the header has 2".into())),
            (4, Some("line 4: not valid UTF-8".into())),
            (5, None),
        ]
    );
}

#[test]
fn unterminated_quote_is_reported_where_it_opens() {
    for text in ["id,name\na,A\n\"b,B\nc,C\n", "id,name\na,A\n\"b,B\nc,C", "id,name\r\na,A\r\nb,\"B\r\nc,C\r\n"] {
        let read = read(text.as_bytes(), FileFormat::Csv).unwrap();
        assert_eq!(read.len(), 2, "{text}");
        let error = read[1].1.as_ref().unwrap_err().to_string();
        assert!(read[1].0 == 3 && error.starts_with("line 3: unterminated quoted field"), "{text}: {error}");
    }
}

#[test]
fn blank_json_lines_are_counted() {
    let mixed = read(b"{\"id\":\"a\"}\n\n{\"id\":1}\nnonsense\n{\"id\":\"b\",\"name\":\"B\"}\n", FileFormat::JsonLines);
    let lines: Vec<(u64, bool)> = mixed.unwrap().into_iter().map(|(line, row)| (line, row.is_ok())).collect();
    assert_eq!(lines, [(1, true), (3, false), (4, false), (5, true)]);
    let results = |text: &str| {
        let rows = read(text.as_bytes(), FileFormat::JsonLines).unwrap();
        rows.into_iter().map(|(_, row)| row.map_err(|error| error.to_string())).collect::<Vec<_>>()
    };
    assert_eq!(results("{\"space_id\":\"a\"}\n"), [Ok(Row { id: "a".into(), name: None })]);
    assert_eq!(results("{\"id\":\"a\",\"nmae\":\"A\"}\n"), [Err("line 1: unknown column \"nmae\"".into())]);
    assert_eq!(results("{\"name\":\"A\"}\n"), [Err("line 1: id is missing".into())]);
    assert!(Records::<Row>::open(std::io::empty(), FileFormat::JsonLines).is_err());
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        for format in [FileFormat::Csv, FileFormat::JsonLines] {
            let _ = read(&bytes, format);
        }
    }
}

fn read_with(text: &[u8], format: FileFormat, nulls: &[&str]) -> Vec<(u64, Result<Row>)> {
    let nulls = NullWords::new(nulls.iter().map(|word| (*word).to_owned()).collect()).unwrap();
    Records::open_with(std::io::Cursor::new(text.to_vec()), format, nulls).unwrap().collect()
}

#[test]
fn null_words_become_empty_values() {
    for (text, format) in [
        (&b"id,name\na,NULL\nb, \\N \nNULL,x\nc,Null\n"[..], FileFormat::Csv),
        (
            b"{\"id\":\"a\",\"name\":\"NULL\"}\n{\"id\":\"b\",\"name\":\"\\\\N\"}\n{\"id\":\"NULL\"}\n\
              {\"id\":\"c\",\"name\":\"Null\"}\n",
            FileFormat::JsonLines,
        ),
    ] {
        let rows = read_with(text, format, &["NULL", "\\N"]);
        let names: Vec<_> =
            rows.iter().map(|(_, row)| row.as_ref().ok().map(|row| (row.id.as_str(), row.name.as_deref()))).collect();
        assert_eq!(names[0], Some(("a", None)));
        assert_eq!(names[1], Some(("b", None)));
        assert!(names[2].is_none_or(|(id, _)| id.is_empty()));
        assert_eq!(names[3], Some(("c", Some("Null"))));
    }
}

#[test]
fn invalid_null_word_is_refused() {
    for word in ["", " ", "\t", " NULL"] {
        assert!(NullWords::new(vec!["NULL".into(), word.into()]).is_err(), "{word:?}");
    }
}

/// A source that generates its bytes while they are read.
fn endless(head: &'static str, byte: u8, count: u64, tail: &'static str) -> impl std::io::Read + Send {
    head.as_bytes().chain(std::io::repeat(byte).take(count)).chain(tail.as_bytes())
}

#[test]
fn row_longer_than_limit_is_refused_with_its_line() {
    const MANY: u64 = 64 * 1024 * 1024;
    for head in ["id,name\na,A\n", "id,name\na,A\n\""] {
        let mut rows = Records::<Row>::open(endless(head, b'x', MANY, ",y\nb,B\n"), FileFormat::Csv).unwrap();
        assert!(rows.next().unwrap().1.is_ok());
        let (line, row) = rows.next().unwrap();
        assert_eq!(line, 3);
        assert!(row.unwrap_err().to_string().starts_with("line 3: the row is longer than"));
        assert!(rows.next().is_none());
    }
    let error = Records::<Row>::open(endless("", b'x', MANY, "\n"), FileFormat::Csv).err().unwrap();
    assert!(error.to_string().starts_with("line 1: the row is longer than"), "{error}");
    // An unterminated quote swallows all lines.
    let lines = "id,name\na,\"A\n".as_bytes().chain(std::io::Cursor::new("b,B\n".repeat(1_000_000).into_bytes()));
    let mut rows = Records::<Row>::open(lines, FileFormat::Csv).unwrap();
    let (line, row) = rows.next().unwrap();
    assert!(line == 2 && row.unwrap_err().to_string().starts_with("line 2: the row is longer than"));
    assert!(rows.next().is_none());
}

#[test]
fn json_line_longer_than_limit_fails_alone() {
    let source = endless("{\"id\":\"a\"}\n{\"id\":\"", b'x', 64 * 1024 * 1024, "\"}\n{\"id\":\"b\"}\n");
    let rows: Vec<(u64, Result<Row>)> = Records::open(source, FileFormat::JsonLines).unwrap().collect();
    let lines: Vec<(u64, bool)> = rows.iter().map(|(line, row)| (*line, row.is_ok())).collect();
    assert_eq!(lines, [(1, true), (2, false), (3, true)]);
}

#[test]
fn other_separator_is_named_in_the_hint() {
    for (text, name) in [
        (&b"id;name\na;A\n"[..], "semicolons (;)"),
        (b"\xef\xbb\xbfsep=;\nid;name\n", "semicolons (;)"),
        (b"id\tname\na\tA\n", "tabs"),
        (b"id|name\na|A\n", "vertical bars (|)"),
    ] {
        let error = read(text, FileFormat::Csv).err().unwrap();
        assert_eq!(error.hint().unwrap(), format!("the values are separated by {name}; separate them by commas"));
    }
    let rows = read(b"id,name\na;A\nb,\"B;C\"\nc,C,D;E\n", FileFormat::Csv).unwrap();
    let hints: Vec<_> = rows.iter().map(|(_, row)| row.as_ref().err().and_then(Error::hint)).collect();
    assert!(hints[0].as_ref().unwrap().contains("semicolons"), "{hints:?}");
    assert!(hints[1].is_none() && !hints[2].as_ref().unwrap().contains("semicolons"), "{hints:?}");
}
