//! The audit log as people and machines read it: actions in words, ids with the names of their accounts.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Failure, Read, ReadContext, names};
use crate::clock::Time;
use crate::model::AccountId;
use crate::model::audit::{AuditFilter, StoredEntry};
use crate::model::permission::Permission;
use crate::store::{Conn, Error, accounts, audit_list};

/// What the actors that are no accounts are called in the log.
const NO_ACCOUNTS: [&str; 3] = ["host", "set-up", "visitor"];

/// The entries that pass a filter, the newest first, a page at a time.
#[derive(Clone, Debug)]
pub struct ListAuditEntries {
    /// Which ones; an account can be named by its id, its user name or its address.
    pub filter: AuditFilter,
    /// How many at most.
    pub limit: usize,
}

/// A page of the audit log.
#[derive(Clone, Debug, Serialize)]
pub struct AuditPage {
    /// The entries.
    pub entries: Vec<AuditEntry>,
    /// What the filter of the next page has in `before`, if there is one.
    pub next: Option<String>,
}

impl Read for ListAuditEntries {
    type Answer = AuditPage;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<AuditPage, Failure> {
        context.require(Permission::AuditRead)?;
        let filter = with_ids(context.conn(), self.filter).await?;
        // One more than is shown says whether there is a next page.
        let limit = i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1);
        let mut found = audit_list::newest(context.conn(), &filter, limit).await?;
        let has_more = found.len() > self.limit;
        found.truncate(self.limit);
        let next = found.last().filter(|_| has_more).map(|last| last.id.clone());
        let entries = describe(context.conn(), found).await?;
        Ok(AuditPage { entries, next })
    }
}

/// The entries that pass a filter as they are stored, a page at a time.
#[derive(Clone, Debug)]
pub struct ExportAuditEntries {
    /// Which ones; an account can be named by its id, its user name or its address.
    pub filter: AuditFilter,
    /// In which order.
    pub order: Order,
    /// How many at most.
    pub limit: i64,
}

/// In which order entries are exported.
#[derive(Clone, Debug)]
pub enum Order {
    /// The newest first; `before` of the filter leads to the next page.
    Newest,
    /// The oldest first, from the entry with this id on; an empty id begins at the first one.
    OldestAfter(String),
}

impl Read for ExportAuditEntries {
    type Answer = Vec<StoredEntry>;

    async fn run(self, context: &mut ReadContext<'_>) -> Result<Vec<StoredEntry>, Failure> {
        context.require(Permission::AuditRead)?;
        let filter = with_ids(context.conn(), self.filter).await?;
        let conn = context.conn();
        Ok(match self.order {
            Order::Newest => audit_list::newest(conn, &filter, self.limit).await?,
            Order::OldestAfter(id) => audit_list::oldest(conn, &filter, &id, self.limit).await?,
        })
    }
}

/// The last entries about an account, the newest first.
pub async fn history(conn: &mut Conn, account: &AccountId, limit: i64) -> Result<Vec<AuditEntry>, Error> {
    let filter = AuditFilter {
        target: account.0.clone(),
        ..AuditFilter::default()
    };
    let found = audit_list::newest(conn, &filter, limit).await?;
    describe(conn, found).await
}

/// The filter with the ids of the accounts that it names.
async fn with_ids(conn: &mut Conn, filter: AuditFilter) -> Result<AuditFilter, Error> {
    Ok(AuditFilter {
        actor: id_of(conn, filter.actor).await?,
        target: id_of(conn, filter.target).await?,
        ..filter
    })
}

/// The id of the account of this name; any other text is looked for as it is.
async fn id_of(conn: &mut Conn, text: String) -> Result<String, Error> {
    if text.is_empty() || NO_ACCOUNTS.contains(&text.as_str()) {
        return Ok(text);
    }
    let found = accounts::by_sign_in_name(conn, &names::key(&text)).await?;
    Ok(found.map_or(text, |account| account.id.0))
}

/// Who did something, or to whom or what it was done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Party {
    /// The user name of an account, and what the log has for anything else.
    pub name: String,
    /// The account's number, if it is one.
    pub number: Option<i64>,
}

impl Party {
    /// The same, with the name that the entry's detail has for what is no account.
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

/// An entry of the audit log with the names of those whom it mentions.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AuditEntry {
    /// The entry's id.
    pub id: String,
    /// When it happened.
    pub at: Time,
    /// Who did it.
    pub actor: Party,
    /// For whom, when that is somebody else.
    pub on_behalf: Option<Party>,
    /// The action's name; other versions may have recorded some that this one does not know.
    pub action: String,
    /// To whom or what, unless it is the actor.
    pub target: Option<Party>,
    /// From which address; empty on the host itself.
    pub address: String,
    /// `ok`, or why it was not done.
    pub outcome: String,
    /// More, as a JSON object; empty when there is no more.
    pub detail: String,
}

/// The user names of accounts, by id.
pub struct Names(BTreeMap<String, (i64, String)>);

impl Names {
    /// The names of those ids that are accounts'.
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

/// Entries with the names of the accounts that they mention.
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

/// An entry for machines: an object without line breaks.
#[must_use]
pub fn as_json(entry: &StoredEntry) -> Value {
    let detail = serde_json::from_str(&entry.detail).unwrap_or_else(|_| Value::from(entry.detail.as_str()));
    json!({
        "id": entry.id, "at": written(entry.at), "actor": entry.actor, "address": entry.address,
        "on_behalf": entry.on_behalf, "action": entry.action, "target": entry.target, "outcome": entry.outcome,
        "detail": detail, "sequence": entry.sequence, "hash": entry.hash.as_ref().map(hex::encode),
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
