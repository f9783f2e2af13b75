//! Suggestions for misspelt words: "did you mean ...?".

/// Returns the known word that is most similar to an unknown word; `None` if it
/// resembles none of them. At most a third of the letters may differ.
#[must_use]
pub(crate) fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    known
        .iter()
        .map(|candidate| (strsim::osa_distance(word, candidate), *candidate))
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nearest_finds_misspelt_word_and_no_other() {
        let known = ["database_url", "base_url", "timeout"];
        assert_eq!(nearest("databse_url", &known), Some("database_url"));
        assert_eq!(nearest("timout", &known), Some("timeout"));
        assert_eq!(nearest("profile", &known), None);
    }
}
