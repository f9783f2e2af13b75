//! Lengths of bars, and what stands beside them.

/// Parts of a full block, from one eighth to seven.
const PARTS: [char; 7] = ['▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/// How long a bar is where the greatest value takes so much: nothing for nothing,
/// and something for anything.
pub(crate) fn length(value: u64, greatest: u64, whole: u64) -> u64 {
    if value == 0 {
        return 0;
    }
    let scaled = u128::from(value) * u128::from(whole) / u128::from(greatest.max(value));
    u64::try_from(scaled).unwrap_or(whole).max(1)
}

/// A bar of blocks in so many columns, to an eighth of one.
pub(crate) fn bar(value: u64, greatest: u64, columns: usize) -> String {
    let eighths = usize::try_from(length(value, greatest, columns as u64 * 8)).unwrap_or(columns * 8);
    let mut bar = "█".repeat(eighths / 8);
    if eighths % 8 > 0 {
        bar.push(PARTS[eighths % 8 - 1]);
    }
    bar
}

/// A part of a whole in hundredths, which says neither none of some nor all of
/// less.
pub(crate) fn share(part: u64, whole: u64) -> String {
    let halves = u128::from(part) * 200 / u128::from(whole.max(1));
    match (part, halves.div_ceil(2)) {
        (0, _) => "0%".to_owned(),
        (_, 0) => "<1%".to_owned(),
        (part, 100) if part < whole => ">99%".to_owned(),
        (_, hundredths) => format!("{hundredths}%"),
    }
}

/// The least number that a scale up to a value can end with: it and its half are
/// read at a glance.
pub(crate) fn scale(greatest: u64) -> u64 {
    let mut unit = 1_u64;
    loop {
        for step in [1, 2, 4, 6, 8] {
            let end = unit.saturating_mul(step);
            if end >= greatest {
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
    fn a_bar_is_as_long_as_its_value_to_an_eighth_of_a_column() {
        for (value, greatest, columns, expected) in [
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
            assert_eq!(bar(value, greatest, columns), expected, "{value} of {greatest}");
        }
    }

    #[test]
    fn a_share_says_neither_none_of_some_nor_all_of_less() {
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
    fn a_scale_ends_with_a_round_number() {
        for (greatest, end) in [(0, 1), (1, 1), (2, 2), (3, 4), (5, 6), (9, 10), (11, 20), (61, 80), (1_204, 2_000)] {
            assert_eq!(scale(greatest), end);
        }
        assert!(scale(u64::MAX) == u64::MAX);
    }

    proptest! {
        #[test]
        fn no_bar_is_longer_than_its_place(value: u64, greatest: u64, columns in 1_usize..200) {
            let columns_taken = bar(value, greatest, columns).chars().count();
            prop_assert!(columns_taken <= columns);
            prop_assert_eq!(columns_taken == 0, value == 0);
        }

        #[test]
        fn a_scale_holds_its_value(greatest: u64) {
            prop_assert!(scale(greatest) >= greatest);
        }
    }
}
