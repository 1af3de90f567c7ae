//! The actor of an operation, and the difference that an audit entry records.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::session::Session;
use crate::model::{AccountId, SessionId};

/// The kind of an actor.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// A command on the server's host, which has every permission.
    Host,
    /// The person who sets up an instance without accounts.
    SetUp,
    /// A visitor who registers or accepts an invitation.
    Visitor,
    /// A user.
    Account(AccountId),
}

/// The actor of an operation, with session and client address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    who: Who,
    session: Option<SessionId>,
    /// Who acts as the user, as the actor of an audit entry.
    acted_by: Option<String>,
    address: String,
}

impl Actor {
    /// A command on the server's host.
    pub const HOST: Self = Self {
        who: Who::Host,
        session: None,
        acted_by: None,
        address: String::new(),
    };

    /// An actor of any kind.
    pub fn new(who: Who, address: impl Into<String>) -> Self {
        Self {
            who,
            session: None,
            acted_by: None,
            address: address.into(),
        }
    }

    /// A user with a session.
    pub fn signed_in(session: &Session, address: impl Into<String>) -> Self {
        Self {
            session: Some(session.id.clone()),
            acted_by: session.acted_by.clone(),
            ..Self::account(session.account_id.clone(), address)
        }
    }

    /// The kind of the actor.
    #[must_use]
    pub const fn who(&self) -> &Who {
        &self.who
    }

    /// The user's session.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// Who acts as the user, as the actor of an audit entry; `None` if the user acts for themselves.
    #[must_use]
    pub fn acted_by(&self) -> Option<&str> {
        self.acted_by.as_deref()
    }

    /// The client's IP address; empty for a command on the host.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A user without a session.
    pub fn account(id: AccountId, address: impl Into<String>) -> Self {
        Self::new(Who::Account(id), address)
    }

    /// The account, if the actor is a user.
    #[must_use]
    pub const fn account_id(&self) -> Option<&AccountId> {
        match &self.who {
            Who::Account(id) => Some(id),
            Who::Host | Who::SetUp | Who::Visitor => None,
        }
    }

    /// Whether the actor is this account.
    #[must_use]
    pub fn is(&self, account: &AccountId) -> bool {
        self.account_id() == Some(account)
    }

    /// The actor in the audit log.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.who {
            Who::Host => "host",
            Who::SetUp => "set-up",
            Who::Visitor => "visitor",
            Who::Account(id) => id.as_str(),
        }
    }
}

/// The fields that differ between two values, as an object with `before` and `after`.
pub(super) fn difference(before: &impl Serialize, after: &impl Serialize) -> Value {
    let fields = |value| match value {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (before, after) = (
        fields(serde_json::to_value(before)),
        fields(serde_json::to_value(after)),
    );
    let only = |of: &Map<String, Value>, other: &Map<String, Value>| -> Map<String, Value> {
        let differing = of.iter().filter(|(name, value)| other.get(*name) != Some(value));
        differing
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect()
    };
    json!({ "before": only(&before, &after), "after": only(&after, &before) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_what_changed_and_nothing_else() {
        let (before, after) = (
            json!({ "a": 1, "b": 2, "c": 3 }),
            json!({ "a": 1, "b": 5, "d": 4 }),
        );
        let expected = json!({ "before": { "b": 2, "c": 3 }, "after": { "b": 5, "d": 4 } });
        assert_eq!(difference(&before, &after), expected);
    }
}
