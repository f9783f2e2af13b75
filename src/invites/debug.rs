//! Debug output of what holds a link: the link holds the code, so it is only
//! said whether there is one.

use std::fmt::{self, Debug, Formatter};

use crate::invites::issue::Issued;
use crate::invites::list::Listed;
use crate::invites::show::Shown;
use crate::invites::validate::Validation;
use crate::spaces::import::SpaceRow;
use crate::spaces::show::StandingCode;

/// `Some(..)` or `None`.
struct Hidden(bool);

impl Debug for Hidden {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0 { "Some(..)" } else { "None" })
    }
}

/// Shows the fields that are named, and hides the one in brackets.
macro_rules! debug_without {
    ($($shown:ident { $($field:ident),+; [$hidden:ident] })+) => {$(
        impl Debug for $shown {
            fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($shown))
                    $(.field(stringify!($field), &self.$field))+
                    .field(stringify!($hidden), &Hidden(self.$hidden.is_some()))
                    .finish()
            }
        }
    )+};
}

debug_without! {
    Issued { invite, code, invited_by; [link] }
    Listed { invite, used; [link] }
    Shown { invite, at, uses, operations, changes; [link] }
    SpaceRow { id, policy, name; [code] }
    StandingCode { invite, resolves; [link] }
    Validation { invite, at, denials; [link] }
}
