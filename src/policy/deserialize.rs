//! Deserializes a [`Policy`] from its keys, one key at a time, so that an error names the
//! key at fault.

use std::borrow::Cow;
use std::fmt;
use std::slice::Iter;

use serde::de::value::{SeqAccessDeserializer, SeqDeserializer, StrDeserializer};
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, Error as _, SeqAccess, VariantAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

use crate::error::Result;
use crate::keys::{Rule, Value};
use crate::policy::rules::{Policy, policy_keys};
use crate::policy::tables::Keys;

/// Deserializes the keys of a policy; a missing key has its default.
///
/// # Errors
/// [`Error::Invalid`](crate::Error::Invalid) with file, line, key and reason for the first
/// bad value.
pub(super) fn deserialize(keys: &Keys) -> Result<Policy> {
    let fields = Fields { keys, names: Policy::NAMES.iter() };
    let policy = Policy::deserialize(SeqAccessDeserializer::new(fields))
        .map_err(|refusal| keys.refuse(refusal.key, &refusal.reason))?;
    Ok(Policy { name: keys.name.clone(), ..policy })
}

/// Why a value is refused.
#[derive(Debug)]
struct Refusal {
    /// Name of the key; empty until the key is known.
    key: &'static str,
    reason: String,
}

type Parsed<T> = std::result::Result<T, Refusal>;

impl serde::de::Error for Refusal {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Refusal { key: "", reason: reason.to_string() }
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Refusal::custom(format!("{variant:?} is not one of {}", expected.join(", ")))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.key, self.reason)
    }
}

impl std::error::Error for Refusal {}

/// The values of keys, as the fields of a struct in their order.
struct Fields<'de> {
    keys: &'de Keys,
    names: Iter<'static, &'static str>,
}

impl<'de> SeqAccess<'de> for Fields<'de> {
    type Error = Refusal;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Parsed<Option<S::Value>> {
        let Some(name) = self.names.next() else { return Ok(None) };
        let parsed = KeyValue::of(self.keys, name).and_then(|value| seed.deserialize(value));
        parsed
            .map(Some)
            .map_err(|refusal| if refusal.key.is_empty() { Refusal { key: name, ..refusal } } else { refusal })
    }
}

/// The value of a key.
struct KeyValue<'de> {
    keys: &'de Keys,
    rule: &'static Rule,
    value: Cow<'de, Value>,
}

impl<'de> KeyValue<'de> {
    /// Returns the value of a key, or its default.
    fn of(keys: &'de Keys, name: &str) -> Parsed<Self> {
        let rule = policy_keys().find(|key| key.name == name).map(|key| &key.rule);
        let rule = rule.ok_or_else(|| Refusal::custom("it is not a key of policies"))?;
        let set = keys.values.get(name).map(|(value, _)| Cow::Borrowed(value));
        let value = match (set.or_else(|| rule.default().map(Cow::Owned)), rule) {
            (Some(value), _) => value,
            (_, Rule::ListAs(other)) => return KeyValue::of(keys, other),
            (_, Rule::RequiredText(reason) | Rule::RequiredList(reason)) => return Err(Refusal::custom(reason)),
            (_, Rule::MailLimit(limit)) if keys.sends_mails() => Cow::Owned(Value::Number(*limit)),
            _ => Cow::Owned(Value::Text("none".into())),
        };
        rule.check(&value).map_err(Refusal::custom)?;
        Ok(KeyValue { keys, rule, value })
    }
}

impl<'de> Deserializer<'de> for KeyValue<'de> {
    type Error = Refusal;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Parsed<V::Value> {
        match self.value.as_ref() {
            Value::Text(text) => visitor.visit_str(text),
            Value::Number(number) => visitor.visit_i64(*number),
            Value::Flag(flag) => visitor.visit_bool(*flag),
            Value::List(items) => visitor.visit_seq(SeqDeserializer::new(items.iter().map(String::as_str))),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Parsed<V::Value> {
        match (self.value.as_ref(), self.rule.none()) {
            (Value::Text(text), Some(none)) if text == none => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Parsed<V::Value> {
        visitor.visit_enum(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// A word is the variant of an enum. The fields of the variant are keys of the policy.
impl<'de> EnumAccess<'de> for KeyValue<'de> {
    type Error = Refusal;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Parsed<(S::Value, Self)> {
        let Value::Text(word) = self.value.as_ref() else { return Err(Refusal::custom("write a string in quotes")) };
        Ok((seed.deserialize(StrDeserializer::new(word))?, self))
    }
}

impl<'de> VariantAccess<'de> for KeyValue<'de> {
    type Error = Refusal;

    fn unit_variant(self) -> Parsed<()> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Parsed<S::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Parsed<V::Value> {
        self.deserialize_any(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(self, names: &'static [&'static str], visitor: V) -> Parsed<V::Value> {
        visitor.visit_seq(Fields { keys: self.keys, names: names.iter() })
    }
}
