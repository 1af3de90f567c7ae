//! The domain types with their pure rules: no SQL, no HTTP, no clock.

pub mod access;
pub mod account;
pub mod account_list;
pub mod acr;
pub mod action;
pub mod attempt;
pub mod audit;
pub mod backoff;
pub mod catalogue;
pub mod claim_rules;
pub mod client;
pub mod device;
pub mod device_code;
pub mod email;
pub mod grant;
pub mod group;
mod ids;
pub mod invitation;
pub mod lifetime;
pub mod logout;
pub mod mail;
pub mod one_time;
pub mod own_path;
pub mod permission;
pub mod refusal;
pub mod reset;
pub mod role;
pub mod scheme;
pub mod second_factor;
pub mod session;
pub mod settings;
pub mod standard_claims;
pub mod team;
mod text_enum;
mod with_defaults;
mod word_list;

pub use ids::{
    AccountId, AttemptId, AuthenticatorId, ClientId, DeviceId, GrantId, GroupId, PasskeyId, PasswordVersion,
    SessionId, TeamId, new_id,
};
pub(crate) use text_enum::text_enum;
pub(crate) use with_defaults::with_defaults;
pub use word_list::{Amr, Scopes};
