//! Signing people out of their apps: what apps are told, when, and the receipt about it.

mod delivery;
mod endings;
mod frames;
mod receipt;
mod receiver;
mod withdrawn;

use doorward::endpoints::logouts::{Delivered, deliver};

use crate::support::{On, Rp, TestApp};
pub use receiver::Receiver;

impl TestApp {
    /// Starts a server that may reach apps on this machine.
    pub async fn start_with_local_apps(on: On) -> Self {
        Self::start_with(on, &[("DOORWARD__FETCH__ALLOW", "127.0.0.0/8")]).await
    }

    /// An app that is told of sign-outs at this receiver.
    pub async fn rp_with_backchannel_logout(&self, id: &str, receiver: &Receiver) -> Rp {
        self.rp_with(id, |settings| {
            settings.backchannel_logout_uri = Some(receiver.address.clone());
        })
        .await
    }

    /// Runs the job that tells apps who is signed out.
    pub async fn deliver_logouts(&self) -> Delivered {
        deliver(&self.app).await.unwrap()
    }
}

/// The result of a run of the job.
pub const fn told(confirmed: usize, failed: usize) -> Delivered {
    Delivered { confirmed, failed }
}
