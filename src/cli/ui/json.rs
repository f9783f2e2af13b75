//! JSON objects of reports, rows and errors: their fields, after the schema version.

use std::io::{self, Write as _};

use serde::Serialize;
use serde_json::{Map, Value as Json, json};

/// Version of the shape of every JSON object. Later versions of the command only add
/// fields.
pub(crate) const SCHEMA: u32 = 1;

/// Returns the serialized fields of a record, in their order.
pub(crate) fn fields_of(record: &impl Serialize) -> io::Result<Map<String, Json>> {
    match serde_json::to_value(record)? {
        Json::Object(fields) => Ok(fields),
        _ => Ok(Map::new()),
    }
}

/// Returns a record as an object that begins with the schema version.
pub(crate) fn with_schema(record: &impl Serialize) -> io::Result<Json> {
    let mut object = Map::new();
    object.insert("schema".to_owned(), json!(SCHEMA));
    object.extend(fields_of(record)?);
    Ok(Json::Object(object))
}

/// Appends a record to a line, as an object that begins with the schema version.
pub(crate) fn write_with_schema(line: &mut Vec<u8>, record: &impl Serialize) -> io::Result<()> {
    write!(line, "{{\"schema\":{SCHEMA}")?;
    let start = line.len();
    serde_json::to_writer(&mut *line, record)?;
    // The fields of the record follow the version: its opening brace becomes a comma.
    match &mut line[start..] {
        [brace @ b'{', rest, ..] if *rest != b'}' => *brace = b',',
        _ => {
            line.truncate(start);
            line.push(b'}');
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schema_version_precedes_fields_of_any_record() {
        for record in [json!({}), json!({ "a": "{\"b\":1}" }), json!({ "a": 1, "b": [{}] })] {
            let mut line = Vec::new();
            write_with_schema(&mut line, &record).unwrap();
            assert_eq!(String::from_utf8(line).unwrap(), with_schema(&record).unwrap().to_string());
        }
    }
}
