//! Resets of passwords: by somebody who may reset them, or completed by the owner of the account.

mod by_owner;
mod expiry;
mod guard;
mod temporary;
mod typed;

pub use by_owner::{
    CompleteCodeReset, CompleteReset, GetReset, MadeReset, MakeResetCode, MakeResetLink, OfferedReset,
    RequestReset, link_token,
};
pub use expiry::expire_resets;
pub use guard::ResetWay;
pub(super) use guard::ways;
pub use temporary::{MakeTemporaryPassword, ReplaceTemporaryPassword, ReplacedPassword, TemporaryPassword};
pub use typed::SetPassword;
