//! Resets of passwords: by somebody who may reset them, and by a temporary password that its owner replaces.

mod guard;
mod temporary;

pub use guard::ResetWay;
pub(super) use guard::{find_for_reset, require_reset, ways};
pub(super) use temporary::after_reset;
pub use temporary::{MakeTemporaryPassword, ReplaceTemporaryPassword, ReplacedPassword, TemporaryPassword};
