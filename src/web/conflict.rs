//! An edit that conflicts with somebody else's: both versions, of which the user keeps one.

use serde::Serialize;

use super::submission::{Submission, Visitor};
use super::visit::SafeForm;
use crate::directory::accounts::AccountView;

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
    /// The conflict between a form and the stored `fields`, which have this version; `None` if they are the same.
    #[must_use]
    pub fn of(
        form: &SafeForm,
        (action, page): (String, String),
        version: (&str, String),
        fields: Vec<Stored>,
    ) -> Option<Self> {
        let mut sent = vec![(version.0.to_owned(), version.1)];
        let mut differences = Vec::new();
        for Stored { name, label, value } in fields {
            let mine = form.trimmed(name).replace('\r', "");
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

/// The conflict between the submitted profile of an account and the stored one. The paths are those of the form and of
/// its page.
pub fn profile_conflict<V: Visitor>(
    sent: &Submission<V>,
    paths: [String; 2],
    stored: &AccountView,
) -> Option<Conflict> {
    let fields = [
        ("name", "Name", Some(&stored.name)),
        ("locale", "Language", stored.profile.locale.as_ref()),
        ("zoneinfo", "Time zone", stored.profile.zoneinfo.as_ref()),
    ];
    let fields = fields.map(|(name, label, value)| Stored {
        name,
        label,
        value: value.cloned().unwrap_or_default(),
    });
    let [action, page] = paths.map(|path| sent.app.config.server.issuer.local(path));
    let version = ("seen", stored.updated_at.0.to_string());
    Conflict::of(&sent.form, (action, page), version, fields.into())
}
