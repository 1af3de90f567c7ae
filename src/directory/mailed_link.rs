//! Links that only a mail has. Such a link has the id of what it leads to, with a MAC instead of a stored secret, so
//! that mail which waits to be sent contains none, and nobody but the recipient can have it.

use crate::crypto::{MasterKey, Token, constant_time_eq};

/// The id in a link that was mailed. Only a link with the right MAC makes one.
#[derive(Clone, Debug)]
pub struct MailedLink(String);

impl MailedLink {
    /// The last segment of the link of an invitation.
    #[must_use]
    pub fn to_invitation(master: &MasterKey, id: &str) -> String {
        segment(master, INVITATION, id)
    }

    /// The invitation that a last segment leads to.
    #[must_use]
    pub fn of_invitation(master: &MasterKey, segment: &str) -> Option<Self> {
        open(master, INVITATION, segment)
    }

    /// The id.
    pub(super) fn id(&self) -> &str {
        &self.0
    }
}

// What a MAC is for.
const INVITATION: &str = "mailed invitation";

fn segment(master: &MasterKey, purpose: &'static str, id: &str) -> String {
    let mac = Token::from_bytes(&master.mac(purpose, &[id.as_bytes()]));
    format!("{id}.{}", mac.as_str())
}

fn open(master: &MasterKey, purpose: &'static str, text: &str) -> Option<MailedLink> {
    let (id, _) = text.split_once('.')?;
    let right = segment(master, purpose, id);
    constant_time_eq(right.as_bytes(), text.as_bytes()).then(|| MailedLink(id.to_owned()))
}
