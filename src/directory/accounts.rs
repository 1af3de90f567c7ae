//! Making accounts, and changing what they say and their passwords.

use std::sync::Arc;

use super::power::{self, Power};
use super::{Actor, ChangeError, Fault, names, roles, schemes, teams};
use crate::auth::policy::PasswordPolicy;
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::store::accounts::{Account, Profile, Status};
use crate::store::emails::Email;
use crate::store::schemes::{PasswordPreset, Scheme};
use crate::store::{
    AccountId, Conn, Db, Json, Tx, account_list, accounts, audit, emails, grants, passwords, sessions,
    throttles,
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
    /// An instance role to begin with, besides the one that everybody has.
    pub role: Option<String>,
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
pub async fn check(
    new: NewAccount,
    pool: &PasswordPool,
    scheme: &Scheme,
) -> Result<CheckedAccount, ChangeError> {
    let mut faults = Vec::new();
    let mut at = |field, outcome: Result<(), String>| {
        if let Err(message) = outcome {
            faults.push(Fault { field, message });
        }
    };
    at(
        "username",
        names::check_username(&new.username, &scheme.reserved_names),
    );
    if let Some(email) = &new.email {
        at("email", names::check_email(email));
    }
    faults.extend(profile_faults(&new.name, &new.profile));
    if let Some(password) = &new.password {
        let email = new.email.as_deref().unwrap_or_default();
        faults.extend(password_faults(
            scheme,
            password,
            &[&new.username, &new.name, email],
        ));
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

/// The rules for new passwords under a scheme.
#[must_use]
pub fn password_policy(scheme: &Scheme) -> PasswordPolicy {
    match scheme.passwords {
        PasswordPreset::Default => PasswordPolicy::default(),
        PasswordPreset::Harbor => PasswordPolicy::harbor(),
    }
}

pub(super) fn password_faults(scheme: &Scheme, password: &str, own_words: &[&str]) -> Vec<Fault> {
    let own: Vec<&str> = own_words.iter().copied().chain(["doorward"]).collect();
    let faults = password_policy(scheme)
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
/// When the password is weak, there is no such account, the actor may not, or the database fails.
pub async fn set_password(
    db: &Db,
    pool: &PasswordPool,
    actor: Actor,
    id: AccountId,
    password: &str,
    now: Time,
) -> Result<(), ChangeError> {
    let scheme = schemes::active(db).await?;
    let found = accounts::by_id(&mut db.read().await?, &id).await?;
    let account = found.ok_or(ChangeError::NotFound("There is no such account."))?;
    let faults = password_faults(&scheme, password, &[&account.username, &account.name]);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let phc = pool.hash(password).await.map_err(|_| ChangeError::Busy)?;
    db.write(move |tx| {
        Box::pin(async move {
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require("account.reset_password")?;
            power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
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
    scheme: &Scheme,
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
        last_seen_at: None,
        deleted_at: None,
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
    if let Some(role) = &new.role {
        roles::grant_in(tx, scheme, &account.id, role, None, now).await?;
    }
    teams::add_personal(tx, scheme, &account, now).await?;
    refresh_search(tx, &account.id).await?;
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

/// Sets anew what an account is searched by; to be called after a change of its names or addresses.
pub(super) async fn refresh_search(tx: &mut Tx, id: &AccountId) -> Result<(), ChangeError> {
    let Some(account) = accounts::by_id(tx, id).await? else {
        return Ok(());
    };
    let mut text = format!("{} {}", account.username, account.name);
    for email in emails::of_account(tx, id).await? {
        text.push(' ');
        text.push_str(&email.address);
    }
    Ok(account_list::set_search(tx, id, &names::key(&text)).await?)
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
    let scheme = schemes::active(db).await?;
    let role = new.role.clone().or_else(|| scheme.default_role.clone());
    // Asked before hashing, so that who may not make accounts costs nothing; and again where it counts.
    require_create(&mut db.read().await?, &actor, &scheme, role.as_deref(), now).await?;
    let checked = check(new, pool, &scheme).await?;
    db.write(move |tx| {
        Box::pin(async move {
            require_create(tx, &actor, &scheme, role.as_deref(), now).await?;
            add(tx, &actor, &scheme, checked, now).await
        })
    })
    .await
}

async fn require_create(
    conn: &mut Conn,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    role: Option<&str>,
    now: Time,
) -> Result<(), ChangeError> {
    let power = Power::of(actor, conn, scheme, now).await?;
    power.require("account.create")?;
    role.map_or(Ok(()), |role| power.require_create_as(role))
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
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            let power = Power::of(&actor, tx, &scheme, now).await?;
            if actor != Actor::Account(id.clone()) {
                power.require("account.update")?;
                power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            }
            if !accounts::set_profile(tx, &id, &name, &Json(profile), now).await? {
                return Err(ChangeError::NotFound("There is no such account."));
            }
            refresh_search(tx, &id).await?;
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
