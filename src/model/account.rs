//! Accounts: identity, status, profile and validity.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{AccountId, text_enum};
use crate::clock::Time;

/// How often the time of an account's last activity is updated.
pub const LAST_SEEN_INTERVAL: Duration = Duration::from_mins(5);

text_enum! {
    /// The status of an account.
    Status {
        /// Created or invited, and without a password yet.
        Invited = "invited",
        /// Registered and waiting for an administrator's approval.
        Pending = "pending",
        /// Usable, within its validity dates.
        Active = "active",
        /// Suspended by an administrator; its data are kept.
        Suspended = "suspended",
        /// Deleted; it can be restored for a time.
        Deleted = "deleted",
    }
}

text_enum! {
    /// An action on an account that is authorized separately.
    AccountAction {
        /// Change its name, addresses and profile.
        Update = "update",
        /// Suspend it, lift the suspension, set its validity dates and end its sessions.
        Suspend = "suspend",
        /// Delete and restore it.
        Delete = "delete",
        /// Remove its second factors.
        ResetSecondFactor = "reset_2fa",
        /// Act as its owner.
        Impersonate = "impersonate",
        /// Invite it, and approve or reject its registration.
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
    /// Street, house number and other lines before the town.
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

/// The standard claims of a user except name, username and e-mail (OIDC Core section 5.1).
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
    /// Its id, which is also its `sub` for apps with public subjects.
    pub id: AccountId,
    /// Its number, from 0 in the order of creation.
    pub number: i64,
    /// Its username, as entered when it was created.
    pub username: String,
    /// Its status.
    pub status: Status,
    /// The reason for the status, if an administrator gave one.
    pub status_reason: Option<String>,
    /// The full name; may be empty.
    pub name: String,
    /// The other standard claims.
    pub profile: Profile,
    /// When it was created.
    pub created_at: Time,
    /// When its claims last changed.
    pub updated_at: Time,
    /// When it was last seen, accurate to [`LAST_SEEN_INTERVAL`].
    pub last_seen_at: Option<Time>,
    /// When it was deleted.
    pub deleted_at: Option<Time>,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
    /// When its temporary password expires; `None` unless somebody else chose the password, so that its owner must
    /// replace it.
    pub temporary_password_until: Option<Time>,
    /// The beginning of its validity.
    pub valid_from: Option<Time>,
    /// The end of its validity.
    pub valid_until: Option<Time>,
    /// The directory that manages its name and password, or [`LOCAL`].
    pub source: String,
}

/// The source of accounts that are managed here.
pub const LOCAL: &str = "local";

impl Account {
    /// Whether it is active and within its validity dates.
    #[must_use]
    pub fn is_usable(&self, now: Time) -> bool {
        self.status == Status::Active
            && self.valid_from.is_none_or(|from| from <= now)
            && self.valid_until.is_none_or(|until| until > now)
    }

    /// The full name, or the username of an account without one.
    #[must_use]
    pub fn shown_name(&self) -> &str {
        shown_name(&self.name, &self.username)
    }
}

/// The full name, or the username of an account without one.
#[must_use]
pub const fn shown_name<'n>(name: &'n str, username: &'n str) -> &'n str {
    if name.is_empty() { username } else { name }
}
