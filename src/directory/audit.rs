//! Reading the audit log: entries with the names of accounts for people, stored entries for export.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Failure, ReadContext, names, operation};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::audit::{AuditFilter, StoredEntry};
use crate::store::{Conn, Error, accounts, audit_list, clients, groups, teams};

/// The names of actors without an account; `system` is the server itself.
const NO_ACCOUNTS: [&str; 4] = ["host", "set-up", "system", "visitor"];

operation! {
    /// Lists the entries that pass a filter, newest first, one page at a time.
    read ListAuditEntries {
        /// The filter, in which an account is named by id, username or address.
        filter: AuditFilter,
        limit: usize,
    } -> AuditPage, requires AuditRead;
}

/// A page of the audit log.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// The filter's `before` for the next page, if there is one.
    pub next: Option<String>,
}

impl ListAuditEntries {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<AuditPage, Failure> {
        let filter = with_ids(context.conn(), self.filter).await?;
        // One extra entry shows whether there is a next page.
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = audit_list::newest(context.conn(), &filter, limit).await?;
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| has_more).map(|last| last.id.clone());
        let entries = describe(context.conn(), found).await?;
        Ok(AuditPage { entries, next })
    }
}

operation! {
    /// Lists the stored entries that pass a filter, one page at a time.
    read ExportAuditEntries {
        /// The filter, in which an account is named by id, username or address.
        filter: AuditFilter,
        order: Order,
        limit: i64,
    } -> Vec<StoredEntry>, requires AuditRead;
}

/// The order of an export.
#[derive(Clone, Debug)]
pub enum Order {
    /// Newest first; the filter's `before` selects the next page.
    Newest,
    /// Oldest first, after the entry with this id; empty for the first page.
    OldestAfter(String),
}

impl ExportAuditEntries {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<StoredEntry>, Failure> {
        let filter = with_ids(context.conn(), self.filter).await?;
        let conn = context.conn();
        Ok(match self.order {
            Order::Newest => audit_list::newest(conn, &filter, self.limit).await?,
            Order::OldestAfter(id) => audit_list::oldest(conn, &filter, &id, self.limit).await?,
        })
    }
}

/// The latest entries about an account, newest first.
pub async fn history(conn: &mut Conn, account: &AccountId, limit: i64) -> Result<Vec<AuditEntry>, Error> {
    let filter = AuditFilter {
        target: account.0.clone(),
        ..AuditFilter::default()
    };
    let found = audit_list::newest(conn, &filter, limit).await?;
    describe(conn, found).await
}

/// Replaces names of accounts in a filter by ids.
async fn with_ids(conn: &mut Conn, filter: AuditFilter) -> Result<AuditFilter, Error> {
    Ok(AuditFilter {
        actor: id_of(conn, filter.actor).await?,
        target: target_id_of(conn, filter.target).await?,
        ..filter
    })
}

/// The id of the account with this username or address; any other text unchanged.
async fn id_of(conn: &mut Conn, text: String) -> Result<String, Error> {
    if text.is_empty() || NO_ACCOUNTS.contains(&text.as_str()) {
        return Ok(text);
    }
    let found = accounts::by_sign_in_name(conn, &names::folded(&text)).await?;
    Ok(found.map_or(text, |account| account.id.0))
}

/// The id of the account, team, group or app with this name, tried in this order; any other text unchanged.
async fn target_id_of(conn: &mut Conn, text: String) -> Result<String, Error> {
    let account = id_of(conn, text.clone()).await?;
    if account != text || text.is_empty() {
        return Ok(account);
    }
    let key = names::folded(&text);
    if let Some(team) = teams::by_slug(conn, &key).await? {
        return Ok(team.id.0);
    }
    if let Some(group) = groups::by_key(conn, &key).await? {
        return Ok(group.id.0);
    }
    let apps = clients::list(conn).await?;
    let app = apps.into_iter().find(|app| names::folded(&app.name) == key);
    Ok(app.map_or(text, |app| app.id.0))
}

/// The actor or the target of an entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// The username of an account, or the stored text for anything else.
    pub name: String,
    /// The account's number, if it is an account.
    pub number: Option<i64>,
}

impl Party {
    /// Takes the name of a target that is not an account from the entry's detail.
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

/// An audit entry with the names of actor and target.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// The entry's id.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// Who did it.
    pub actor: Party,
    /// The account on whose behalf the actor did it, if it was not their own.
    pub on_behalf: Option<Party>,
    /// The action's name, which may come from another version of the program.
    pub action: String,
    /// The target, unless it is the actor.
    pub target: Option<Party>,
    /// The client's IP address; empty for a command on the host.
    pub address: String,
    /// `ok`, or one word that says why the action was refused.
    pub outcome: String,
    /// Further details as a JSON object; empty if there are none.
    pub detail: String,
}

/// The usernames of accounts, by id.
pub struct Names(BTreeMap<String, (i64, String)>);

impl Names {
    /// Looks up the accounts among these ids.
    pub async fn of(conn: &mut Conn, ids: Vec<&str>) -> Result<Self, Error> {
        let found = accounts::usernames(conn, ids).await?;
        let named = found
            .into_iter()
            .map(|(id, number, username)| (id.0, (number, username)));
        Ok(Self(named.collect()))
    }

    /// The party with this id.
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

/// Adds the names of accounts to entries.
async fn describe(conn: &mut Conn, stored: Vec<StoredEntry>) -> Result<Vec<AuditEntry>, Error> {
    let mentioned = stored
        .iter()
        .flat_map(|entry| [&entry.actor, &entry.on_behalf, &entry.target]);
    let names = Names::of(conn, mentioned.map(String::as_str).collect()).await?;
    let described = |entry: StoredEntry| AuditEntry {
        target: Some(entry.target)
            .filter(|target| *target != entry.actor && !target.is_empty())
            .map(|id| names.party(id))
            .map(|party| party.named_by(&entry.detail)),
        on_behalf: Some(entry.on_behalf)
            .filter(|id| !id.is_empty())
            .map(|id| names.party(id)),
        actor: names.party(entry.actor),
        detail: if entry.detail == "{}" {
            String::new()
        } else {
            entry.detail
        },
        id: entry.id,
        at: entry.at,
        action: entry.action,
        address: entry.address,
        outcome: entry.outcome,
    };
    Ok(stored.into_iter().map(described).collect())
}

/// An entry as a JSON object for export.
#[must_use]
pub fn as_json(entry: &StoredEntry) -> Value {
    let detail = serde_json::from_str(&entry.detail).unwrap_or_else(|_| Value::from(entry.detail.as_str()));
    json!({
        "id": entry.id, "at": to_rfc3339(entry.at), "actor": entry.actor, "address": entry.address,
        "on_behalf": entry.on_behalf, "action": entry.action, "target": entry.target, "outcome": entry.outcome,
        "detail": detail, "sequence": entry.sequence, "hash": entry.hash.as_ref().map(hex::encode),
    })
}

/// A time in the format of RFC 3339, in UTC.
#[must_use]
pub fn to_rfc3339(at: Time) -> String {
    Timestamp::from_microsecond(at.0).map_or_else(|_| at.0.to_string(), |moment| moment.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_detail_names_a_target_that_is_no_account() {
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
