//! Randomness: a cryptographic generator seeded by the operating system, and the IDs that
//! it generates.
//!
//! No environment variable and no flag can seed it, since codes are secrets.

use chrono::{DateTime, Utc};
use rand::rngs::{StdRng, SysRng};
use rand::{CryptoRng, RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use crate::error::{Error, Result};

/// A cryptographic random number generator.
pub trait Generator: CryptoRng + Send {}
impl<T: CryptoRng + Send> Generator for T {}

/// The random number generator of codes and IDs.
pub struct Random {
    rng: Box<dyn Generator>,
    last_id: u128,
}

impl Random {
    /// Creates a generator that the operating system seeds.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if the operating system provides no randomness.
    pub fn from_system() -> Result<Self> {
        StdRng::try_from_rng(&mut SysRng).map(Random::from_generator).map_err(|error| {
            Error::unavailable("the random number generator of the operating system failed").with_source(error)
        })
    }

    /// Uses a given generator, for tests and transcripts.
    #[must_use]
    pub fn from_generator(rng: impl Generator + 'static) -> Self {
        Random { rng: Box::new(rng), last_id: 0 }
    }

    /// Returns the generator.
    pub(crate) fn generator(&mut self) -> &mut dyn Generator {
        &mut *self.rng
    }

    /// Generates a `UUIDv7` that is greater than all previous ones, also within a
    /// millisecond, because with random primary keys a bulk insert took 1.6 times as long.
    pub(crate) fn id(&mut self, now: DateTime<Utc>) -> Uuid {
        let mut noise = [0_u8; 10];
        self.rng.fill_bytes(&mut noise);
        // The highest bits of the random part are zero, so that increments within a
        // millisecond never reach the variant bits.
        noise[2] &= 0x1f;
        let millis = u64::try_from(now.timestamp_millis()).unwrap_or(0);
        let fresh = Builder::from_unix_timestamp_millis(millis, &noise).into_uuid().as_u128();
        let next =
            if fresh > self.last_id { fresh } else { self.last_id + u128::from(self.rng.random_range(1..=u32::MAX)) };
        self.last_id = next;
        Uuid::from_u128(next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_of_one_millisecond_are_ordered_uuids_of_version_7() {
        let mut random = Random::from_generator(StdRng::seed_from_u64(1));
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let ids: Vec<Uuid> = (0..100_000).map(|_| random.id(now)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }

    #[test]
    fn ids_stay_ordered_when_clock_goes_back() {
        let mut random = Random::from_generator(StdRng::seed_from_u64(1));
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let first = random.id(now);
        assert!(random.id(now - chrono::TimeDelta::hours(1)) > first);
    }
}
