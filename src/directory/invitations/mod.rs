//! Invitations: links that somebody can accept once to join the instance or a team. A link works only as long
//! as its creator still has the permissions to invite.

mod create;
mod list;
mod target;

use std::collections::BTreeSet;

pub use create::{CreateInvitedAccount, InviteAccount, InvitePeople, NewInvitation};
pub use list::{InvitationList, InvitationSummary, ListInvitations, RevokeInvitation};
pub(super) use target::CheckedTarget;
pub use target::InvitationTarget;

use super::names;

/// The maximum number of addresses in one operation.
pub const MOST_ADDRESSES: usize = 500;

/// The distinct addresses in a pasted text, in order, separated by commas, semicolons or white space.
#[must_use]
pub fn addresses(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    text.split([',', ';', '\n', '\r', '\t', ' '])
        .map(|part| part.trim_matches(['<', '>', '"', '\'']))
        .filter(|part| !part.is_empty() && seen.insert(names::key(part)))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pasted_addresses_are_found_once_each_in_their_order() {
        let text = "bob@example.org, <carol@example.org>;\nBOB@example.org\n\"dan@example.org\"\t x";
        let expected = ["bob@example.org", "carol@example.org", "dan@example.org", "x"];
        assert_eq!(addresses(text), expected);
        assert!(addresses(" \n,;").is_empty());
    }
}
