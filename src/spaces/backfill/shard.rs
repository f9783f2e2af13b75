//! Parts of all spaces, for several machines to process concurrently.

use std::fmt;
use std::str::FromStr;

use sha2::{Digest, Sha256};

/// Maximum number of shards.
const MAX_SHARDS: u32 = 1_000;

/// A part of all spaces, written `3/8`.
///
/// The part of a space depends on its ID alone, so that machines that start at different
/// times leave out no space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    number: u32,
    count: u32,
}

impl Shard {
    /// Returns true if a space is in this part.
    #[must_use]
    pub fn holds(self, space_id: &str) -> bool {
        let hash = Sha256::digest(space_id);
        let lead = hash.iter().take(8).fold(0_u64, |lead, byte| lead << 8 | u64::from(*byte));
        lead % u64::from(self.count) == u64::from(self.number - 1)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/').and_then(|(number, count)| Some((number.parse().ok()?, count.parse().ok()?)));
        match parts {
            Some((number, count)) if (1..=count).contains(&number) && count <= MAX_SHARDS => {
                Ok(Shard { number, count })
            }
            _ => Err(format!("write PART/PARTS, from 1/1 to {MAX_SHARDS}/{MAX_SHARDS}, such as 3/8")),
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.number, self.count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_are_distributed_evenly_to_shards() {
        let shards: Vec<Shard> = (1..=8).map(|number| format!("{number}/8").parse().unwrap()).collect();
        let mut sizes = [0; 8];
        for space in (0..8_000).map(|number| format!("space-{number}")) {
            let holding: Vec<usize> = (0..8).filter(|at| shards[*at].holds(&space)).collect();
            assert_eq!(holding.len(), 1, "{space}");
            sizes[holding[0]] += 1;
        }
        assert!(sizes.iter().all(|size| (850..1_150).contains(size)), "{sizes:?}");
    }

    #[test]
    fn shard_refuses_invalid_text() {
        for text in ["", "3", "0/8", "9/8", "1/0", "a/b", "1/1001", "-1/8", "3/8/2"] {
            text.parse::<Shard>().unwrap_err();
        }
        assert_eq!("1000/1000".parse::<Shard>().unwrap().to_string(), "1000/1000");
    }
}
