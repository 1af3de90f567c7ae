//! Two edits of one profile at the same time.

use super::conflict::{Conflict, Stored};
use super::submission::{Submission, Visitor};
use crate::directory::accounts::AccountView;

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
    Conflict::of(
        |name| sent.form.trimmed(name),
        (action, page),
        version,
        fields.into(),
    )
}
