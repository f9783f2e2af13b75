//! Words that no generated code contains.

use std::sync::LazyLock;

const LIST: &str = include_str!("../blocklist.txt");

/// The words by their first letter, so that most positions of a code need no comparison.
static WORDS: LazyLock<Vec<Vec<&'static [u8]>>> = LazyLock::new(|| {
    let mut words = vec![Vec::new(); 256];
    for word in LIST.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        words[usize::from(word.as_bytes()[0])].push(word.as_bytes());
    }
    words
});

/// Returns true if a text contains a word of the blocklist, also with digits in place of
/// letters. About one in 500 random codes does.
pub(crate) fn contains_blocked_word(text: &str) -> bool {
    let letters: Vec<u8> = text.bytes().filter(u8::is_ascii_alphanumeric).map(as_letter).collect();
    (0..letters.len()).any(|start| {
        let rest = &letters[start..];
        WORDS[usize::from(rest[0])].iter().any(|word| rest.starts_with(word))
    })
}

fn as_letter(byte: u8) -> u8 {
    match byte {
        b'0' => b'O',
        b'1' => b'I',
        b'3' => b'E',
        b'4' => b'A',
        b'5' => b'S',
        b'7' => b'T',
        b'8' => b'B',
        other => other.to_ascii_uppercase(),
    }
}
