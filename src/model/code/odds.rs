//! The odds of guessing a code that is built from a name, and the number of failed
//! attempts that they leave room for.
//!
//! A group is what one guesser chooses among: the numbers behind one prefix, of
//! one length. Each failed attempt at a group with `active` codes could have hit
//! any of them, so it spends `active` units, and a group has `numbers / 20` of
//! them. However attempts and codes alternate, the sum of the attempts'
//! probabilities then stays at or below 1 in 20. For a steady number of codes
//! that is a budget of `numbers / (20 x active)` failed attempts.

use chrono::{DateTime, Utc};

use crate::model::code::key::normalise;
use crate::model::code::prefix::NamePrefix;

/// A guesser succeeds with a probability of at most 1 in this many.
pub(crate) const ODDS: i64 = 20;

/// Minimum budget of failed attempts: below it people who mistype would lock a
/// group, so that new codes get one more digit.
pub(crate) const MIN_BUDGET: i64 = 20;

/// Maximum number of digits.
pub(crate) const MAX_DIGITS: u32 = 9;

/// The numbers behind one prefix, of one length.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Group {
    prefix: String,
    digits: u32,
}

impl Group {
    pub(crate) fn new(prefix: &NamePrefix, digits: u32) -> Self {
        Group { prefix: prefix.as_str().to_owned(), digits }
    }

    /// Returns the group that a text is a guess at: `letters` letters, then digits.
    pub(crate) fn of_text(text: &str, letters: usize) -> Option<Self> {
        let key = normalise(text);
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

    /// Returns the pattern of the group's codes for people: `Joh-###`.
    pub(crate) fn pattern(&self) -> String {
        format!("{}-{}", self.prefix, "#".repeat(self.digits as usize))
    }

    /// Returns the first key behind the prefix, and the first key after them all.
    pub(crate) fn key_range(&self) -> (String, String) {
        let head = normalise(&self.prefix);
        // The character after 9 is the colon.
        (format!("{head}0"), format!("{head}:"))
    }

    /// Returns the group of another length behind the same prefix.
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

/// Returns how many numbers have `digits` digits.
pub(crate) fn numbers_of(digits: u32) -> i64 {
    10_i64.pow(digits.min(MAX_DIGITS))
}

/// A group at an instant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Standing {
    /// Codes that can be used now or later.
    pub active: i64,
    /// Numbers of codes that became invalid less than 30 days ago. A guesser who knows
    /// them tries the others only.
    pub held: i64,
    /// Creation of the oldest active code.
    pub oldest: Option<DateTime<Utc>>,
    /// Creation of the oldest code of the policy that is active or holds its number.
    pub oldest_kept: Option<DateTime<Utc>>,
}

impl Standing {
    /// Returns the group as it is once a code that was created at this instant is active again.
    pub(crate) fn with_oldest(self, created_at: DateTime<Utc>) -> Self {
        Standing { oldest: Some(self.oldest.map_or(created_at, |oldest| oldest.min(created_at))), ..self }
    }
}

/// The room that a group has for failed attempts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    active: i64,
    units: i64,
    spent: i64,
}

impl Budget {
    /// Computes it from the units that failed attempts have spent. In the last
    /// length that a policy allows there is room for [`MIN_BUDGET`] attempts
    /// whatever the odds become: nobody could use a code otherwise.
    pub(crate) fn of(group: &Group, standing: Standing, spent: i64, is_last: bool) -> Self {
        let fair = (numbers_of(group.digits) - standing.held).max(0) / ODDS;
        let units = if is_last { fair.max(MIN_BUDGET.saturating_mul(standing.active)) } else { fair };
        Budget { active: standing.active, units, spent }
    }

    /// Returns true if another failed attempt would exceed the budget. A group
    /// without active codes is never locked: nothing there can be guessed.
    pub(crate) fn is_spent(&self) -> bool {
        self.active > 0 && self.spent.saturating_add(self.active) > self.units
    }

    /// Returns the failed attempts that the budget allows in all.
    pub(crate) fn limit(&self) -> i64 {
        self.units / self.active.max(1)
    }

    /// Returns the failed attempts that are counted, as many of the present
    /// price as were spent.
    pub(crate) fn hits(&self) -> i64 {
        let left = (self.units - self.spent).max(0) / self.active.max(1);
        (self.limit() - left).max(0)
    }

    /// Returns how many more codes a group takes while its budget stays at
    /// [`MIN_BUDGET`] or more, and is not spent.
    pub(crate) fn room(&self) -> i64 {
        let most = (self.units / MIN_BUDGET).min(self.units - self.spent);
        (most - self.active).max(0)
    }
}

/// The odds of a guesser.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Odds {
    /// Failed attempts that lock the group, over a code's life and by all clients.
    pub attempts: i64,
    /// Digits of the codes.
    pub digits: u32,
    /// Probability that one of these attempts hits an active code, at most 1.
    pub probability: f64,
}

impl Odds {
    /// Computes the odds of a group with `active` active codes and no numbers held.
    #[expect(clippy::cast_precision_loss, reason = "a billion at most")]
    pub(crate) fn of(digits: u32, active: i64, is_last: bool) -> Self {
        let group = Group { prefix: String::new(), digits };
        let standing = Standing { active, ..Standing::default() };
        let attempts = Budget::of(&group, standing, 0, is_last).limit();
        let probability = (attempts * active) as f64 / numbers_of(digits) as f64;
        Odds { attempts, digits, probability: probability.min(1.0) }
    }

    /// Computes the odds for one active code of a format.
    pub(crate) fn of_one(digits: u32, digits_max: u32) -> Self {
        let room = |digits: u32| numbers_of(digits) / ODDS / MIN_BUDGET;
        let length = (digits..digits_max).find(|digits| room(*digits) >= 1).unwrap_or(digits_max);
        Odds::of(length, 1, length == digits_max)
    }

    /// Returns true if a guesser's odds are better than the rule allows.
    #[must_use]
    pub fn exceed_the_rule(&self) -> bool {
        #[expect(clippy::cast_precision_loss, reason = "20")]
        let most = 1.0 / ODDS as f64;
        self.probability > most + f64::EPSILON
    }

    /// Returns the odds for people: `1 in 20`.
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
        Budget::of(&group(digits), Standing { active, held, ..Standing::default() }, spent, false)
    }

    #[test]
    fn third_active_code_gets_a_fourth_digit() {
        assert_eq!(budget(3, 0, 0, 0).room(), 2);
        assert_eq!(budget(3, 1, 0, 0).room(), 1);
        assert_eq!(budget(3, 2, 0, 0).room(), 0);
        assert_eq!(budget(4, 0, 0, 0).room(), 25);
        assert_eq!(budget(5, 0, 0, 0).room(), 250);
        // Held numbers are not given to new codes, and a guesser who knows them does
        // not try them.
        assert_eq!(budget(3, 0, 995, 0).room(), 0);
        assert_eq!(budget(3, 0, 300, 0).room(), 1);
    }

    #[test]
    fn budget_is_numbers_by_twenty_times_the_active_codes() {
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
        let crowded = Budget::of(&group(3), Standing { active: 100, ..Standing::default() }, 19 * 100, true);
        assert_eq!((crowded.limit(), crowded.hits(), crowded.is_spent()), (20, 19, false));
        let odds = Odds::of(3, 10, true);
        assert!(odds.exceed_the_rule());
        assert_eq!((odds.attempts, odds.text().as_str()), (20, "1 in 5"));
        assert_eq!(Odds::of(3, 60, true).text(), "certain");
    }

    #[test]
    fn odds_of_one_code_never_exceed_the_rule_unless_the_length_is_fixed() {
        for (digits, digits_max, attempts, length, text) in [
            (3, 9, 50, 3, "1 in 20"),
            (3, 3, 50, 3, "1 in 20"),
            (2, 9, 50, 3, "1 in 20"),
            (4, 9, 500, 4, "1 in 20"),
            (2, 2, 20, 2, "1 in 5"),
            (1, 1, 20, 1, "certain"),
        ] {
            let odds = Odds::of_one(digits, digits_max);
            assert_eq!((odds.attempts, odds.digits, odds.text().as_str()), (attempts, length, text));
            assert_eq!(odds.exceed_the_rule(), digits_max < 3);
        }
    }

    #[test]
    fn groups_follow_from_the_text_in_every_spelling() {
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
        /// The sum of the probabilities of all attempts stays at or below 1 in
        /// 20, whenever codes come and go in between.
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
        fn no_text_is_too_strange(text in any::<String>(), letters in 0_usize..=16) {
            let _ = (Group::of_text(&text, letters), Group::of_pattern(&text));
        }
    }
}
