//! The embedded list of common passwords, and the usual variations of them.

use std::collections::HashSet;
use std::sync::LazyLock;

/// One password per line, in lower case and sorted.
const LIST: &str = include_str!("common_passwords.txt");

static LISTED: LazyLock<HashSet<&str>> = LazyLock::new(|| LIST.lines().collect());

/// The symbols that people append to a word if one is required.
const SYMBOLS: &[char] = &['!', '.', '?', '*', '#', '@', '$', '%', '&', '_', '-', '+', '='];
const MAX_SYMBOLS: usize = 3;
const WELL_KNOWN_NUMBERS: &[&str] = &[
    "12345",
    "123456",
    "1234567",
    "12345678",
    "123456789",
    "1234567890",
    "54321",
    "654321",
    "123123",
    "112233",
    "00000",
    "000000",
    "11111",
    "111111",
];

/// Whether the password is on the list: in any case, with digits for letters (`p4ssw0rd`), followed by a
/// number and symbols (`Password-2024!`), or repeated.
pub(super) fn is_common(password: &str) -> bool {
    let password = password.to_lowercase();
    [password.as_str(), without_tail(&password)]
        .into_iter()
        .any(|word| is_listed(word) || is_listed(repeated_unit(word)))
}

fn is_listed(word: &str) -> bool {
    LISTED.contains(word) || LISTED.contains(with_letters(word).as_str())
}

/// Replaces digits and symbols with the letters that they resemble.
fn with_letters(word: &str) -> String {
    let letter = |c| match c {
        '4' | '@' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    word.chars().map(letter).collect()
}

/// Removes from the end up to three symbols, then a number of up to four digits (or a well-known longer one),
/// then the symbols before it.
fn without_tail(password: &str) -> &str {
    let word = password.trim_end_matches(SYMBOLS);
    let word = if password.len() - word.len() > MAX_SYMBOLS {
        password
    } else {
        word
    };
    let stem = word.trim_end_matches(|c: char| c.is_ascii_digit());
    match word.get(stem.len()..) {
        Some(digits) if digits.len() <= 4 || WELL_KNOWN_NUMBERS.contains(&digits) => {
            stem.trim_end_matches(SYMBOLS)
        }
        _ => word,
    }
}

/// The shortest unit that `word` repeats two to four times, or the word itself.
fn repeated_unit(word: &str) -> &str {
    let unit = |times: usize| {
        word.get(..word.len() / times)
            .filter(|unit| unit.repeat(times) == word)
    };
    (2..=4).rev().find_map(unit).unwrap_or(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_list_is_sorted_in_lower_case_and_has_no_duplicates() {
        let lines: Vec<_> = LIST.lines().collect();
        assert!(lines.len() > 1000, "{}", lines.len());
        assert!(lines.iter().filter(|line| line.chars().count() >= 12).count() >= 200);
        for pair in lines.windows(2) {
            assert!(pair[0] < pair[1], "{pair:?}");
        }
        for line in lines {
            assert!(
                line.len() >= 3 && line == line.to_lowercase() && !line.contains(' '),
                "{line}"
            );
        }
    }

    #[test]
    fn b46_common_passwords_are_found_in_every_variation() {
        for password in [
            "password",
            "PASSWORD",
            "Password1234",
            "Password123456789",
            "P@ssw0rd2024!",
            "p4$$w0rd-2024",
            "qwertyuiop1",
            "1q2w3e4r5t6y",
            "passwordpassword",
            "monkeymonkeymonkey",
            "CorrectHorseBatteryStaple",
            "Welcome_2025!!",
            "123456789012",
            "administrator",
            "ILoveYouSoMuch1",
            "Contraseña2024",
            "thequickbrownfox",
            "Doorward2026!",
        ] {
            assert!(is_common(password), "{password}");
        }
    }

    #[test]
    fn a_password_that_only_contains_a_common_word_is_not_common() {
        for password in [
            "",
            "!",
            "2024",
            "violet kettle harbour",
            "password of the harbour",
            "password83629174",
            "Abcdefg1",
            "mypasswordisabadger",
            "übergrößenträger",
            "🍵🍵🍵🍵",
            "x!!!!!!!!!!",
        ] {
            assert!(!is_common(password), "{password}");
        }
    }
}
