//! Buckets of e-mail addresses. They hold a fingerprint, so that the table never
//! contains an address.

use crate::limits::kind::LimitKind;
use crate::model::code::hash;

/// Length of a fingerprint in hexadecimal digits: 128 bits.
const FINGERPRINT: usize = 32;

/// Returns the fingerprint of an address in its canonical form.
pub(crate) fn fingerprint(address: &str) -> String {
    let mut digits = hash(&format!("mail limit of {address}"));
    digits.truncate(FINGERPRINT);
    digits
}

/// Returns the bucket of an address. It belongs to no policy: all count together.
pub(crate) fn address_bucket(address: &str) -> String {
    LimitKind::MailsAddress.bucket("", &fingerprint(address))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprint_is_not_plain_hash_of_address() {
        let fingerprints = ["kim@example.org", "kin@example.org"].map(fingerprint);
        assert_eq!((fingerprints[0].len(), fingerprints[0] == fingerprints[1]), (FINGERPRINT, false));
        assert!(!hash("kim@example.org").starts_with(&fingerprints[0]));
    }
}
