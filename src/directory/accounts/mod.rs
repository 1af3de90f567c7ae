//! Making accounts, and changing what they say and their passwords.

mod find;
mod state;

pub use find::{AccountRef, AccountSummary, FindAccount, find, find_named};
pub use state::{
    ActivateAccount, ApproveAccount, DeleteAccount, EndAccountSessions, RETENTION, RejectAccount,
    RestoreAccount, SuspendAccount,
};

use std::sync::Arc;

use serde_json::json;

use super::actor::difference;
use super::power::{self, Power};
use super::{Actor, ChangeError, Failure, Fault, names, revocation, roles, schemes, teams};
use crate::auth::policy::PasswordPolicy;
use crate::auth::pool::PasswordPool;
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::account::{Account, LOCAL, Profile, Status};
use crate::model::email::Email;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::model::scheme::{PasswordPreset, Scheme};
use crate::model::session::EndReason;
use crate::store::{Conn, Db, Tx, account_list, accounts, emails, passwords, throttles};

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
    status: Status,
}

impl CheckedAccount {
    /// The same in another state than active.
    pub(super) fn with_status(self, status: Status) -> Self {
        Self { status, ..self }
    }
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
        names::check_username(&new.username, &scheme.name_marks, &scheme.reserved_names),
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
    Ok(CheckedAccount {
        new,
        phc,
        status: Status::Active,
    })
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
    require_typed_passwords(&actor, &scheme)?;
    let found = accounts::by_id(&mut db.read().await?, &id).await?;
    let account = found.ok_or(ChangeError::NotFound("There is no such account."))?;
    require_local(&account)?;
    let faults = password_faults(&scheme, password, &[&account.username, &account.name]);
    if !faults.is_empty() {
        return Err(ChangeError::Invalid(faults));
    }
    let phc = pool.hash(password).await.map_err(|_| ChangeError::Busy)?;
    db.write(move |tx| {
        Box::pin(async move {
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require(Permission::AccountResetPassword)?;
            power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            passwords::set(tx, &id, &phc.into_string(), now).await?;
            throttles::clear(tx, &throttles::account_subject(&id)).await?;
            revocation::end_all((tx, now), &id, EndReason::PasswordChanged).await?;
            actor
                .record(tx, "account.set_password", id.as_str(), &json!({}), now)
                .await?;
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
    let CheckedAccount { new, phc, status } = checked;
    let account = Account {
        id: AccountId::new(now),
        number: accounts::next_number(tx).await?,
        username: new.username,
        status,
        status_reason: None,
        name: new.name,
        profile: new.profile,
        created_at: now,
        updated_at: now,
        last_seen_at: None,
        deleted_at: None,
        valid_from: None,
        valid_until: None,
        source: LOCAL.to_owned(),
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
    actor
        .record(
            tx,
            "account.create",
            account.id.as_str(),
            &json!({ "username": account.username, "role": new.role, "status": status }),
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
    if new.password.is_some() {
        require_typed_passwords(&actor, &scheme)?;
    }
    let checked = check(new, pool, &scheme).await?;
    db.write(move |tx| {
        Box::pin(async move {
            require_create(tx, &actor, &scheme, role.as_deref(), now).await?;
            add(tx, &actor, &scheme, checked, now).await
        })
    })
    .await
}

pub(super) async fn require_create(
    conn: &mut Conn,
    actor: &Actor,
    scheme: &Arc<Scheme>,
    role: Option<&str>,
    now: Time,
) -> Result<(), ChangeError> {
    let power = Power::of(actor, conn, scheme, now).await?;
    power.require(Permission::AccountCreate)?;
    role.map_or(Ok(()), |role| power.require_create_as(role))
}

/// Needs an account whose name and password are kept here.
///
/// # Errors
/// [`ChangeError::Refused`] for one that comes from elsewhere.
pub(super) fn require_local(account: &Account) -> Result<(), ChangeError> {
    if account.source == LOCAL {
        return Ok(());
    }
    Err(ChangeError::Refused(
        "This account comes from another directory. Change its name and password, or remove it, there.",
    ))
}

/// Needs an account whose name and password are kept here.
fn ensure_local(account: &Account) -> Result<(), Failure> {
    if account.source == LOCAL {
        return Ok(());
    }
    Err(Code::AccountExternal.into())
}

/// Sets from when and until when an account may be used; outside of that it is as if it were suspended.
///
/// # Errors
/// When the moments are the wrong way round, there is no such account, the actor may not, or nobody would hold the top
/// role for good any more.
pub async fn set_validity(
    db: &Db,
    actor: Actor,
    id: AccountId,
    from: Option<Time>,
    until: Option<Time>,
    now: Time,
) -> Result<(), ChangeError> {
    if let (Some(from), Some(until)) = (from, until)
        && until <= from
    {
        return Err(ChangeError::at(
            "valid-until",
            "Choose a day after the first one.",
        ));
    }
    let scheme = schemes::active(db).await?;
    db.write(move |tx| {
        Box::pin(async move {
            power::take_turns(tx).await?;
            let power = Power::of(&actor, tx, &scheme, now).await?;
            power.require(Permission::AccountSuspend)?;
            let account = accounts::by_id(tx, &id).await?;
            let account = account.ok_or(ChangeError::NotFound("There is no such account."))?;
            power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            accounts::set_validity(tx, &id, from, until).await?;
            power::an_owner_remains(tx, &scheme).await?;
            if from.is_some_and(|from| from > now) || until.is_some_and(|until| until <= now) {
                revocation::end_all((tx, now), &id, EndReason::NotValid).await?;
            }
            let span = |from, until| json!({ "from": from, "until": until });
            let detail = json!({
                "before": span(account.valid_from, account.valid_until), "after": span(from, until),
            });
            actor
                .record(tx, "account.set_validity", id.as_str(), &detail, now)
                .await?;
            Ok(())
        })
    })
    .await
}

/// Needs a scheme in which administrators type passwords for others; on the host everybody does.
fn require_typed_passwords(actor: &Actor, scheme: &Scheme) -> Result<(), ChangeError> {
    if actor.account_id().is_none() || scheme.typed_passwords {
        return Ok(());
    }
    let instead =
        "Nobody chooses passwords for others here. Leave it empty, and hand over the link that you get.";
    Err(ChangeError::at("password", instead))
}

/// Changes the name and the other standard claims of a person, as they were when the account was last changed at
/// `seen`; whatever they were without it.
///
/// # Errors
/// Every mistake at its field, that there is no such account, or that the database failed.
pub async fn set_profile(
    db: &Db,
    actor: Actor,
    id: AccountId,
    name: String,
    profile: Profile,
    seen: Option<Time>,
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
            if !actor.is(&id) {
                power.require(Permission::AccountUpdate)?;
                power.require_over(&power::authority(tx, &scheme, &id, now).await?)?;
            }
            let before = accounts::by_id(tx, &id).await?;
            let before = before.ok_or(ChangeError::NotFound("There is no such account."))?;
            if seen.is_some_and(|seen| seen != before.updated_at) {
                return Err(ChangeError::Refused(
                    "Somebody has changed this account since you opened it. Look at it again, then save.",
                ));
            }
            let mut detail = difference(&before.profile, &profile);
            if before.name != name {
                detail["before"]["name"] = json!(before.name);
                detail["after"]["name"] = json!(name);
            }
            accounts::set_profile(tx, &id, &name, &profile, now).await?;
            refresh_search(tx, &id).await?;
            actor
                .record(tx, "account.update", id.as_str(), &detail, now)
                .await?;
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
    if profile.locale.as_deref().is_some_and(|locale| !is_locale(locale)) {
        say("locale", "Use a language tag such as en or pt-BR.");
    }
    if profile.zoneinfo.as_deref().is_some_and(|zone| !is_zone(zone)) {
        say("zoneinfo", "Use the name of a time zone, such as Europe/Paris.");
    }
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

/// A language tag as far as it is worth telling (RFC 5646 section 2.1): subtags of letters and digits.
fn is_locale(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    (2..=8).contains(&language.len())
        && language.chars().all(|c| c.is_ascii_alphabetic())
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len()) && subtag.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

/// A name as in the IANA time zone database.
fn is_zone(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && part
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ['_', '+', '-'].contains(&c))
    };
    text.len() <= 64 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.split('/').all(is_part)
}

fn is_web_address(text: &str) -> bool {
    text.len() <= 2_000 && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"))
}
