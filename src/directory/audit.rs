//! The audit record as people and machines read it: actions in words, ids with the names of their accounts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use crate::clock::Time;
use crate::store::audit::Row;
use crate::store::{Conn, Error, accounts};

/// Every action that the record can hold, with what it says in words.
pub const ACTIONS: &[(&str, &str)] = &[
    ("account.activate", "Lifted the suspension"),
    ("account.approve", "Approved the registration"),
    ("account.create", "Added the account"),
    ("account.delete", "Deleted the account"),
    ("account.reject", "Refused the registration"),
    ("account.restore", "Restored the account"),
    ("account.set_own_password", "Changed the own password"),
    ("account.set_password", "Set a password"),
    ("account.set_validity", "Set from when and until when it is valid"),
    ("account.suspend", "Suspended the account"),
    ("account.update", "Changed the profile"),
    ("app.add_secret", "Added a secret"),
    ("app.create", "Added the app"),
    ("app.disable", "Switched the app off"),
    ("app.drop_old_secrets", "Removed old secrets"),
    ("app.enable", "Switched the app on"),
    ("app.update", "Changed the app"),
    ("consent.give", "Let an app have access"),
    ("consent.withdraw", "Took an app's access back"),
    ("email.add", "Added an address"),
    ("email.make_primary", "Made an address the primary one"),
    ("email.remove", "Removed an address"),
    ("email.verify", "Vouched for an address"),
    ("group.add_group", "Put a group into the group"),
    ("group.add_member", "Put into a group"),
    ("group.create", "Made the group"),
    ("group.delete", "Deleted the group"),
    ("group.remove_group", "Took a group out of the group"),
    ("group.remove_member", "Took out of a group"),
    ("group.rename", "Renamed the group"),
    ("instance.set_up", "Set the instance up"),
    ("invitation.accept", "Accepted an invitation"),
    ("invitation.create", "Made an invitation"),
    ("invitation.revoke", "Revoked an invitation"),
    ("picture.remove", "Removed the picture"),
    ("picture.set", "Changed the picture"),
    ("role.grant", "Gave a role"),
    ("role.grant_for_app", "Gave a role for an app"),
    ("role.revoke", "Took a role"),
    ("role.revoke_for_app", "Took a role for an app"),
    ("scheme.apply", "Applied a scheme"),
    ("session.begin", "Signed in"),
    ("session.end", "Signed out"),
    ("session.refuse", "Tried to sign in"),
    ("settings.change", "Changed the settings"),
    ("team.create", "Made the team"),
    ("team.delete", "Deleted the team"),
    ("team.remove_member", "Took out of a team"),
    ("team.rename", "Renamed the team"),
    ("team.set_member", "Gave a role in a team"),
];

/// Who did something, or to whom or what it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// The user name of an account, and what stands in the record for anything else.
    pub name: String,
    /// The account's number, if it is one.
    pub number: Option<i64>,
}

impl Party {
    /// The same, with the name that the row's detail has for what is no account.
    fn named_by(self, detail: &str) -> Self {
        if self.number.is_some() {
            return self;
        }
        let detail: Value = serde_json::from_str(detail).unwrap_or_default();
        let known = ["slug", "name", "email"]
            .iter()
            .find_map(|key| detail[key].as_str());
        match known.filter(|name| !name.is_empty()) {
            Some(name) => Self {
                name: name.to_owned(),
                ..self
            },
            None => self,
        }
    }
}

/// A row of the record, for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Told {
    /// The row's id.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// Who did it.
    pub actor: Party,
    /// For whom, when that is somebody else.
    pub on_behalf: Option<Party>,
    /// The action's name.
    pub action: String,
    /// The action in words.
    pub words: &'static str,
    /// To whom or what, unless it is the actor.
    pub target: Option<Party>,
    /// From which address; empty on the host itself.
    pub address: String,
    /// `ok`, or why it was not done.
    pub outcome: String,
    /// More, as a JSON object; empty when there is no more.
    pub detail: String,
}

impl Told {
    /// Rows for the samples of pages.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let account = |name: &str, number| Party {
            name: name.into(),
            number: Some(number),
        };
        let plain = Told {
            id: "one".into(),
            at: Time::from_seconds(1_794_990_000),
            actor: account("ann", 0),
            on_behalf: None,
            action: "session.begin".into(),
            words: "Signed in",
            target: None,
            address: "192.0.2.1".into(),
            outcome: "ok".into(),
            detail: String::new(),
        };
        let refused = Told {
            id: "two".into(),
            actor: Party {
                name: "visitor".into(),
                number: None,
            },
            target: Some(account("bob", 1)),
            action: "session.refuse".into(),
            words: "Tried to sign in",
            outcome: "wrong_password".into(),
            address: "2001:db8::1".into(),
            ..plain.clone()
        };
        let change = Told {
            id: "three".into(),
            on_behalf: Some(account("carol", 2)),
            action: "role.grant".into(),
            words: "Gave a role",
            target: Some(account("dan", 3)),
            detail: r#"{"role":"admin","until":null}"#.into(),
            ..plain.clone()
        };
        vec![plain, refused, change]
    }
}

/// The user names of accounts, by id.
pub struct Names(BTreeMap<String, (i64, String)>);

impl Names {
    /// The names of those ids that are accounts'.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn of(conn: &mut Conn, ids: Vec<&str>) -> Result<Self, Error> {
        let found = accounts::named(conn, ids).await?;
        let named = found
            .into_iter()
            .map(|(id, number, username)| (id.0, (number, username)));
        Ok(Self(named.collect()))
    }

    /// Whom an id stands for.
    #[must_use]
    pub fn party(&self, id: String) -> Party {
        match self.0.get(&id) {
            Some((number, username)) => Party {
                name: username.clone(),
                number: Some(*number),
            },
            None => Party {
                name: id,
                number: None,
            },
        }
    }
}

/// Rows with the names of the accounts in them.
///
/// # Errors
/// When the database fails.
pub async fn tell(conn: &mut Conn, rows: Vec<Row>) -> Result<Vec<Told>, Error> {
    let mentioned = rows
        .iter()
        .flat_map(|row| [&row.actor, &row.on_behalf, &row.target]);
    let names = Names::of(conn, mentioned.map(String::as_str).collect()).await?;
    let told = |row: Row| Told {
        target: Some(row.target)
            .filter(|target| *target != row.actor && !target.is_empty())
            .map(|id| names.party(id))
            .map(|party| party.named_by(&row.detail)),
        on_behalf: Some(row.on_behalf)
            .filter(|id| !id.is_empty())
            .map(|id| names.party(id)),
        actor: names.party(row.actor),
        words: in_words(&row.action),
        detail: if row.detail == "{}" {
            String::new()
        } else {
            row.detail
        },
        id: row.id,
        at: row.at,
        action: row.action,
        address: row.address,
        outcome: row.outcome,
    };
    Ok(rows.into_iter().map(told).collect())
}

fn in_words(action: &str) -> &'static str {
    let known = ACTIONS.iter().find(|(name, _)| *name == action);
    known.map_or("Did something else", |(_, words)| words)
}

/// A row for machines: an object without line breaks.
#[must_use]
pub fn as_json(row: &Row) -> Value {
    let detail = serde_json::from_str(&row.detail).unwrap_or_else(|_| Value::from(row.detail.as_str()));
    json!({
        "id": row.id, "at": written(row.at), "actor": row.actor, "address": row.address,
        "on_behalf": row.on_behalf, "action": row.action, "target": row.target, "outcome": row.outcome,
        "detail": detail, "sequence": row.sequence, "hash": row.hash.as_ref().map(hex::encode),
    })
}

/// A moment as RFC 3339 writes it, in UTC.
#[must_use]
pub fn written(at: Time) -> String {
    Timestamp::from_microsecond(at.0).map_or_else(|_| at.0.to_string(), |moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_account_has_the_name_in_its_detail() {
        let party = |number| Party {
            name: "0198c2de".into(),
            number,
        };
        for (number, detail, name) in [
            (None, r#"{"slug":"ops","name":"Ops"}"#, "ops"),
            (None, r#"{"email":"","team":null}"#, "0198c2de"),
            (None, "broken", "0198c2de"),
            (Some(1), r#"{"name":"Ops"}"#, "0198c2de"),
        ] {
            assert_eq!(party(number).named_by(detail).name, name, "{detail}");
        }
    }
}
