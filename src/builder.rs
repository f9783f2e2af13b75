//! Setters of requests and filters.
//!
//! A request has a constructor with its required fields, and a setter for each optional
//! field that returns the request.

/// A text or `None`, as the argument of a setter: `&str`, `String`, or an `Option` of one.
pub trait OptionalText {
    /// Returns the text.
    fn into_text(self) -> Option<String>;
}

impl OptionalText for &str {
    fn into_text(self) -> Option<String> {
        Some(self.to_owned())
    }
}

impl OptionalText for &String {
    fn into_text(self) -> Option<String> {
        Some(self.clone())
    }
}

impl OptionalText for String {
    fn into_text(self) -> Option<String> {
        Some(self)
    }
}

impl<T: OptionalText> OptionalText for Option<T> {
    fn into_text(self) -> Option<String> {
        self.and_then(OptionalText::into_text)
    }
}

/// Defines setters that return the request. The word in front of a field says what the
/// setter takes: `value` its type, `some` the type within its `Option`, `option` that type
/// or an `Option` of it, `text` an [`OptionalText`], `list` the items of a list.
macro_rules! setters {
    ($type:ident { $($kind:ident $field:ident $(: $of:ty)?,)+ }) => {
        impl $type {
            $($crate::builder::setters! { @$kind $type $field $(: $of)? })+
        }
    };
    (@value $type:ident $field:ident: $of:ty) => {
        #[doc = concat!("Sets [`", stringify!($type), "::", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, value: $of) -> Self {
            self.$field = value;
            self
        }
    };
    (@some $type:ident $field:ident: $of:ty) => {
        #[doc = concat!("Sets [`", stringify!($type), "::", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, value: $of) -> Self {
            self.$field = Some(value);
            self
        }
    };
    (@option $type:ident $field:ident: $of:ty) => {
        #[doc = concat!("Sets [`", stringify!($type), "::", stringify!($field), "`](#structfield.", stringify!($field), ") to a value or `None`.")]
        #[must_use]
        pub fn $field(mut self, value: impl Into<Option<$of>>) -> Self {
            self.$field = value.into();
            self
        }
    };
    (@text $type:ident $field:ident) => {
        #[doc = concat!("Sets [`", stringify!($type), "::", stringify!($field), "`](#structfield.", stringify!($field), ") to a text or `None`.")]
        #[must_use]
        pub fn $field(mut self, text: impl $crate::builder::OptionalText) -> Self {
            self.$field = text.into_text();
            self
        }
    };
    (@list $type:ident $field:ident: $of:ty) => {
        #[doc = concat!("Sets [`", stringify!($type), "::", stringify!($field), "`](#structfield.", stringify!($field), ").")]
        #[must_use]
        pub fn $field(mut self, items: impl IntoIterator<Item = impl Into<$of>>) -> Self {
            self.$field = items.into_iter().map(Into::into).collect();
            self
        }
    };
}
pub(crate) use setters;

#[cfg(test)]
mod tests {
    use crate::invites::generate::{Terms, UsageLimit};
    use crate::invites::list::Filter;

    #[test]
    fn setters_take_texts_options_and_lists() {
        let terms =
            Terms::new().note("n").email(Some("a@b.org")).role(None::<String>).usage_limit(UsageLimit::Unlimited);
        assert_eq!((terms.note.as_deref(), terms.email.as_deref(), terms.role), (Some("n"), Some("a@b.org"), None));
        assert_eq!(terms.usage_limit, UsageLimit::Unlimited);
        let filter = Filter::new().spaces(["a", "b"]).policy(String::from("tree"));
        assert_eq!((filter.spaces, filter.policy.as_deref()), (vec!["a".to_owned(), "b".to_owned()], Some("tree")));
    }
}
