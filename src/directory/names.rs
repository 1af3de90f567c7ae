//! Which names people, groups and teams may have, and how names are compared.

use unicode_normalization::UnicodeNormalization;

/// Names that would be taken for something else in an address or a message.
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

/// The form in which names and addresses are compared: compatible characters and cases are the same.
#[must_use]
pub fn key(name: &str) -> String {
    name.nfkc()
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .nfkc()
        .collect()
}

/// The marks that names may have between letters and digits, unless a scheme says otherwise.
pub const MARKS: &str = ".-";

/// The marks that a scheme can allow: none of them means anything in addresses, queries or commands.
pub const POSSIBLE_MARKS: &str = ".-_+";

/// Checks a slug or another short name: 1 to 64 letters, digits, dots and hyphens.
///
/// # Errors
/// A sentence that says what to do.
pub fn check(name: &str) -> Result<(), String> {
    check_with(name, MARKS)
}

/// Checks the name of a person or a group: as [`check`], with the marks that the scheme allows.
///
/// # Errors
/// A sentence that says what to do.
pub fn check_with(name: &str, marks: &str) -> Result<(), String> {
    if name.is_empty() || name.len() > 64 {
        return Err("Use 1 to 64 characters.".into());
    }
    if !name
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
    {
        return Err(match marks {
            MARKS => "Use letters, digits, dots and hyphens only.".into(),
            "" => "Use letters and digits only.".into(),
            _ => format!("Use letters, digits and {marks} only."),
        });
    }
    if !name.starts_with(|c: char| c.is_ascii_alphanumeric())
        || !name.ends_with(|c: char| c.is_ascii_alphanumeric())
    {
        return Err("Begin and end with a letter or a digit.".into());
    }
    Ok(())
}

/// Checks a user name: as [`check_with`], and none that is reserved, always or by `also_reserved`.
///
/// # Errors
/// A sentence that says what to do.
pub fn check_username(name: &str, marks: &str, also_reserved: &[String]) -> Result<(), String> {
    check_with(name, marks)?;
    let folded = key(name);
    if RESERVED.contains(&folded.as_str()) || also_reserved.iter().any(|other| key(other) == folded) {
        return Err("This name is reserved. Choose another one.".into());
    }
    Ok(())
}

/// Checks an e-mail address as far as that can be done without sending to it.
///
/// # Errors
/// A sentence that says what to do.
pub fn check_email(address: &str) -> Result<(), String> {
    let good = address.len() <= 254
        && !address.chars().any(|c| c.is_whitespace() || c.is_control())
        && address.rsplit_once('@').is_some_and(|(local, host)| {
            (1..=64).contains(&local.len())
                && !local.contains('@')
                && host.contains('.')
                && !host.starts_with('.')
        });
    if good {
        Ok(())
    } else {
        Err("Enter an e-mail address such as ann@example.org.".into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_letters_digits_dots_and_hyphens() {
        for good in ["a.b-c9", "ann", "A1"] {
            assert_eq!(check_username(good, MARKS, &[]), Ok(()), "{good}");
        }
        for bad in ["a_b", "a b", "é", "", ".a", "a-", "error", "PULL", "404", "boss"] {
            assert!(check_username(bad, MARKS, &["Boss".to_owned()]).is_err(), "{bad}");
        }
    }

    #[test]
    fn names_that_differ_in_case_or_unicode_form_are_the_same() {
        assert_eq!(key("ANN"), key("ann"));
        assert_eq!(key("ａｎｎ"), key("ann"));
    }
}
