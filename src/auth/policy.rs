//! The rules for new passwords: length, strength, no common password, and what a scheme adds.

use zxcvbn::feedback::Warning;

use super::common::is_common;
use super::password::normalised;
use crate::model::with_defaults;

with_defaults! {
    /// The rules for new passwords; the default is 12 characters that are hard to guess.
    #[derive(Clone, Debug, PartialEq, Eq)]
    PasswordPolicy {
        /// The minimum length in Unicode code points after NFC.
        min_length: usize = 12,
        /// The maximum length, counted in the same way; at least 128 (NIST SP 800-63B-4 requires 64).
        max_length: usize = 256,
        /// The minimum zxcvbn score, from 0 (anything) to 4.
        min_score: u8 = 3,
        /// The required kinds of characters, at least one of each.
        classes: Vec<Class> = Vec::new(),
        /// Whether common passwords are refused.
        blocklist: bool = true,
    }
}

/// A kind of character, in any script.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// A lower-case letter.
    Lower,
    /// An upper-case letter.
    Upper,
    /// A digit.
    Digit,
}

/// Why a password is refused.
#[derive(Clone, Debug, PartialEq)]
pub enum PasswordFault {
    /// Shorter than the minimum length.
    TooShort {
        /// The minimum length.
        min: usize,
    },
    /// Longer than the maximum length.
    TooLong {
        /// The maximum length.
        max: usize,
    },
    /// No character of this kind.
    Missing(Class),
    /// It is on the list of common passwords.
    Common,
    /// It consists of names of the person or the organisation.
    OwnWords,
    /// Easy to guess, with the reason if it is known.
    Guessable(Option<Warning>),
}

impl PasswordPolicy {
    /// Eight characters with a lower-case letter, an upper-case letter and a digit.
    #[must_use]
    pub fn harbor() -> Self {
        let classes = vec![Class::Lower, Class::Upper, Class::Digit];
        Self {
            min_length: 8,
            min_score: 0,
            classes,
            ..Self::default()
        }
    }

    /// Checks a new password. `context` has words that attackers know: names, addresses, the names of
    /// organisation and product.
    ///
    /// # Errors
    /// Every rule that the password breaks, in the order of the policy's fields.
    pub fn check(&self, password: &str, context: &[&str]) -> Result<(), Vec<PasswordFault>> {
        let password = normalised(password);
        let length = password.chars().count();
        if length > self.max_length {
            return Err(vec![PasswordFault::TooLong { max: self.max_length }]);
        }
        let mut faults = Vec::new();
        if length < self.min_length {
            faults.push(PasswordFault::TooShort { min: self.min_length });
        }
        let missing = self
            .classes
            .iter()
            .filter(|class| !password.chars().any(|c| class.holds(c)));
        faults.extend(missing.map(|class| PasswordFault::Missing(*class)));
        if self.blocklist && is_common(&password) {
            faults.push(PasswordFault::Common);
        } else {
            faults.extend(self.guessed(&password, context));
        }
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }

    fn guessed(&self, password: &str, context: &[&str]) -> Option<PasswordFault> {
        let score = |words: &[&str]| zxcvbn::zxcvbn(password, words);
        let with_context = score(&words(context));
        if u8::from(with_context.score()) >= self.min_score {
            return None;
        }
        if u8::from(score(&[]).score()) >= self.min_score {
            return Some(PasswordFault::OwnWords);
        }
        Some(PasswordFault::Guessable(
            with_context
                .feedback()
                .and_then(zxcvbn::feedback::Feedback::warning),
        ))
    }
}

impl Class {
    fn holds(self, c: char) -> bool {
        match self {
            Self::Lower => c.is_lowercase(),
            Self::Upper => c.is_uppercase(),
            Self::Digit => c.is_numeric(),
        }
    }
}

/// The words and their parts: `ann.lee@example.org` also yields `ann`, `lee` and `example`. Parts of one or
/// two letters would match by chance.
fn words<'a>(context: &[&'a str]) -> Vec<&'a str> {
    let parts = |word: &'a str| {
        let split = word.split(|c: char| !c.is_alphanumeric());
        std::iter::once(word).chain(word.split('@')).chain(split)
    };
    let mut words: Vec<_> = context
        .iter()
        .flat_map(|word| parts(word))
        .filter(|part| part.chars().count() >= 3)
        .collect();
    words.sort_unstable();
    words.dedup();
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use Class::{Digit, Lower, Upper};
    use PasswordFault::{Common, Guessable, Missing, OwnWords, TooLong, TooShort};

    const ANN: &[&str] = &[
        "ann",
        "Ann Fotheringay",
        "ann.fotheringay@brightwater.example",
        "Doorward",
    ];

    #[test]
    fn d4_the_default_asks_for_length_and_strength_only() {
        let policy = PasswordPolicy::default();
        for password in [
            "violet kettle harbour",
            "wjdhfkzpqmxn",
            "ünïcödé kettle hàrbour",
            "鯨が海で歌う静かな夜明けの庭",
            &"long walks and short naps ".repeat(5)[..128],
            &"é"
                .repeat(12)
                .chars()
                .zip("qmzpxkwjvhty".chars())
                .flat_map(|(a, b)| [a, b])
                .collect::<String>(),
        ] {
            assert_eq!(policy.check(password, ANN), Ok(()), "{password}");
        }
    }

    #[test]
    fn b46_each_broken_rule_is_named() {
        let policy = PasswordPolicy::default();
        for (password, expected) in [
            ("wjdhfkzpqmx", vec![TooShort { min: 12 }]),
            ("correcthorsebatterystaple", vec![Common]),
            ("Password2024!", vec![Common]),
            ("password", vec![TooShort { min: 12 }, Common]),
            (&"x".repeat(257), vec![TooLong { max: 256 }]),
        ] {
            assert_eq!(policy.check(password, ANN), Err(expected), "{password}");
        }
        for password in ["", "aaaaaaaaaaaaa", "abcdabcdabcd1", "mondaytuesday"] {
            let faults = policy.check(password, ANN).unwrap_err();
            assert!(
                faults.iter().any(|fault| matches!(fault, Guessable(_) | Common)),
                "{password}: {faults:?}"
            );
        }
    }

    #[test]
    fn d4_own_words_do_not_count_as_strength() {
        let policy = PasswordPolicy::default();
        for password in ["fotheringaybrightwater", "ann.fotheringay@brightwater.example"] {
            assert_eq!(policy.check(password, &[]), Ok(()), "{password}");
            assert_eq!(policy.check(password, ANN), Err(vec![OwnWords]), "{password}");
        }
    }

    #[test]
    fn b46_code_points_are_counted_after_nfc() {
        let policy = PasswordPolicy {
            min_score: 0,
            ..PasswordPolicy::default()
        };
        assert_eq!(
            policy.check(&"e\u{301}".repeat(11), &[]),
            Err(vec![TooShort { min: 12 }])
        );
        assert_eq!(policy.check(&"e\u{301}".repeat(12), &[]), Ok(()));
        assert_eq!(policy.check(&"\u{1f375}".repeat(256), &[]), Ok(()));
        assert_eq!(
            policy.check(&"\u{1f375}".repeat(257), &[]),
            Err(vec![TooLong { max: 256 }])
        );
    }

    #[test]
    fn hb_8_the_harbor_policy_asks_for_classes() {
        let policy = PasswordPolicy::harbor();
        for (password, expected) in [
            ("Abcdefg1", Ok(())),
            ("Kxcwef1", Err(vec![TooShort { min: 8 }])),
            ("ABCDEFG1", Err(vec![Missing(Lower)])),
            ("abcdefg1", Err(vec![Missing(Upper)])),
            ("Abcdefgx", Err(vec![Missing(Digit)])),
            (
                "",
                Err(vec![
                    TooShort { min: 8 },
                    Missing(Lower),
                    Missing(Upper),
                    Missing(Digit),
                ]),
            ),
        ] {
            assert_eq!(policy.check(password, &[]), expected, "{password}");
        }
    }
}
