//! Debug output that hides secrets.

use std::fmt::{Debug, Formatter, Result};

/// Shows only whether a hidden field has a value: `Some(..)` or `None`.
pub(crate) struct Presence(pub bool);

impl Debug for Presence {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        f.write_str(if self.0 { "Some(..)" } else { "None" })
    }
}

/// Implements `Debug` for a struct and shows only whether the field in brackets has a
/// value: it holds a code, or a link that contains one.
macro_rules! redacted_debug {
    ($shown:ident { $($field:ident),+; [$hidden:ident] }) => {
        impl std::fmt::Debug for $shown {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.debug_struct(stringify!($shown))
                    $(.field(stringify!($field), &self.$field))+
                    .field(stringify!($hidden), &$crate::text::Presence(self.$hidden.is_some()))
                    .finish()
            }
        }
    };
}

pub(crate) use redacted_debug;
