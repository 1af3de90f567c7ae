//! Throttling of password guesses, with one counter for the account and one for the client's network. A name
//! without an account has a counter too, so that responses do not reveal which accounts exist. A device of the account
//! has a counter of its own, so that guesses from elsewhere do not keep its owner out.

mod device_codes;
mod rules;

use std::time::Duration;

use crate::clock::Time;
use crate::crypto::MasterKey;
use crate::model::AccountId;
use crate::model::device::Device;
use crate::store::throttles::{self, Throttle};
use crate::store::{Conn, Db, Error, Tx};

pub use device_codes::{UserCodeTry, count_device_start};
pub use rules::{AccountRule, AddressRule, Counter, Decision};

/// The counters that apply to one attempt.
pub struct Subjects {
    account: String,
    /// The counter of a browser in which somebody has signed in to the account. It replaces the account's counter until
    /// it disables the password.
    device: Option<String>,
    address: String,
}

impl Subjects {
    /// The counters of an attempt at this account from this network.
    #[must_use]
    pub fn of(account: &AccountId, network: &str) -> Self {
        Self {
            account: throttles::account_subject(account),
            device: None,
            address: address_subject(network),
        }
    }

    /// The counters of an attempt in this browser.
    #[must_use]
    pub fn in_browser(self, device: Option<&Device>) -> Self {
        Self {
            device: device.map(|device| throttles::device_subject(&device.id)),
            ..self
        }
    }

    /// The counters of an attempt from this network at a folded name without an account. The subject is a keyed hash of
    /// the name, which may be long, or a password that was typed into the wrong field.
    #[must_use]
    pub fn of_unknown(key: &str, master: &MasterKey, network: &str) -> Self {
        let hash = master.mac("throttle", &[key.as_bytes()]);
        Self {
            account: format!("name:{}", hex::encode(hash)),
            device: None,
            address: address_subject(network),
        }
    }

    /// The subject whose counter stands for the account.
    async fn account_or_device(&self, conn: &mut Conn, now: Time) -> Result<&str, Error> {
        if let Some(device) = &self.device
            && AccountRule::default().decide(read(conn, device).await?, now) != Decision::Disabled
        {
            return Ok(device);
        }
        Ok(&self.account)
    }

    /// The stricter decision of the two counters.
    pub async fn decide(&self, conn: &mut Conn, now: Time) -> Result<Decision, Error> {
        let account = self.account_or_device(conn, now).await?;
        let account = AccountRule::default().decide(read(conn, account).await?, now);
        let address = AddressRule::default().decide(read(conn, &self.address).await?, now);
        Ok(match (account, address) {
            (Decision::Disabled, _) | (_, Decision::Disabled) => Decision::Disabled,
            (Decision::Wait(one), Decision::Wait(other)) => Decision::Wait(one.max(other)),
            (Decision::Allow, other) | (other, Decision::Allow) => other,
        })
    }

    /// Counts a failure. Unless it yields [`Decision::Allow`], other failures that were counted meanwhile have used up
    /// the tries, and nobody may learn that this one was wrong.
    pub async fn count_failure(&self, tx: &mut Tx, now: Time) -> Result<Decision, Error> {
        let account = self.count_for_account(tx, now).await?;
        let rule = AddressRule::default();
        loop {
            let counter = read(tx, &self.address).await?;
            let next = rule.after_failure(counter, now);
            if throttles::replace(tx, &self.address, counter.map(row), row(next)).await? {
                return Ok(account);
            }
        }
    }

    async fn count_for_account(&self, tx: &mut Tx, now: Time) -> Result<Decision, Error> {
        let rule = AccountRule::default();
        loop {
            let subject = self.account_or_device(tx, now).await?;
            let counter = read(tx, subject).await?;
            let decision = rule.decide(counter, now);
            let next = rule.after_failure(counter, now);
            if decision != Decision::Allow
                || throttles::replace(tx, subject, counter.map(row), row(next)).await?
            {
                return Ok(decision);
            }
        }
    }

    /// Clears the counters of the account and of the device. The network's stays, since an attacker could clear it with
    /// an account of their own.
    pub async fn clear_account(&self, tx: &mut Tx) -> Result<(), Error> {
        for subject in self.device.iter().chain([&self.account]) {
            throttles::clear(tx, subject).await?;
        }
        Ok(())
    }

    /// Restarts the wait at now for counters that were written before the clock was set back.
    pub async fn repair_after_clock_change(&self, conn: &mut Conn, db: &Db, now: Time) -> Result<(), Error> {
        let mut moved = Vec::new();
        for subject in self.device.iter().chain([&self.account, &self.address]) {
            let counter = read(conn, subject).await?;
            if let Some(counter) = counter.and_then(|counter| counter.after_clock_change(now)) {
                moved.push((subject.clone(), counter));
            }
        }
        if moved.is_empty() {
            return Ok(());
        }
        db.write(move |tx| {
            Box::pin(async move {
                for (subject, counter) in moved {
                    throttles::set(tx, &subject, row(counter)).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// Whether failed sign-ins have disabled the password of an account, except in browsers that have signed in to it.
pub async fn is_disabled(conn: &mut Conn, account: &AccountId, now: Time) -> Result<bool, Error> {
    let counter = read(conn, &throttles::account_subject(account)).await?;
    Ok(AccountRule::default().decide(counter, now) == Decision::Disabled)
}

fn address_subject(network: &str) -> String {
    format!("address:{network}")
}

/// Counts a registration from a network; yields when to try again if there were too many.
pub async fn count_registration(
    db: &Db,
    network: &str,
    per_hour: u32,
    now: Time,
) -> Result<Option<Time>, Error> {
    count_in_hour(db, throttles::registration_subject(network), per_hour, now).await
}

/// How many times an hour a new password may be asked for from one network. Each request can send a mail to a stranger.
const RESETS_PER_HOUR: u32 = 20;

/// Counts a request for a new password from a network; yields when to try again if there were too many.
pub async fn count_reset_request(db: &Db, network: &str, now: Time) -> Result<Option<Time>, Error> {
    count_in_hour(db, format!("reset:{network}"), RESETS_PER_HOUR, now).await
}

async fn count_in_hour(db: &Db, subject: String, most: u32, now: Time) -> Result<Option<Time>, Error> {
    let rule = AddressRule::new(most.into(), Duration::from_hours(1));
    db.write(move |tx| Box::pin(async move { count(tx, &subject, rule, now).await }))
        .await
}

/// Counts once, even if others count at the same time; yields when to try again if there were too many.
async fn count(tx: &mut Tx, subject: &str, rule: AddressRule, now: Time) -> Result<Option<Time>, Error> {
    loop {
        let counter = read(tx, subject).await?;
        if let Decision::Wait(until) = rule.decide(counter, now) {
            return Ok(Some(until));
        }
        let next = rule.after_failure(counter, now);
        if throttles::replace(tx, subject, counter.map(row), row(next)).await? {
            return Ok(None);
        }
    }
}

async fn read(conn: &mut Conn, subject: &str) -> Result<Option<Counter>, Error> {
    Ok(throttles::get(conn, subject).await?.map(|row| Counter {
        failures: row.failures,
        window_started_at: row.window_started_at,
        last_failure_at: row.last_failure_at,
    }))
}

fn row(counter: Counter) -> Throttle {
    Throttle {
        failures: counter.failures,
        window_started_at: counter.window_started_at,
        last_failure_at: counter.last_failure_at,
    }
}
