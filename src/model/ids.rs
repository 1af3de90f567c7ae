//! Ids, with a newtype for each kind so that they cannot be mixed up.

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

id! {
    /// An account; also its `sub` for apps with public subjects. It is never reused.
    AccountId,
    /// An app's `client_id`.
    ClientId,
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
}

/// A counter of how often an account's password was set, so that a proof of an older password is recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordVersion(pub i64);

/// A new UUID version 7 as text (RFC 9562 section 5.7), which sorts by `now`. It identifies; it is never a
/// secret.
#[must_use]
pub fn new_id(now: Time) -> String {
    let millis = u64::try_from(now.0 / 1000).unwrap_or(0);
    let random = crate::crypto::random_bytes::<10>();
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

macro_rules! new_ids {
    ($($name:ident),*) => {$(
        impl $name {
            /// A new id that sorts by time.
            #[must_use]
            pub fn new(now: Time) -> Self {
                Self(new_id(now))
            }
        }
    )*};
}
new_ids!(AccountId, AttemptId, SessionId, GrantId, TeamId, GroupId);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_sort_by_time() {
        assert!(AccountId::new(Time::from_seconds(1)) < AccountId::new(Time::from_seconds(2)));
    }
}
