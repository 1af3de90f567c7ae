//! Resets of passwords that an administrator makes and hands over, as pages show them once.

use serde::{Deserialize, Serialize};

use super::invitation_links::NewLinks;
use super::recent::WithSession;
use super::submission::Submission;
use crate::clock::Time;
use crate::directory::Failure;
use crate::directory::accounts::AccountRef;
use crate::directory::resets::{MakeResetCode, MakeResetLink, MakeTemporaryPassword, ResetWay};
use crate::paths;

/// What an administrator hands over to the owner of an account.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ResetSecret {
    /// What it is.
    pub way: ResetWay,
    /// The password, the link or the code.
    pub secret: String,
    /// When it stops working; `None` for never.
    pub until: Option<Time>,
    /// To how many addresses it is mailed.
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

/// Makes a reset in this way; a password that is typed has a form of its own, and is made temporary here.
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
    let (way, secret, until, mailed) = match way {
        ResetWay::Link => {
            let made = sent.change(MakeResetLink::new(account, &app.master, now)).await?;
            let path = paths::RESET.of([made.secret.as_str()]);
            let link = app.config.server.issuer.url(path);
            (way, link, made.until, made.mailed)
        }
        ResetWay::Code => {
            let made = sent.change(MakeResetCode { account }).await?;
            (way, made.secret.expose().clone(), made.until, 0)
        }
        ResetWay::Temporary | ResetWay::Typed => {
            let made = sent.change(MakeTemporaryPassword::new(account)).await?;
            (ResetWay::Temporary, made.password.expose().clone(), made.until, 0)
        }
    };
    Ok(ResetSecret {
        way,
        secret,
        until: Some(until),
        mailed,
        who,
        hand_over: None,
    })
}
