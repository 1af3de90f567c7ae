//! Decides whether a session begins. No other code does.

use crate::clock::Time;
use crate::model::account::{Account, Status};

/// Why no session begins for a user who has proven who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSession {
    /// The registration is not approved yet.
    Pending,
    /// The account is suspended.
    Suspended,
    /// The account is valid only from this time.
    Upcoming(Time),
    /// The account is not valid any more.
    Expired,
    /// The account has no password yet, or is deleted.
    Unusable,
    /// The account has a second factor, which is not proven yet.
    SecondFactorMissing,
}

/// Whether the user of an account has proven a second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecondFactor {
    /// The account has none.
    None,
    /// Not yet.
    Missing,
    /// Yes.
    Proven,
}

/// Decides whether a session begins for a user who has proven that this account is theirs.
///
/// # Errors
/// The reason why none begins.
pub fn ensure_session_may_begin(
    account: &Account,
    second_factor: SecondFactor,
    now: Time,
) -> Result<(), NoSession> {
    match (account.status, account.valid_from) {
        _ if account.is_usable(now) => match second_factor {
            SecondFactor::Missing => Err(NoSession::SecondFactorMissing),
            SecondFactor::None | SecondFactor::Proven => Ok(()),
        },
        (Status::Pending, _) => Err(NoSession::Pending),
        (Status::Suspended, _) => Err(NoSession::Suspended),
        (Status::Active, Some(from)) if from > now => Err(NoSession::Upcoming(from)),
        (Status::Active, _) => Err(NoSession::Expired),
        (Status::Invited | Status::Deleted, _) => Err(NoSession::Unusable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountId;
    use crate::model::account::{LOCAL, Profile};

    #[test]
    fn a_session_begins_for_a_usable_account_only() {
        let account = |status| Account {
            id: AccountId("ann".into()),
            number: 0,
            username: "ann".into(),
            status,
            status_reason: None,
            name: String::new(),
            profile: Profile::default(),
            created_at: Time(0),
            updated_at: Time(0),
            last_seen_at: None,
            deleted_at: None,
            has_second_factor: false,
            valid_from: Some(Time::from_seconds(10)),
            valid_until: Some(Time::from_seconds(20)),
            source: LOCAL.to_owned(),
        };
        let unusable = Err(NoSession::Unusable);
        for (status, now, expected) in [
            (Status::Active, 10, Ok(())),
            (
                Status::Active,
                9,
                Err(NoSession::Upcoming(Time::from_seconds(10))),
            ),
            (Status::Active, 20, Err(NoSession::Expired)),
            (Status::Pending, 10, Err(NoSession::Pending)),
            (Status::Invited, 10, unusable),
            (Status::Suspended, 10, Err(NoSession::Suspended)),
            (Status::Deleted, 10, unusable),
        ] {
            let now = Time::from_seconds(now);
            let decided = |factor| ensure_session_may_begin(&account(status), factor, now);
            assert_eq!(decided(SecondFactor::None), expected, "{status} at {now:?}");
            assert_eq!(decided(SecondFactor::Proven), expected, "{status} at {now:?}");
            let missing = expected.and(Err(NoSession::SecondFactorMissing));
            assert_eq!(decided(SecondFactor::Missing), missing, "{status} at {now:?}");
        }
    }
}
