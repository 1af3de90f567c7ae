//! On whose behalf something is done, and what a change differs in.

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::model::session::Session;
use crate::model::{AccountId, SessionId};

/// What kind of actor it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// The command line on the server's own machine, above every permission.
    Host,
    /// The person who sets up the instance, while it has no account.
    SetUp,
    /// Somebody without an account, who holds an invitation or registers.
    Visitor,
    /// A person.
    Account(AccountId),
}

/// On whose behalf something is done, and from where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    who: Who,
    session: Option<SessionId>,
    address: String,
}

impl Actor {
    /// The command line of the server's own machine.
    pub const HOST: Self = Self {
        who: Who::Host,
        session: None,
        address: String::new(),
    };

    /// Anybody, from an address.
    pub fn new(who: Who, address: impl Into<String>) -> Self {
        Self {
            who,
            session: None,
            address: address.into(),
        }
    }

    /// A person who is signed in, from an address.
    pub fn signed_in(session: &Session, address: impl Into<String>) -> Self {
        Self {
            session: Some(session.id.clone()),
            ..Self::account(session.account_id.clone(), address)
        }
    }

    /// Who it is.
    #[must_use]
    pub const fn who(&self) -> &Who {
        &self.who
    }

    /// The session in which a person acts.
    #[must_use]
    pub const fn session(&self) -> Option<&SessionId> {
        self.session.as_ref()
    }

    /// The network address; empty on the host itself.
    #[must_use]
    pub fn address(&self) -> &str {
        &self.address
    }

    /// A person, from an address.
    pub fn account(id: AccountId, address: impl Into<String>) -> Self {
        Self::new(Who::Account(id), address)
    }

    /// The account, if it is one.
    #[must_use]
    pub const fn account_id(&self) -> Option<&AccountId> {
        match &self.who {
            Who::Account(id) => Some(id),
            Who::Host | Who::SetUp | Who::Visitor => None,
        }
    }

    /// Whether it is this account.
    #[must_use]
    pub fn is(&self, account: &AccountId) -> bool {
        self.account_id() == Some(account)
    }

    /// The name in the audit log.
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

/// What differs between two of a kind, as `before` and `after` with the fields that are not the same.
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
