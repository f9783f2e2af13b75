//! The one home of randomness: a cryptographic generator seeded by the
//! operating system, and the ids drawn from it.
//!
//! No environment variable and no flag can seed it: this binary makes secrets.

use chrono::{DateTime, Utc};
use rand::rngs::{StdRng, SysRng};
use rand::{CryptoRng, RngExt, SeedableRng};
use uuid::{Builder, Uuid};

use crate::error::{Error, Result};

/// A cryptographic generator.
pub trait Generator: CryptoRng + Send {}
impl<T: CryptoRng + Send> Generator for T {}

/// Where codes and ids come from.
pub struct Random {
    rng: Box<dyn Generator>,
    last_id: u128,
}

impl Random {
    /// A generator seeded by the operating system.
    ///
    /// # Errors
    /// [`Error::Unavailable`] if it gives no randomness, in which case no code
    /// can be made.
    pub fn from_system() -> Result<Self> {
        StdRng::try_from_rng(&mut SysRng).map(Random::from_generator).map_err(|error| {
            Error::unavailable("the random number generator of the operating system failed").caused_by(error)
        })
    }

    /// Uses a generator of the caller's: for tests and transcripts.
    #[must_use]
    pub fn from_generator(rng: impl Generator + 'static) -> Self {
        Random { rng: Box::new(rng), last_id: 0 }
    }

    /// The generator itself.
    pub(crate) fn generator(&mut self) -> &mut dyn Generator {
        &mut *self.rng
    }

    /// A `UUIDv7` that follows every one before it, also within a millisecond:
    /// random primary keys made a bulk insert 1.6 times slower.
    pub(crate) fn id(&mut self, now: DateTime<Utc>) -> Uuid {
        let mut noise = [0_u8; 10];
        self.rng.fill_bytes(&mut noise);
        // The top bit of the random tail stays free, so that counting up
        // within a millisecond never reaches the variant bits.
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
    fn ids_follow_each_other_within_a_millisecond_and_stay_version_7() {
        let mut random = Random::from_generator(StdRng::seed_from_u64(1));
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let ids: Vec<Uuid> = (0..100_000).map(|_| random.id(now)).collect();
        assert!(ids.is_sorted());
        assert!(ids.iter().all(|id| id.get_version_num() == 7 && id.get_variant() == uuid::Variant::RFC4122));
    }

    #[test]
    fn a_clock_that_goes_back_does_not_take_the_ids_along() {
        let mut random = Random::from_generator(StdRng::seed_from_u64(1));
        let now = DateTime::from_timestamp(1_790_000_000, 0).unwrap();
        let first = random.id(now);
        assert!(random.id(now - chrono::TimeDelta::hours(1)) > first);
    }
}
