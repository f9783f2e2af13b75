//! Lengths of bars, percentages and scales of charts.

/// Characters for one to seven eighths of a block.
const EIGHTHS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// Returns the length of a bar if that of `maximum` is `full`. It is 0 only for the value 0.
pub(crate) fn length(value: u64, maximum: u64, full: u64) -> u64 {
    if value == 0 {
        return 0;
    }
    let scaled = u128::from(value) * u128::from(full) / u128::from(maximum.max(value));
    u64::try_from(scaled).unwrap_or(full).max(1)
}

/// Returns a bar of block characters, in steps of an eighth of a column. `columns` is the
/// length of `maximum`.
pub(crate) fn bar(value: u64, maximum: u64, columns: usize) -> String {
    let eighths = usize::try_from(length(value, maximum, columns as u64 * 8)).unwrap_or(columns * 8);
    let mut bar = "█".repeat(eighths / 8);
    if eighths % 8 > 0 {
        bar.push(EIGHTHS[eighths % 8 - 1]);
    }
    bar
}

/// Returns a part of a whole in percent. Only 0 gives `0%`, and only the whole `100%`.
pub(crate) fn share(part: u64, whole: u64) -> String {
    let halves = u128::from(part) * 200 / u128::from(whole.max(1));
    match (part, halves.div_ceil(2)) {
        (0, _) => "0%".to_owned(),
        (_, 0) => "<1%".to_owned(),
        (part, 100) if part < whole => ">99%".to_owned(),
        (_, hundredths) => format!("{hundredths}%"),
    }
}

/// Returns the end of a scale for values up to `maximum`: a round number, with a round half.
pub(crate) fn scale(maximum: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for step in [1, 2, 4, 6, 8] {
            let end = unit.saturating_mul(step);
            if end >= maximum {
                return end;
            }
        }
        unit = unit.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn bar_length_is_exact_to_an_eighth_of_a_column() {
        for (value, maximum, columns, expected) in [
            (0, 10, 4, ""),
            (0, 0, 4, ""),
            (10, 10, 4, "████"),
            (5, 10, 4, "██"),
            (1, 1_000_000, 4, "▏"),
            (9, 32, 4, "█▏"),
            (31, 32, 4, "███▉"),
            (u64::MAX, u64::MAX, 2, "██"),
            (u64::MAX - 1, u64::MAX, 2, "█▉"),
            (3, 3, 0, "▏"),
        ] {
            assert_eq!(bar(value, maximum, columns), expected, "{value} of {maximum}");
        }
    }

    #[test]
    fn share_is_0_or_100_percent_only_if_exact() {
        for (part, whole, expected) in [
            (0, 0, "0%"),
            (0, 7, "0%"),
            (7, 7, "100%"),
            (1, 1_000, "<1%"),
            (5, 1_000, "1%"),
            (999, 1_000, ">99%"),
            (1, 3, "33%"),
            (2, 3, "67%"),
            (1, 2, "50%"),
            (u64::MAX, u64::MAX, "100%"),
        ] {
            assert_eq!(share(part, whole), expected, "{part} of {whole}");
        }
    }

    #[test]
    fn scale_ends_with_round_number() {
        for (maximum, end) in [(0, 1), (1, 1), (2, 2), (3, 4), (5, 6), (9, 10), (11, 20), (61, 80), (1_204, 2_000)] {
            assert_eq!(scale(maximum), end);
        }
        assert!(scale(u64::MAX) == u64::MAX);
    }

    proptest! {
        #[test]
        fn bar_is_never_longer_than_its_columns(value: u64, maximum: u64, columns in 1_usize..200) {
            let columns_taken = bar(value, maximum, columns).chars().count();
            prop_assert!(columns_taken <= columns);
            prop_assert_eq!(columns_taken == 0, value == 0);
        }

        #[test]
        fn scale_contains_its_maximum(maximum: u64) {
            prop_assert!(scale(maximum) >= maximum);
        }
    }
}
