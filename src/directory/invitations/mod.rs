//! Invitations: links that let somebody join the instance or a team, each once, while whoever invited could still do it
//! by hand.

mod create;
mod list;
mod target;

use std::collections::BTreeSet;

pub use create::{CreateInvitedAccount, InviteAccount, InvitePeople, NewInvitation};
pub use list::{InvitationList, InvitationRole, InvitationSummary, ListInvitations, RevokeInvitation};
pub(super) use target::CheckedTarget;
pub use target::InvitationTarget;

use super::names;

/// The most addresses in one go.
pub const MOST_ADDRESSES: usize = 500;

/// The addresses in a pasted text, each once, in their order; separated by whatever lists of them are.
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
