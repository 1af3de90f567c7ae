//! An edit that conflicts with somebody else's: both versions, of which the user keeps one.

use serde::Serialize;

/// Both versions of a record, and the form that keeps the user's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Conflict {
    /// Where the user's version is sent.
    pub action: String,
    /// The fields of the user's version, with the version of the record that it replaces.
    pub fields: Vec<(String, String)>,
    /// The fields that differ.
    pub differences: Vec<Difference>,
    /// The page, which shows the stored version.
    pub page: String,
}

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its label.
    pub label: &'static str,
    /// What the user typed or chose.
    pub mine: String,
    /// What is stored.
    pub theirs: String,
}

/// A field with what is stored.
pub struct Stored {
    /// Its name.
    pub name: &'static str,
    /// Its label.
    pub label: &'static str,
    /// The stored value, as the form sends it.
    pub value: String,
}

impl Conflict {
    /// The conflict between what the user typed into each field and the stored `fields`, which have this version; `None`
    /// if they are the same.
    #[must_use]
    pub fn of(
        typed: impl Fn(&str) -> String,
        (action, page): (String, String),
        version: (&str, String),
        fields: Vec<Stored>,
    ) -> Option<Self> {
        let mut sent = vec![(version.0.to_owned(), version.1)];
        let mut differences = Vec::new();
        for Stored { name, label, value } in fields {
            let mine = typed(name).replace('\r', "");
            if mine != value {
                let (mine, theirs) = (mine.clone(), value);
                differences.push(Difference { label, mine, theirs });
            }
            if !mine.is_empty() {
                sent.push((name.to_owned(), mine));
            }
        }
        (!differences.is_empty()).then_some(Self {
            action,
            fields: sent,
            differences,
            page,
        })
    }
}
