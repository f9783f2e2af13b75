//! The probability of guessing a code that is built from a name, and the number of failed
//! attempts that is therefore allowed.
//!
//! A group is the set of codes that a guesser chooses from: a prefix with numbers of one
//! length. A failed attempt at a group with `active` codes could have hit any of them, so
//! it spends `active` units of a budget of `numbers / 20`. Then the sum of the
//! probabilities of all attempts is at most 1 in 20, however attempts and changes of the
//! group alternate. With a constant number of codes, `numbers / (20 x active)` failed
//! attempts are allowed.

use chrono::{DateTime, Utc};

use crate::model::code::key::normalize;
use crate::model::code::prefix::NamePrefix;

/// The probability of a successful guess is at most 1 in this number.
pub(crate) const ODDS: i64 = 20;

/// Minimum budget of failed attempts. With fewer, typing errors would lock a group, so
/// new codes get one more digit.
pub(crate) const MIN_BUDGET: i64 = 20;

/// Maximum number of digits.
pub(crate) const MAX_DIGITS: u32 = 9;

/// A prefix with numbers of one length: the codes that a guesser chooses from.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Group {
    prefix: String,
    digits: u32,
}

impl Group {
    pub(crate) fn new(prefix: &NamePrefix, digits: u32) -> Self {
        Group { prefix: prefix.as_str().to_owned(), digits }
    }

    /// Returns the group of a code: `letters` letters, then digits.
    pub(crate) fn of_text(text: &str, letters: usize) -> Option<Self> {
        let key = normalize(text);
        let (head, number) = key.split_at_checked(letters)?;
        let digits = u32::try_from(number.len()).ok().filter(|digits| (1..=MAX_DIGITS).contains(digits))?;
        let is_code = !head.is_empty()
            && head.bytes().all(|byte| byte.is_ascii_uppercase())
            && number.bytes().all(|byte| byte.is_ascii_digit());
        is_code.then(|| Group { prefix: format!("{}{}", &head[..1], head[1..].to_ascii_lowercase()), digits })
    }

    /// Returns the group of a pattern as [`Group::pattern`] writes it.
    pub(crate) fn of_pattern(pattern: &str) -> Option<Self> {
        let (prefix, marks) = pattern.split_once('-')?;
        let digits = u32::try_from(marks.len()).ok()?;
        Some(Group { prefix: prefix.to_owned(), digits })
    }

    /// Returns the pattern of the group's codes: `Joh-###`.
    pub(crate) fn pattern(&self) -> String {
        format!("{}-{}", self.prefix, "#".repeat(self.digits as usize))
    }

    /// Returns the range of the keys with this prefix: first, and end (exclusive).
    pub(crate) fn key_range(&self) -> (String, String) {
        let head = normalize(&self.prefix);
        // The character after 9 is the colon.
        (format!("{head}0"), format!("{head}:"))
    }

    /// Returns the group of the same prefix with another number of digits.
    pub(crate) fn with_digits(&self, digits: u32) -> Self {
        Group { digits, ..self.clone() }
    }

    /// Returns true for the key of one of the group's codes.
    pub(crate) fn has_key(&self, key: &str) -> bool {
        let (low, high) = self.key_range();
        (low.as_str()..high.as_str()).contains(&key) && i64::try_from(key.len()) == Ok(self.key_length())
    }

    pub(crate) fn digits(&self) -> u32 {
        self.digits
    }

    /// Returns the length of the group's keys.
    pub(crate) fn key_length(&self) -> i64 {
        i64::try_from(self.prefix.len()).unwrap_or(i64::MAX).saturating_add(i64::from(self.digits))
    }
}

/// Returns the number of numbers with `digits` digits.
pub(crate) fn numbers_of(digits: u32) -> i64 {
    10_i64.pow(digits.min(MAX_DIGITS))
}

/// The codes of a group at an instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct GroupCodes {
    /// Number of open codes.
    pub active: i64,
    /// Number of codes that became invalid less than 30 days ago. A guesser who knows them
    /// tries only the others.
    pub held: i64,
    /// Creation time of the oldest open code of the group.
    pub oldest: Option<DateTime<Utc>>,
    /// Creation time of the oldest code of the policy that is open or still held.
    pub oldest_kept: Option<DateTime<Utc>>,
}

impl GroupCodes {
    /// Returns the group after a code that was created at this instant is open again.
    pub(crate) fn with_oldest(self, created_at: DateTime<Utc>) -> Self {
        GroupCodes { oldest: Some(self.oldest.map_or(created_at, |oldest| oldest.min(created_at))), ..self }
    }
}

/// The failed attempts that a group allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    active: i64,
    units: i64,
    spent: i64,
}

impl Budget {
    /// Computes the budget from the units that failed attempts have spent. A group of the
    /// maximum length always allows [`MIN_BUDGET`] attempts, whatever the odds: otherwise
    /// no code could be redeemed.
    pub(crate) fn of(group: &Group, standing: GroupCodes, spent: i64, is_last: bool) -> Self {
        let fair = (numbers_of(group.digits) - standing.held).max(0) / ODDS;
        let units = if is_last { fair.max(MIN_BUDGET.saturating_mul(standing.active)) } else { fair };
        Budget { active: standing.active, units, spent }
    }

    /// Returns true if another failed attempt would exceed the budget. A group without
    /// open codes is never locked: nothing can be guessed.
    pub(crate) fn is_spent(&self) -> bool {
        self.active > 0 && self.spent.saturating_add(self.active) > self.units
    }

    /// Returns the total number of failed attempts that the budget allows.
    pub(crate) fn limit(&self) -> i64 {
        self.units / self.active.max(1)
    }

    /// Returns the number of failed attempts at the current price that corresponds to the
    /// units spent.
    pub(crate) fn hits(&self) -> i64 {
        let left = (self.units - self.spent).max(0) / self.active.max(1);
        (self.limit() - left).max(0)
    }

    /// Returns the number of codes that can be added while the budget stays at [`MIN_BUDGET`] or more
    /// and is not exceeded.
    pub(crate) fn room(&self) -> i64 {
        let most = (self.units / MIN_BUDGET).min(self.units - self.spent);
        (most - self.active).max(0)
    }
}

/// The odds of a guesser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// Number of failed attempts that lock the group, of all clients and while a code is
    /// open.
    pub attempts: i64,
    /// Number of digits of the codes.
    pub digits: u32,
    /// Probability that one of these attempts hits an open code, at most 1.
    pub probability: f64,
}

impl Odds {
    /// Computes the odds of a group with `active` open codes and no held ones.
    #[expect(clippy::cast_precision_loss, reason = "a billion at most")]
    pub(crate) fn of(digits: u32, active: i64, is_last: bool) -> Self {
        let group = Group { prefix: String::new(), digits };
        let standing = GroupCodes { active, ..GroupCodes::default() };
        let attempts = Budget::of(&group, standing, 0, is_last).limit();
        let probability = (attempts * active) as f64 / numbers_of(digits) as f64;
        Odds { attempts, digits, probability: probability.min(1.0) }
    }

    /// Computes the odds of one open code of a format.
    pub(crate) fn of_one(digits: u32, max_digits: u32) -> Self {
        let room = |digits: u32| numbers_of(digits) / ODDS / MIN_BUDGET;
        let length = (digits..max_digits).find(|digits| room(*digits) >= 1).unwrap_or(max_digits);
        Odds::of(length, 1, length == max_digits)
    }

    /// Returns true if the odds are better than the rule allows.
    #[must_use]
    pub fn exceed_maximum(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "20")]
        let most = 1.0 / ODDS as f64;
        self.probability > most + f64::EPSILON
    }

    /// Describes the odds: `1 in 20`.
    #[must_use]
    pub fn text(&self) -> String {
        if self.probability >= 1.0 {
            return "certain".to_owned();
        }
        format!("1 in {:.0}", (1.0 / self.probability).floor())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn group(digits: u32) -> Group {
        Group::new(&NamePrefix::of("John", 3), digits)
    }

    fn budget(digits: u32, active: i64, held: i64, spent: i64) -> Budget {
        Budget::of(&group(digits), GroupCodes { active, held, ..GroupCodes::default() }, spent, false)
    }

    #[test]
    fn third_active_code_gets_a_fourth_digit() {
        assert_eq!(budget(3, 0, 0, 0).room(), 2);
        assert_eq!(budget(3, 1, 0, 0).room(), 1);
        assert_eq!(budget(3, 2, 0, 0).room(), 0);
        assert_eq!(budget(4, 0, 0, 0).room(), 25);
        assert_eq!(budget(5, 0, 0, 0).room(), 250);
        // Held numbers are not given to new codes, and a guesser may know them.
        assert_eq!(budget(3, 0, 995, 0).room(), 0);
        assert_eq!(budget(3, 0, 300, 0).room(), 1);
    }

    #[test]
    fn budget_is_numbers_divided_by_20_active_codes() {
        for (active, limit) in [(1, 50), (2, 25), (5, 10)] {
            let at = |failed: i64| budget(3, active, 0, failed * active);
            assert_eq!(at(0).limit(), limit);
            assert!(!at(limit - 1).is_spent());
            assert!(at(limit).is_spent());
            assert_eq!((at(limit).hits(), at(limit - 1).hits()), (limit, limit - 1));
        }
        assert!(!budget(3, 0, 0, 1_000).is_spent(), "nothing can be guessed");
        assert_eq!(budget(3, 0, 0, 50).room(), 0, "a spent group takes no new code");
    }

    #[test]
    fn last_length_leaves_room_for_twenty_attempts() {
        let crowded = Budget::of(&group(3), GroupCodes { active: 100, ..GroupCodes::default() }, 19 * 100, true);
        assert_eq!((crowded.limit(), crowded.hits(), crowded.is_spent()), (20, 19, false));
        let odds = Odds::of(3, 10, true);
        assert!(odds.exceed_maximum());
        assert_eq!((odds.attempts, odds.text().as_str()), (20, "1 in 5"));
        assert_eq!(Odds::of(3, 60, true).text(), "certain");
    }

    #[test]
    fn odds_of_one_code_respect_the_rule_unless_length_is_fixed() {
        for (digits, max_digits, attempts, length, text) in [
            (3, 9, 50, 3, "1 in 20"),
            (3, 3, 50, 3, "1 in 20"),
            (2, 9, 50, 3, "1 in 20"),
            (4, 9, 500, 4, "1 in 20"),
            (2, 2, 20, 2, "1 in 5"),
            (1, 1, 20, 1, "certain"),
        ] {
            let odds = Odds::of_one(digits, max_digits);
            assert_eq!((odds.attempts, odds.digits, odds.text().as_str()), (attempts, length, text));
            assert_eq!(odds.exceed_maximum(), max_digits < 3);
        }
    }

    #[test]
    fn group_is_found_for_every_spelling_of_a_code() {
        for text in ["Joh-456", "joh 456", "JOH\u{2013}456", " j-o-h 4 5 6"] {
            let found = Group::of_text(text, 3).unwrap();
            assert_eq!((found.pattern().as_str(), found.key_length()), ("Joh-###", 6), "{text}");
            assert_eq!(Group::of_pattern(&found.pattern()), Some(found));
        }
        for text in ["Jo-456", "Joha456", "Joh-", "Joh-1234567890", "J\u{f6}h-456", "\u{5c71}\u{7530}\u{592a}-456", ""]
        {
            assert_eq!(Group::of_text(text, 3), None, "{text}");
        }
    }

    proptest! {
        /// The sum of the probabilities of all attempts is at most 1 in 20, however codes
        /// are added and closed in between.
        #[test]
        fn no_sequence_of_attempts_exceeds_the_odds(steps in prop::collection::vec(0_i64..=2, 1..400), digits in 3_u32..=5) {
            let (mut active, mut spent, mut risk) = (1_i64, 0_i64, 0_i64);
            for step in steps {
                let now = budget(digits, active, 0, spent);
                match step {
                    0 if now.room() > 0 => active += 1,
                    1 => active = (active - 1).max(0),
                    _ if !now.is_spent() => {
                        spent += active;
                        risk += active;
                    }
                    _ => {}
                }
                prop_assert!(risk * ODDS <= numbers_of(digits));
            }
        }

        #[test]
        fn any_text_is_parsed_without_panic(text in any::<String>(), letters in 0_usize..=16) {
            let _ = (Group::of_text(&text, letters), Group::of_pattern(&text));
        }
    }
}
