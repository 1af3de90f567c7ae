//! Resets of passwords that an administrator makes and hands over, as pages show them once.

use serde::{Deserialize, Serialize};

use super::invitation_links::NewLinks;
use super::submission::{Submission, WithSession};
use crate::clock::Time;
use crate::directory::Failure;
use crate::directory::accounts::AccountRef;
use crate::directory::resets::{MakeResetCode, MakeResetLink, MakeTemporaryPassword, ResetWay};
use crate::paths;

/// What a page shows once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SecretKind {
    /// A link with which the owner of the account chooses a password.
    Link,
    /// A temporary password.
    Temporary,
    /// A password that was typed.
    Typed,
    /// A code for the sign-in page.
    Code,
    /// A password with which the administrator acts as the owner of the account.
    Acting,
}

/// What an administrator hands over to the owner of an account, or uses to act as them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResetSecret {
    /// What it is.
    pub kind: SecretKind,
    /// The password, the link or the code.
    pub secret: String,
    /// When it stops working; `None` for never.
    pub until: Option<Time>,
    /// The number of addresses to which it is mailed.
    pub mailed: usize,
    /// Who it is for, as the administrator referred to them.
    pub who: String,
    /// The link at which it is shown once, if one was made.
    pub hand_over: Option<String>,
}

/// Something secret that was made for others.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Made {
    /// An invitation link.
    Invitation(NewLinks),
    /// A reset.
    Reset(ResetSecret),
}

/// Makes a reset in this way. A typed password has a form of its own, so here [`ResetWay::Typed`] makes a temporary
/// one.
///
/// # Errors
/// The reason for a refusal.
pub async fn make<V: WithSession>(
    sent: &Submission<V>,
    account: AccountRef,
    who: String,
    way: ResetWay,
) -> Result<ResetSecret, Failure> {
    let (app, now) = (&sent.app, sent.app.clock.now());
    let (kind, secret, until, mailed) = match way {
        ResetWay::Link => {
            let made = sent.change(MakeResetLink::new(account, &app.master, now)).await?;
            let path = paths::RESET.of([made.secret.as_str()]);
            let link = app.config.server.issuer.url(path);
            (SecretKind::Link, link, made.until, made.mailed)
        }
        ResetWay::Code => {
            let made = sent.change(MakeResetCode { account }).await?;
            (SecretKind::Code, made.secret.expose().clone(), made.until, 0)
        }
        ResetWay::Temporary | ResetWay::Typed => {
            let made = sent.change(MakeTemporaryPassword::new(account)).await?;
            let password = made.password.expose().clone();
            (SecretKind::Temporary, password, made.until, 0)
        }
    };
    Ok(ResetSecret {
        kind,
        secret,
        until: Some(until),
        mailed,
        who,
        hand_over: None,
    })
}
