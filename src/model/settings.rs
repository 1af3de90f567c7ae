//! The instance settings, which an administrator changes at run time.

use serde::{Deserialize, Serialize};

use super::{text_enum, with_defaults};
use crate::clock::Time;

text_enum! {
    /// Who can get an account without an administrator.
    Registration {
        /// Nobody. People who may create accounts can still invite.
        Closed = "closed",
        /// Everybody with an invitation.
        Invite = "invite",
        /// Everybody, after an administrator has approved the registration.
        Approval = "approval",
        /// Everybody.
        Open = "open",
    }
}

text_enum! {
    /// Who must have a second factor to sign in.
    SecondFactorFor {
        /// Nobody.
        Nobody = "nobody",
        /// Everybody with a permission on the instance.
        Staff = "staff",
        /// Everybody.
        Everybody = "everybody",
    }
}

text_enum! {
    /// What counts as a second factor.
    SecondFactorKinds {
        /// Passkeys and authenticator apps.
        Any = "any",
        /// Only passkeys, which a phishing page cannot capture.
        Passkeys = "passkeys",
    }
}

with_defaults! {
    /// The settings of the instance.
    #[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
    #[serde(default)]
    InstanceSettings {
        /// Incremented by each change, so that a form opened before the last change is refused.
        revision: i64 = 0,
        /// The organisation's name, shown on every page.
        organisation: String = "Doorward".to_owned(),
        /// The accent colour as `#rrggbb`; `None` for the built-in one.
        accent: Option<String> = None,
        /// Who may register.
        registration: Registration = Registration::Closed,
        /// The domains whose addresses may register; empty for all.
        domains: Vec<String> = Vec::new(),
        /// How many days an invitation is valid.
        invitation_days: u32 = 7,
        /// Who must have a second factor; roles of the scheme may require one too.
        second_factor: SecondFactorFor = SecondFactorFor::Nobody,
        /// From when they must have it.
        second_factor_from: Option<Time> = None,
        /// What counts as a second factor, whatever requires one.
        second_factor_kinds: SecondFactorKinds = SecondFactorKinds::Any,
        /// Whether tokens and lists contain personal teams.
        personal_teams: bool = true,
    }
}
