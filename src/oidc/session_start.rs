//! Decides whether a session begins. No other code does.

use crate::clock::Time;
use crate::model::account::{Account, Status};
use crate::model::{Amr, PasswordVersion};

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
    /// A reset of the password by a code is pending.
    ResetPending,
    /// The temporary password has expired.
    PasswordExpired,
    /// Something else is needed first.
    Missing(Missing),
}

/// What is still needed before a session begins for somebody who has proven who they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// The second factor.
    SecondFactor,
    /// A second factor, which the account does not have yet.
    Enrolment,
    /// A new password in place of the temporary one.
    NewPassword,
}

/// What the policy requires besides a password.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Required {
    /// Nothing.
    Nothing,
    /// A second factor.
    SecondFactor,
    /// A passkey.
    Passkey {
        /// Whether the account has one.
        held: bool,
    },
}

/// What somebody has proven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proven {
    /// A password.
    Password,
    /// A password and a code of an authenticator app.
    PasswordAndCode,
    /// A password and a recovery code.
    PasswordAndRecoveryCode,
    /// A password, in a browser that stands in for the second factor.
    PasswordOnTrustedDevice,
    /// A passkey, which is two factors.
    Passkey,
    /// A one-time secret, which needs nothing else.
    OneTimeSecret,
}

impl Proven {
    /// What the methods and the password of a proof amount to.
    #[must_use]
    pub fn of(methods: &Amr, password: Option<PasswordVersion>) -> Self {
        match (password, methods.contains("mfa")) {
            (None, _) => Self::Passkey,
            (Some(_), true) if methods.contains("otp") => Self::PasswordAndCode,
            (Some(_), true) => Self::PasswordAndRecoveryCode,
            (Some(_), false) => Self::Password,
        }
    }
}

/// Decides whether a session begins for a user who has proven that this account is theirs.
///
/// # Errors
/// The reason why none begins.
pub fn ensure_session_may_begin(
    account: &Account,
    proven: Proven,
    required: Required,
    now: Time,
) -> Result<(), NoSession> {
    match (account.status, account.valid_from) {
        _ if account.is_usable(now) => ensure_complete(account, proven, required, now),
        (Status::Pending, _) => Err(NoSession::Pending),
        (Status::Suspended, _) => Err(NoSession::Suspended),
        (Status::Active, Some(from)) if from > now => Err(NoSession::Upcoming(from)),
        (Status::Active, _) => Err(NoSession::Expired),
        (Status::Invited | Status::Deleted, _) => Err(NoSession::Unusable),
    }
}

fn ensure_complete(
    account: &Account,
    proven: Proven,
    required: Required,
    now: Time,
) -> Result<(), NoSession> {
    match account.temporary_password_until {
        _ if proven == Proven::OneTimeSecret => Ok(()),
        Some(until) if until <= now && proven != Proven::Passkey => Err(NoSession::PasswordExpired),
        temporary => match missing_factor(account, proven, required) {
            Some(missing) => Err(NoSession::Missing(missing)),
            None if temporary.is_some() => Err(NoSession::Missing(Missing::NewPassword)),
            None => Ok(()),
        },
    }
}

/// What is missing besides what was proven. Where only passkeys count, a code of an authenticator app only lets a user
/// without a passkey add one; a recovery code is enough for a user who has lost their passkey.
const fn missing_factor(account: &Account, proven: Proven, required: Required) -> Option<Missing> {
    match (proven, required) {
        (Proven::Password, _) if account.has_second_factor => Some(Missing::SecondFactor),
        (Proven::PasswordOnTrustedDevice, Required::Passkey { .. }) if account.has_second_factor => {
            Some(Missing::SecondFactor)
        }
        (
            Proven::Password | Proven::PasswordOnTrustedDevice,
            Required::SecondFactor | Required::Passkey { .. },
        ) if !account.has_second_factor => Some(Missing::Enrolment),
        (Proven::PasswordAndCode, Required::Passkey { held: true }) => Some(Missing::SecondFactor),
        (Proven::PasswordAndCode | Proven::PasswordAndRecoveryCode, Required::Passkey { held: false }) => {
            Some(Missing::Enrolment)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::AccountId;
    use crate::model::account::{LOCAL, Profile};

    fn account(status: Status) -> Account {
        Account {
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
            temporary_password_until: None,
            valid_from: Some(Time::from_seconds(10)),
            valid_until: Some(Time::from_seconds(20)),
            source: LOCAL.to_owned(),
        }
    }

    #[test]
    fn a_session_begins_for_a_usable_account_only() {
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
            for proven in [Proven::Password, Proven::PasswordAndCode, Proven::Passkey] {
                let decided = ensure_session_may_begin(&account(status), proven, Required::Nothing, now);
                assert_eq!(decided, expected, "{status} at {now:?}");
            }
        }
    }
    #[test]
    fn a_session_begins_once_nothing_is_missing() {
        use Proven::{Passkey, Password, PasswordAndCode, PasswordOnTrustedDevice};
        let missing = |what| Err(NoSession::Missing(what));
        let expired = Err(NoSession::PasswordExpired);
        let (factor, password) = (missing(Missing::SecondFactor), missing(Missing::NewPassword));
        for (has_second_factor, temporary_until, proven, expected) in [
            (false, None, Password, Ok(())),
            (true, None, Password, factor),
            (true, None, PasswordAndCode, Ok(())),
            (true, None, PasswordOnTrustedDevice, Ok(())),
            (true, Some(13), PasswordOnTrustedDevice, password),
            (true, Some(12), PasswordOnTrustedDevice, expired),
            (true, None, Passkey, Ok(())),
            (false, Some(13), Password, password),
            (true, Some(13), Password, factor),
            (true, Some(13), PasswordAndCode, password),
            (true, Some(13), Passkey, password),
            (false, Some(12), Password, expired),
            (true, Some(12), Password, expired),
            (true, Some(12), PasswordAndCode, expired),
            (true, Some(12), Passkey, password),
        ] {
            let account = Account {
                has_second_factor,
                temporary_password_until: temporary_until.map(Time::from_seconds),
                ..account(Status::Active)
            };
            let decided =
                ensure_session_may_begin(&account, proven, Required::Nothing, Time::from_seconds(12));
            assert_eq!(
                decided, expected,
                "{has_second_factor} {temporary_until:?} {proven:?}"
            );
        }
    }
    #[test]
    fn whoever_must_have_a_second_factor_and_has_none_adds_one_first() {
        use Proven::{OneTimeSecret, Passkey, Password, PasswordAndCode, PasswordOnTrustedDevice};
        let missing = |what| Err(NoSession::Missing(what));
        for (has_second_factor, temporary_until, proven, expected) in [
            (false, None, Password, missing(Missing::Enrolment)),
            (true, None, Password, missing(Missing::SecondFactor)),
            (true, None, PasswordAndCode, Ok(())),
            (true, None, PasswordOnTrustedDevice, Ok(())),
            (false, None, PasswordOnTrustedDevice, missing(Missing::Enrolment)),
            (true, None, Passkey, Ok(())),
            (false, None, OneTimeSecret, Ok(())),
            (false, Some(13), Password, missing(Missing::Enrolment)),
            (true, Some(13), PasswordAndCode, missing(Missing::NewPassword)),
            (false, Some(12), Password, Err(NoSession::PasswordExpired)),
        ] {
            let account = Account {
                has_second_factor,
                temporary_password_until: temporary_until.map(Time::from_seconds),
                ..account(Status::Active)
            };
            let now = Time::from_seconds(12);
            let decided = ensure_session_may_begin(&account, proven, Required::SecondFactor, now);
            assert_eq!(
                decided, expected,
                "{has_second_factor} {temporary_until:?} {proven:?}"
            );
        }
    }
    #[test]
    fn where_only_passkeys_count_a_code_of_an_app_is_not_enough() {
        use Proven::{
            OneTimeSecret, Passkey, Password, PasswordAndCode, PasswordAndRecoveryCode,
            PasswordOnTrustedDevice,
        };
        let missing = |what| Err(NoSession::Missing(what));
        let (factor, enrolment) = (missing(Missing::SecondFactor), missing(Missing::Enrolment));
        for (has_second_factor, held, proven, expected) in [
            (false, false, Password, enrolment),
            (false, false, PasswordOnTrustedDevice, enrolment),
            (true, false, Password, factor),
            (true, false, PasswordOnTrustedDevice, factor),
            (true, false, PasswordAndCode, enrolment),
            (true, false, PasswordAndRecoveryCode, enrolment),
            (true, true, Password, factor),
            (true, true, PasswordOnTrustedDevice, factor),
            (true, true, PasswordAndCode, factor),
            (true, true, PasswordAndRecoveryCode, Ok(())),
            (true, true, Passkey, Ok(())),
            (false, false, OneTimeSecret, Ok(())),
        ] {
            let account = Account {
                has_second_factor,
                ..account(Status::Active)
            };
            let (now, required) = (Time::from_seconds(12), Required::Passkey { held });
            let decided = ensure_session_may_begin(&account, proven, required, now);
            assert_eq!(decided, expected, "{has_second_factor} {held} {proven:?}");
        }
    }
}
