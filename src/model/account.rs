//! Accounts: who people are to the apps.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AccountId, text_enum};
use crate::clock::Time;

/// How old the note of when somebody was last seen may become.
pub const SEEN_EVERY: Duration = Duration::from_mins(5);

text_enum! {
    /// Whether an account may be used.
    Status {
        /// Asked to join, and not yet done so.
        Invited = "invited",
        /// Registered, and waiting for an administrator's approval.
        Pending = "pending",
        /// In use.
        Active = "active",
        /// Locked by an administrator; nothing of it is lost.
        Suspended = "suspended",
        /// Removed, and restorable for a time.
        Deleted = "deleted",
    }
}

text_enum! {
    /// What one may be allowed to do with an account.
    AccountAct {
        /// Change its names, addresses and profile.
        Update = "update",
        /// Suspend it and lift the suspension, limit its validity, and end its sessions.
        Suspend = "suspend",
        /// Delete and restore it.
        Delete = "delete",
        /// Let it in: invite it, and approve or refuse its registration.
        Approve = "approve",
    }
}

/// A postal address (OIDC Core section 5.1.1); every part is optional.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PostalAddress {
    /// The whole address, ready to print.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub formatted: Option<String>,
    /// Street, house number and what else stands above the town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub street_address: Option<String>,
    /// Town.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locality: Option<String>,
    /// State, province or region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Postal code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub postal_code: Option<String>,
    /// Country.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub country: Option<String>,
}

/// The standard claims of a person beyond name, user name and e-mail (OIDC Core section 5.1).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[expect(
    missing_docs,
    reason = "each field is the claim of its name in OIDC Core section 5.1"
)]
pub struct Profile {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub family_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nickname: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub profile: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub picture: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub website: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub gender: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub birthdate: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub zoneinfo: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locale: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_verified: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<PostalAddress>,
}

/// One account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Its id, and its `sub` where subjects are public.
    pub id: AccountId,
    /// Counted from 0 in the order of creation.
    pub number: i64,
    /// As typed when it was made.
    pub username: String,
    /// Whether it may be used.
    pub status: Status,
    /// Why it may not.
    pub status_reason: Option<String>,
    /// The full name; may be empty.
    pub name: String,
    /// The other standard claims.
    pub profile: Profile,
    /// When it was made.
    pub created_at: Time,
    /// When what apps see of it last changed.
    pub updated_at: Time,
    /// When it was last seen, give or take a few minutes.
    pub last_seen_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
    /// From when on it may be used.
    pub valid_from: Option<Time>,
    /// Until when it may be used.
    pub valid_until: Option<Time>,
    /// Who keeps its name and password: [`LOCAL`], or the directory that it comes from.
    pub source: String,
}

/// The source of accounts that are kept here.
pub const LOCAL: &str = "local";

impl Account {
    /// Whether its owner may sign in at this moment.
    #[must_use]
    pub fn is_usable(&self, now: Time) -> bool {
        self.status == Status::Active
            && self.valid_from.is_none_or(|from| from <= now)
            && self.valid_until.is_none_or(|until| until > now)
    }
}
