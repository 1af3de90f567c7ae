//! The rules for usernames, group names and slugs, and how names are compared.

use unicode_normalization::UnicodeNormalization;

use crate::model::refusal::{Code, Refusal};
use crate::model::scheme::Scheme;

/// The maximum length of a name or slug.
const MAX_LENGTH: usize = 64;

/// Usernames that could be mistaken for something else in a URL or a message.
const RESERVED: &[&str] = &[
    "404",
    "about",
    "account",
    "admin",
    "administrator",
    "anonymous",
    "api",
    "console",
    "error",
    "everyone",
    "guest",
    "health",
    "help",
    "login",
    "logout",
    "me",
    "nobody",
    "none",
    "null",
    "oauth2",
    "pull",
    "root",
    "security",
    "self",
    "server",
    "settings",
    "setup",
    "static",
    "support",
    "system",
    "undefined",
    "well-known",
    "www",
];

/// Slugs that suggest a special trust. Only administrators of teams can take these and the names of the scheme's roles.
const TRUSTED: &[&str] = &[
    "administrators",
    "everyone",
    "moderators",
    "owners",
    "root-team",
    "staff",
    "superusers",
    "sysadmins",
];

/// The folded form by which names and addresses are compared: NFKC in lower case.
#[must_use]
pub fn folded(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .nfkc()
        .collect()
}

/// The punctuation that names may contain, unless a scheme says otherwise.
pub const DEFAULT_PUNCTUATION: &str = ".-";

/// The punctuation that a scheme can allow: characters without a meaning in URLs, queries and commands.
pub const ALLOWED_PUNCTUATION: &str = ".-_+";

/// Checks a name: 1 to 64 letters and digits, with this punctuation between them.
///
/// # Errors
/// [`Code::Length`], [`Code::NameCharacters`] or another code of names, at the field.
pub fn validate(field: &'static str, name: &str, punctuation: &str) -> Result<(), Refusal> {
    if name.is_empty() || name.len() > MAX_LENGTH {
        let length = Code::Length.at(field).with("min", "1");
        return Err(length.with("max", MAX_LENGTH.to_string()));
    }
    if !name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || punctuation.contains(c))
    {
        return Err(match punctuation {
            DEFAULT_PUNCTUATION => Code::NameCharacters.at(field),
            "" => Code::NameAlphanumeric.at(field),
            _ => Code::NamePunctuation.at(field).with("allowed", punctuation),
        });
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.ends_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err(Code::NameEdges.at(field));
    }
    Ok(())
}

/// Checks a text that people see as part of a line: it has no line breaks, no other control characters, and no
/// characters that change the direction of the text around them.
///
/// # Errors
/// [`Code::NotOneLine`] at the field.
pub fn validate_line(field: &'static str, text: &str) -> Result<(), Refusal> {
    let breaks_line = |c: char| {
        c.is_control()
            || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if text.contains(breaks_line) {
        return Err(Code::NotOneLine.at(field));
    }
    Ok(())
}

/// Checks that a scheme does not reserve a name.
///
/// # Errors
/// [`Code::Reserved`] at the field.
pub fn validate_unreserved(field: &'static str, name: &str, reserved: &[String]) -> Result<(), Refusal> {
    let wanted = folded(name);
    if reserved.iter().any(|other| folded(other) == wanted) {
        return Err(Code::Reserved.at(field));
    }
    Ok(())
}

/// Whether nobody can take this folded name as the slug of a team.
#[must_use]
pub fn is_reserved_slug(slug: &str, scheme: &Scheme) -> bool {
    RESERVED.contains(&slug) || validate_unreserved("slug", slug, &scheme.reserved_names).is_err()
}

/// Whether apps could mistake the team with this folded slug for one of administrators, such as a role's name or its
/// plural.
#[must_use]
pub fn suggests_trust(slug: &str, scheme: &Scheme) -> bool {
    let singular = slug.strip_suffix('s').unwrap_or(slug);
    TRUSTED.contains(&slug)
        || RESERVED.contains(&singular)
        || scheme
            .roles
            .iter()
            .any(|role| [slug, singular].contains(&folded(&role.name).as_str()))
}

/// Checks a username like [`validate`], and that neither Doorward nor the scheme reserves it.
///
/// # Errors
/// Those of [`validate`] and [`validate_unreserved`].
pub fn validate_username(
    field: &'static str,
    name: &str,
    punctuation: &str,
    reserved: &[String],
) -> Result<(), Refusal> {
    validate(field, name, punctuation)?;
    if RESERVED.contains(&folded(name).as_str()) {
        return Err(Code::Reserved.at(field));
    }
    if name.chars().all(|c| c.is_ascii_digit()) {
        return Err(Code::NameNeedsLetter.at(field));
    }
    validate_unreserved(field, name, reserved)
}

/// Checks the form of an e-mail address.
///
/// # Errors
/// [`Code::EmailInvalid`] at the field.
pub fn validate_email(field: &'static str, address: &str) -> Result<(), Refusal> {
    let is_address = address.len() <= 254
        && !address.chars().any(|c| c.is_whitespace() || c.is_control())
        && address.rsplit_once('@').is_some_and(|(local, host)| {
            (1..=64).contains(&local.len())
                && !local.contains('@')
                && host.contains('.')
                && !host.starts_with('.')
        });
    if is_address {
        Ok(())
    } else {
        Err(Code::EmailInvalid.at(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_letters_digits_dots_and_hyphens() {
        for good in ["a.b-c9", "ann", "A1"] {
            assert_eq!(
                validate_username("", good, DEFAULT_PUNCTUATION, &[]),
                Ok(()),
                "{good}"
            );
        }
        for bad in [
            "a_b", "a b", "é", "", ".a", "a-", "error", "PULL", "404", "5", "boss",
        ] {
            let checked = validate_username("", bad, DEFAULT_PUNCTUATION, &["Boss".to_owned()]);
            assert!(checked.is_err(), "{bad}");
        }
    }

    #[test]
    fn names_that_differ_in_case_or_unicode_form_are_the_same() {
        assert_eq!(folded("ANN"), folded("ann"));
        assert_eq!(folded("ａｎｎ"), folded("ann"));
    }
}
