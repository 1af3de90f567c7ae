//! Making accounts and changing their state.

use super::{Actor, ChangeError, Fault, names};
use crate::auth::policy::PasswordPolicy;
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::store::accounts::{Account, Profile, Status};
use crate::store::emails::Email;
use crate::store::{
    AccountId, Db, Json, Tx, accounts, audit, emails, grants, passwords, sessions, throttles,
};

/// The most bytes of a claim that is a short text.
const LONGEST_CLAIM: usize = 200;

/// What an account is made from.
#[derive(Clone, Debug, Default)]
pub struct NewAccount {
    /// The name to sign in with.
    pub username: String,
    /// The full name; may be empty.
    pub name: String,
    /// The primary address, if there is one.
    pub email: Option<String>,
    /// Whether the address is known to be the person's.
    pub email_verified: bool,
    /// The first password, if it is set now.
    pub password: Option<String>,
    /// The other standard claims.
    pub profile: Profile,
}

/// An account that has passed every check, its password hashed.
pub struct CheckedAccount {
    new: NewAccount,
    phc: Option<String>,
}

/// Checks everything about a new account that can be checked before the transaction, and hashes its password.
///
/// # Errors
/// Every mistake at its field, or that the server is too busy to hash.
pub async fn check(new: NewAccount, pool: &PasswordPool) -> Result<CheckedAccount, ChangeError> {
    let mut faults = Vec::new();
    let mut at = |field, outcome: Result<(), String>| {
        if let Err(message) = outcome {
            faults.push(Fault { field, message });
        }
    };
    at("username", names::check_username(&new.username));
    if let Some(email) = &new.email {
        at("email", names::check_email(email));
    }
    faults.extend(profile_faults(&new.name, &new.profile));
    if let Some(password) = &new.password {
        let email = new.email.as_deref().unwrap_or_default();
        faults.extend(password_faults(password, &[&new.username, &new.name, email]));
    }
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let phc = match &new.password {
        Some(password) => Some(
            pool.hash(password)
                .await
                .map_err(|_| ChangeError::Busy)?
                .into_string(),
        ),
        None => None,
    };
    Ok(CheckedAccount { new, phc })
}

fn password_faults(password: &str, own_words: &[&str]) -> Vec<Fault> {
    let own: Vec<&str> = own_words.iter().copied().chain(["doorward"]).collect();
    let faults = PasswordPolicy::default()
        .check(password, &own)
        .err()
        .unwrap_or_default();
    faults
        .into_iter()
        .map(|fault| Fault {
            field: "password",
            message: fault.to_string(),
        })
        .collect()
}

/// Gives an account another password: its sessions and grants end, and its failed sign-ins are forgotten.
///
/// # Errors
/// When the password is weak, there is no such account, or the database fails.
pub async fn set_password(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    id: AccountId,
    password: &str,
    now: Time,
) -> Result<(), ChangeError> {
    let found = accounts::by_id(&mut db.read().await?, &id).await?;
    let account = found.ok_or(ChangeError::Refused("There is no such account."))?;
    let faults = password_faults(password, &[&account.username, &account.name]);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let phc = pool.hash(password).await.map_err(|_| ChangeError::Busy)?;
    db.write(move |tx| {
        Box::pin(async move {
            passwords::set(tx, &id, &phc.into_string(), now).await?;
            throttles::clear(tx, &throttles::account_subject(&id)).await?;
            sessions::end_all(tx, &id, "Your password was changed.", now).await?;
            grants::revoke_all(tx, &id, now).await?;
            audit::insert(tx, actor.as_str(), "account.set_password", id.as_str(), "{}", now).await?;
            Ok(())
        })
    })
    .await
}

/// Adds a checked account in a transaction.
///
/// # Errors
/// When its user name or address is taken, or the database fails.
pub async fn add(
    tx: &mut Tx,
    actor: &Actor,
    checked: CheckedAccount,
    now: Time,
) -> Result<Account, ChangeError> {
    let CheckedAccount { new, phc } = checked;
    let account = Account {
        id: AccountId::new(now),
        number: accounts::next_number(tx).await?,
        username: new.username,
        status: Status::Active,
        status_reason: None,
        name: new.name,
        profile: Json(new.profile),
        created_at: now,
        updated_at: now,
    };
    if !accounts::insert(tx, &account, &names::key(&account.username)).await? {
        return Err(ChangeError::at(
            "username",
            "This user name is taken. Choose another one.",
        ));
    }
    if let Some(address) = new.email {
        let key = names::key(&address);
        let email = Email {
            address,
            verified: new.email_verified,
            is_primary: true,
        };
        if !emails::insert(tx, &account.id, &email, &key, now).await? {
            return Err(ChangeError::at(
                "email",
                "This address belongs to another account.",
            ));
        }
    }
    if let Some(phc) = phc {
        passwords::set(tx, &account.id, &phc, now).await?;
    }
    audit::insert(
        tx,
        actor.as_str(),
        "account.create",
        account.id.as_str(),
        "{}",
        now,
    )
    .await?;
    Ok(account)
}

/// Makes an account.
///
/// # Errors
/// As [`check`] and [`add`].
pub async fn create(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    new: NewAccount,
    now: Time,
) -> Result<Account, ChangeError> {
    let checked = check(new, pool).await?;
    db.write(move |tx| Box::pin(async move { add(tx, &actor, checked, now).await }))
        .await
}

/// Changes the name and the other standard claims of a person.
///
/// # Errors
/// Every mistake at its field, that there is no such account, or that the database failed.
pub async fn set_profile(
    db: &Db,
    actor: Actor,
    id: AccountId,
    name: String,
    profile: Profile,
    now: Time,
) -> Result<(), ChangeError> {
    let faults = profile_faults(&name, &profile);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    db.write(move |tx| {
        Box::pin(async move {
            if !accounts::set_profile(tx, &id, &name, &Json(profile), now).await? {
                return Err(ChangeError::Refused("There is no such account."));
            }
            audit::insert(tx, actor.as_str(), "account.update", id.as_str(), "{}", now).await?;
            Ok(())
        })
    })
    .await
}

fn profile_faults(name: &str, profile: &Profile) -> Vec<Fault> {
    let mut faults = Vec::new();
    let mut say = |field, message: &str| {
        faults.push(Fault {
            field,
            message: message.to_owned(),
        });
    };
    if name.len() > LONGEST_CLAIM {
        say("name", "Use at most 200 characters.");
    }
    for (field, value) in [
        ("given_name", &profile.given_name),
        ("family_name", &profile.family_name),
        ("middle_name", &profile.middle_name),
        ("nickname", &profile.nickname),
        ("gender", &profile.gender),
        ("birthdate", &profile.birthdate),
        ("zoneinfo", &profile.zoneinfo),
        ("locale", &profile.locale),
        ("phone_number", &profile.phone_number),
    ] {
        if value.as_ref().is_some_and(|value| value.len() > LONGEST_CLAIM) {
            say(field, "Use at most 200 characters.");
        }
    }
    for (field, value) in [
        ("profile", &profile.profile),
        ("picture", &profile.picture),
        ("website", &profile.website),
    ] {
        if value.as_deref().is_some_and(|value| !is_web_address(value)) {
            say(field, "Use an address that begins with https:// or http://.");
        }
    }
    faults
}

fn is_web_address(text: &str) -> bool {
    text.len() <= 2_000 && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}

/// Suspends an account: its sessions and grants end in the same transaction.
///
/// # Errors
/// When there is no such account or the database fails.
pub async fn suspend(
    db: &Db,
    actor: Actor,
    id: AccountId,
    reason: String,
    now: Time,
) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            if !accounts::set_status(tx, &id, Status::Suspended, Some(&reason), now).await? {
                return Err(ChangeError::Refused("There is no such account."));
            }
            sessions::end_all(tx, &id, "An administrator suspended your account.", now).await?;
            grants::revoke_all(tx, &id, now).await?;
            audit::insert(tx, actor.as_str(), "account.suspend", id.as_str(), "{}", now).await?;
            Ok(())
        })
    })
    .await
}

/// Lifts a suspension.
///
/// # Errors
/// When there is no such account or the database fails.
pub async fn activate(db: &Db, actor: Actor, id: AccountId, now: Time) -> Result<(), ChangeError> {
    db.write(move |tx| {
        Box::pin(async move {
            if !accounts::set_status(tx, &id, Status::Active, None, now).await? {
                return Err(ChangeError::Refused("There is no such account."));
            }
            audit::insert(tx, actor.as_str(), "account.activate", id.as_str(), "{}", now).await?;
            Ok(())
        })
    })
    .await
}
