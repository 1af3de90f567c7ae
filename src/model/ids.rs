//! Ids, with a newtype for each kind so that they cannot be mixed up.

use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::clock::Time;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

/// Ids that we make.
macro_rules! own_id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {
        id! { $(#[$doc] $name),* }
        $(impl $name {
            /// A new id that sorts by time.
            #[must_use]
            pub fn new(now: Time) -> Self {
                Self(new_id(now))
            }
        })*
    };
}

id! {
    /// An app's `client_id`.
    ClientId,
    /// A browser in which somebody has signed in.
    DeviceId,
}

own_id! {
    /// An account; also its `sub` for apps with public subjects. It is never reused.
    AccountId,
    /// An attempt to sign in.
    AttemptId,
    /// A session; the `sid` claim.
    SessionId,
    /// A grant of one user to one app.
    GrantId,
    /// A team.
    TeamId,
    /// A group.
    GroupId,
    /// An authenticator app that an account's second factor uses.
    AuthenticatorId,
    /// A passkey.
    PasskeyId,
}

/// A counter of how often an account's password was set, so that a proof of an older password is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordVersion(pub i64);

/// The latest millisecond in which this process made an id, and how many ids it has made since.
static LATEST: Mutex<(u64, u32)> = Mutex::new((0, 0));

/// How many ids this process has made since the latest millisecond began. A thread whose time is slightly older
/// continues the count, so that the ids of a millisecond sort in the order in which they were made.
fn count_in(millis: u64) -> u32 {
    let mut latest = LATEST.lock().unwrap_or_else(PoisonError::into_inner);
    *latest = if millis > latest.0 {
        (millis, 0)
    } else {
        (latest.0, latest.1.wrapping_add(1))
    };
    latest.1
}

/// A new UUID version 7 as text (RFC 9562 section 5.7). It sorts by `now`, and within a millisecond after those that
/// this process made before, by a counter of 26 bits (section 6.2, method 1). It identifies; it is never a secret.
#[must_use]
pub fn new_id(now: Time) -> String {
    let millis = u64::try_from(now.0 / 1000).unwrap_or(0);
    let mut random = crate::crypto::random_bytes::<10>();
    let count = count_in(millis).to_be_bytes();
    // The version replaces the upper four bits of the first byte, and the variant the upper two of the third.
    random[0] = (count[0] << 2) | (count[1] >> 6);
    random[1] = (count[1] << 2) | (count[2] >> 6);
    random[2] = count[2] & 0x3f;
    random[3] = count[3];
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        assert!(AccountId::new(Time::from_seconds(1)) < AccountId::new(Time::from_seconds(2)));
    }

    #[test]
    fn ids_of_one_moment_sort_in_the_order_in_which_they_were_made() {
        // Ids that other tests make meanwhile are of earlier moments.
        let now = Time::from_seconds(4_000_000_123);
        let ids: Vec<_> = (0..20_000).map(|_| new_id(now)).collect();
        assert!(ids.is_sorted());
        let id: uuid::Uuid = ids[19_999].parse().unwrap();
        assert_eq!(
            (id.get_version_num(), id.get_variant()),
            (7, uuid::Variant::RFC4122)
        );
    }
}
