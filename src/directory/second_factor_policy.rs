//! Who must have a second factor: by the settings of the instance and the roles of the scheme.

use super::authority::Authority;
use super::schemes;
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::role::RoleLevel;
use crate::model::scheme::Scheme;
use crate::model::settings::{InstanceSettings, SecondFactorFor};
use crate::oidc::session_start::Required;
use crate::store::{Conn, Db, Error};

/// What an account needs besides a password to sign in now.
pub async fn required(db: &Db, account: &AccountId, now: Time) -> Result<Required, Error> {
    let (scheme, settings) = (schemes::active(db).await?, db.instance().await?);
    if !is_anybody_meant(&scheme, &settings) {
        return Ok(Required::Nothing);
    }
    let authority = Authority::load(&mut db.read().await?, scheme.clone(), account, now).await?;
    Ok(of(&scheme, &settings, &authority, now))
}

/// As [`required`], in a transaction.
pub(super) async fn required_in(
    conn: &mut Conn,
    scheme: &std::sync::Arc<Scheme>,
    settings: &InstanceSettings,
    account: &AccountId,
    now: Time,
) -> Result<Required, Error> {
    let authority = Authority::load(conn, scheme.clone(), account, now).await?;
    Ok(of(scheme, settings, &authority, now))
}

fn is_anybody_meant(scheme: &Scheme, settings: &InstanceSettings) -> bool {
    settings.second_factor != SecondFactorFor::Nobody || scheme.roles.iter().any(|role| role.second_factor)
}

fn of(scheme: &Scheme, settings: &InstanceSettings, authority: &Authority, now: Time) -> Required {
    match begins(scheme, settings, authority) {
        Some(from) if from <= now => Required::SecondFactor,
        Some(_) | None => Required::Nothing,
    }
}

/// From when whoever has this authority must have a second factor, if they must.
pub(super) fn begins(scheme: &Scheme, settings: &InstanceSettings, authority: &Authority) -> Option<Time> {
    let roles = authority.roles.iter();
    let mut definitions = roles.filter_map(|role| scheme.role(RoleLevel::Instance, role));
    if definitions.any(|role| role.second_factor) {
        return Some(Time(0));
    }
    let is_meant = match settings.second_factor {
        SecondFactorFor::Nobody => false,
        SecondFactorFor::Staff => authority.is_staff(),
        SecondFactorFor::Everybody => true,
    };
    is_meant.then(|| settings.second_factor_from.unwrap_or(Time(0)))
}
