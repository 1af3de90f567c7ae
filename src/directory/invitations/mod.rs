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
pub const MAX_ADDRESSES: usize = 500;

/// The distinct addresses in a pasted text, in order, separated by commas, semicolons or white space. An address in
/// angle brackets may have a name before it (RFC 5322 section 3.4).
#[must_use]
pub fn addresses(text: &str) -> Vec<String> {
    let mut seen = BTreeSet::new();
    entries(text)
        .into_iter()
        .flat_map(addresses_of)
        .map(|part| part.trim_matches(['<', '>', '"', '\'']))
        .filter(|part| !part.is_empty() && seen.insert(names::folded(part)))
        .map(str::to_owned)
        .collect()
}

/// The parts between commas, semicolons and line breaks, except commas and semicolons in a quoted name.
fn entries(text: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let ends_entry = |c: char| {
        is_quoted = match c {
            '"' => !is_quoted,
            '\n' | '\r' => false,
            _ => is_quoted,
        };
        matches!(c, '\n' | '\r') || (matches!(c, ',' | ';') && !is_quoted)
    };
    text.split(ends_entry).collect()
}

/// The addresses in angle brackets in an entry, or every word of an entry without brackets.
fn addresses_of(entry: &str) -> Vec<&str> {
    let bracketed = entry.split('<').skip(1).filter_map(|rest| rest.split_once('>'));
    let found: Vec<_> = bracketed.map(|(address, _)| address.trim()).collect();
    if found.is_empty() {
        entry.split_whitespace().collect()
    } else {
        found
    }
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

    #[test]
    fn names_before_addresses_are_left_out() {
        for (text, expected) in [
            ("Ada Lovelace <ada@example.org>", &["ada@example.org"][..]),
            (
                "\"Lovelace, Ada\" <ada@example.org>; Bob <bob@example.org>, c@example.org",
                &["ada@example.org", "bob@example.org", "c@example.org"],
            ),
            (
                "<a@example.org> <b@example.org>",
                &["a@example.org", "b@example.org"],
            ),
            (
                "\"open <a@example.org>\nb@example.org",
                &["a@example.org", "b@example.org"],
            ),
            (
                "a@example.org b@example.org <",
                &["a@example.org", "b@example.org"],
            ),
        ] {
            assert_eq!(addresses(text), expected, "{text}");
        }
    }
}
