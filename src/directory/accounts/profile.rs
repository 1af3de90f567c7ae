//! The profile of an account: its name and the other standard claims.

use serde_json::{Map, Value, json};

use super::refresh_search;
use crate::clock::Time;
use crate::directory::actor::difference;
use crate::directory::{ChangeContext, Failure, names, operation};
use crate::model::AccountId;
use crate::model::account::{Account, Profile};
use crate::model::action::Action;
use crate::model::permission::Permission;
use crate::model::refusal::{Code, Refusal};
use crate::store::accounts;

/// The maximum size in bytes of a claim with a short text.
const MAX_CLAIM_BYTES: usize = 200;

operation! {
    /// Changes the name and the other standard claims of an account. Everybody may change their own.
    change UpdateProfile {
        id: AccountId,
        /// The new values by claim name (OIDC Core section 5.1). An empty text or null removes a claim; claims
        /// without a value here stay unchanged.
        claims: Map<String, Value>,
        /// The account's `updated_at` when its values were read; if given, a change since then makes this fail.
        expected: Option<Time>,
    } -> (), while acting;
}

impl UpdateProfile {
    async fn perform(self, context: &mut ChangeContext<'_>) -> Result<(), Failure> {
        if !context.actor.is(&self.id) {
            context.require(Permission::AccountUpdate)?;
        }
        let before = context.account_for_change(&self.id).await?;
        if self
            .expected
            .is_some_and(|expected| expected != before.updated_at)
        {
            return Err(Code::AccountChanged.into());
        }
        let (name, profile) = merged(&before, self.claims)?;
        Failure::if_any(refusals(&name, &profile))?;
        let mut detail = difference(&before.profile, &profile);
        if before.name != name {
            detail["before"]["name"] = json!(before.name);
            detail["after"]["name"] = json!(name);
        }
        let (tx, now) = context.tx_now();
        accounts::set_profile(tx, &self.id, &name, &profile, now).await?;
        refresh_search(tx, &self.id).await?;
        context
            .record(Action::AccountUpdate, self.id.as_str(), &detail)
            .await
    }
}

/// The name and profile of an account after the changes.
fn merged(before: &Account, claims: Map<String, Value>) -> Result<(String, Profile), Failure> {
    let mut name = before.name.clone();
    let mut profile = before.profile.clone();
    for (claim, value) in claims {
        let value = if value == "" { Value::Null } else { value };
        let refused = || Failure::from(Code::ClaimInvalid.with("claim", claim.as_str()));
        if claim == "name" {
            name = match value {
                Value::Null => String::new(),
                Value::String(name) => name,
                _ => return Err(refused()),
            };
            continue;
        }
        let mut all = serde_json::to_value(&profile).map_err(|_| refused())?;
        all[&claim] = value;
        profile = serde_json::from_value(all).map_err(|_| refused())?;
    }
    Ok((name, profile))
}

/// Every fault in a name and a profile, at its claim.
pub(super) fn refusals(name: &str, profile: &Profile) -> Vec<Refusal> {
    let mut reasons = Vec::new();
    if profile.locale.as_deref().is_some_and(|locale| !is_locale(locale)) {
        reasons.push(Code::LocaleInvalid.at("locale"));
    }
    if profile.zoneinfo.as_deref().is_some_and(|zone| !is_zone(zone)) {
        reasons.push(Code::ZoneInvalid.at("zoneinfo"));
    }
    let too_long =
        texts(name, profile).filter(|(_, text)| text.is_some_and(|text| text.len() > MAX_CLAIM_BYTES));
    reasons
        .extend(too_long.map(|(field, _)| Code::TooLong.at(field).with("max", MAX_CLAIM_BYTES.to_string())));
    let lines = texts(name, profile).filter_map(|(field, text)| names::validate_line(field, text?).err());
    reasons.extend(lines);
    let addresses = [
        ("profile", &profile.profile),
        ("picture", &profile.picture),
        ("website", &profile.website),
    ];
    let wrong = addresses
        .into_iter()
        .filter(|(_, address)| address.as_deref().is_some_and(|address| !is_web_address(address)));
    reasons.extend(wrong.map(|(field, _)| Code::WebAddressInvalid.at(field)));
    reasons
}

/// The claims with short texts.
fn texts<'p>(name: &'p str, profile: &'p Profile) -> impl Iterator<Item = (&'static str, Option<&'p str>)> {
    let texts = [
        ("given_name", &profile.given_name),
        ("family_name", &profile.family_name),
        ("middle_name", &profile.middle_name),
        ("nickname", &profile.nickname),
        ("gender", &profile.gender),
        ("birthdate", &profile.birthdate),
        ("zoneinfo", &profile.zoneinfo),
        ("locale", &profile.locale),
        ("phone_number", &profile.phone_number),
    ];
    let rest = texts.into_iter().map(|(field, text)| (field, text.as_deref()));
    std::iter::once(("name", Some(name))).chain(rest)
}

/// Whether a text has the form of a language tag: subtags of letters and digits (RFC 5646 section 2.1).
fn is_locale(text: &str) -> bool {
    let mut subtags = text.split('-');
    let language = subtags.next().unwrap_or_default();
    (2..=8).contains(&language.len())
        && language.chars().all(|c| c.is_ascii_alphabetic())
        && subtags.all(|subtag| {
            (1..=8).contains(&subtag.len()) && subtag.chars().all(|c| c.is_ascii_alphanumeric())
        })
}

/// Whether a text has the form of a name in the IANA time zone database.
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
