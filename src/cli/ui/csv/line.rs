//! Line of CSV: cells, quoted where the format requires it.

/// Buffer of one line of CSV.
#[derive(Default)]
pub(crate) struct Line(Vec<u8>);

impl Line {
    /// Removes all cells.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Appends a cell and a comma.
    pub(crate) fn push(&mut self, cell: &[u8]) {
        // Testing every byte is faster than stopping at the first special one.
        let is_plain = cell.iter().fold(true, |plain, byte| plain & !matches!(byte, b'"' | b',' | b'\n' | b'\r'));
        if is_plain {
            self.0.extend_from_slice(cell);
        } else {
            self.0.push(b'"');
            for part in cell.split_inclusive(|byte| *byte == b'"') {
                self.0.extend_from_slice(part);
                if part.ends_with(b"\"") {
                    self.0.push(b'"');
                }
            }
            self.0.push(b'"');
        }
        self.0.push(b',');
    }

    /// Replaces the last comma by a line feed and returns the line.
    pub(crate) fn end(&mut self) -> &[u8] {
        if let Some(last) = self.0.last_mut() {
            *last = b'\n';
        }
        // Readers skip an empty line, so a single empty cell is quoted.
        if self.0 == b"\n" {
            self.0.splice(..0, *b"\"\"");
        }
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn cells_are_quoted_as_the_csv_crate_quotes_them(lines in vec(vec("[a,;\"\r\n =é]{0,4}", 1..4), 1..3)) {
            let mut expected = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
            let mut written = Vec::new();
            for cells in &lines {
                expected.write_record(cells).unwrap();
                let mut line = Line::default();
                for cell in cells {
                    line.push(cell.as_bytes());
                }
                written.extend_from_slice(line.end());
            }
            prop_assert_eq!(written, expected.into_inner().unwrap());
        }
    }
}
