//! Limits on the codes of devices: how many are made, and how many are tried (RFC 8628 section 5.1). With ten thousand
//! pending codes, a thousand tries find one with a probability of 1 in 2,500.

use std::time::Duration;

use super::count;
use super::rules::AddressRule;
use crate::clock::Time;
use crate::model::AccountId;
use crate::store::{Db, Error, throttles};

/// How many devices of one network may ask for codes in an hour.
const STARTS_OF_A_NETWORK: AddressRule = AddressRule::new(60, Duration::from_hours(1));
/// How many devices may ask in ten minutes, which is as long as their codes are valid.
const ALL_STARTS: AddressRule = AddressRule::new(10_000, Duration::from_mins(10));
/// How many wrong codes one account, and one network, may try in a minute.
const TRIES: AddressRule = AddressRule::new(5, Duration::from_mins(1));
/// How many wrong codes everybody together may try in a minute.
const ALL_TRIES: AddressRule = AddressRule::new(100, Duration::from_mins(1));

/// A counter with its rule.
type Limit = (String, AddressRule);

/// Counts a device that asks for codes; yields when to try again if there were too many.
pub async fn count_device_start(db: &Db, network: &str, now: Time) -> Result<Option<Time>, Error> {
    let limits = vec![
        (format!("device-start:{network}"), STARTS_OF_A_NETWORK),
        ("device-start".to_owned(), ALL_STARTS),
    ];
    count_all(db, limits, now).await
}

/// A try of a user code. It was counted before the code was looked up, so that parallel tries gain nothing.
pub struct UserCodeTry {
    subjects: Vec<String>,
    at: Time,
}

impl UserCodeTry {
    /// Counts a try; yields when to try again if there were too many.
    pub async fn count(
        db: &Db,
        account: &AccountId,
        network: &str,
        now: Time,
    ) -> Result<Result<Self, Time>, Error> {
        let limits = vec![
            (format!("user-code:account:{account}"), TRIES),
            (format!("user-code:network:{network}"), TRIES),
            ("user-code".to_owned(), ALL_TRIES),
        ];
        let subjects = limits.iter().map(|(subject, _)| subject.clone()).collect();
        let wait = count_all(db, limits, now).await?;
        Ok(wait.map_or(Ok(Self { subjects, at: now }), Err))
    }

    /// Takes the count back, since the code was right.
    pub async fn was_right(self, db: &Db) -> Result<(), Error> {
        db.write(move |tx| {
            Box::pin(async move {
                for subject in &self.subjects {
                    throttles::take_back(tx, subject, self.at).await?;
                }
                Ok(())
            })
        })
        .await
    }
}

/// Counts once for every limit; yields when to try again if one of them is reached.
async fn count_all(db: &Db, limits: Vec<Limit>, now: Time) -> Result<Option<Time>, Error> {
    db.write(move |tx| {
        Box::pin(async move {
            for (subject, rule) in &limits {
                if let Some(until) = count(tx, subject, *rule, now).await? {
                    return Ok(Some(until));
                }
            }
            Ok(None)
        })
    })
    .await
}
