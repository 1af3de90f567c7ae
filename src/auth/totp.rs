//! Codes of authenticator apps: TOTP (RFC 6238) with the parameters that every app supports, which are SHA-1, six
//! digits and steps of 30 seconds.

use totp_rs::{Builder, Totp};

use crate::clock::Time;
use crate::crypto::{Secret, constant_time_eq, random_bytes};

/// The length of a step in seconds.
const STEP_SECONDS: i64 = 30;

/// The secret that an authenticator app shares with us.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seed(Secret<[u8; 20]>);

/// A step, by its number since the Unix epoch; each step has one code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Step(i64);

impl Step {
    /// The step at this time.
    #[must_use]
    pub const fn at(now: Time) -> Self {
        Self(now.seconds().div_euclid(STEP_SECONDS))
    }

    const fn previous(self) -> Self {
        Self(self.0 - 1)
    }

    /// The number of the step.
    #[must_use]
    pub const fn number(self) -> i64 {
        self.0
    }
}

impl Seed {
    /// A new random seed of 160 bits (RFC 4226 section 4).
    #[must_use]
    pub fn random() -> Self {
        Self(Secret::new(random_bytes()))
    }

    /// A stored seed; `None` unless there are 20 bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(Self(Secret::new(bytes.try_into().ok()?)))
    }

    /// The 20 bytes to seal and store.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        self.0.expose()
    }

    /// The seed in base 32, in groups of four characters, for an app that cannot scan.
    #[must_use]
    pub fn text(&self) -> String {
        let text = self.totp("", "").secret().to_base32();
        let letters = text.chars().enumerate();
        letters.fold(String::new(), |mut text, (at, letter)| {
            if at > 0 && at % 4 == 0 {
                text.push(' ');
            }
            text.push(letter);
            text
        })
    }

    /// The address that an app scans, with the names under which it lists the account.
    #[must_use]
    pub fn uri(&self, organisation: &str, username: &str) -> String {
        // It fails only for an empty name, which no account has.
        self.totp(organisation, username).to_url().unwrap_or_default()
    }

    /// The step whose code was typed, if it is the current one or the one before (D2). Spaces do not matter.
    #[must_use]
    pub fn step_of(&self, typed: &str, now: Time) -> Option<Step> {
        let digits: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
        let current = Step::at(now);
        // Both are always compared, and the later one counts if their codes are the same by chance.
        let [right, right_before] = [current, current.previous()]
            .map(|step| constant_time_eq(self.code(step).as_bytes(), digits.as_bytes()));
        match (right, right_before) {
            (true, _) => Some(current),
            (false, true) => Some(current.previous()),
            (false, false) => None,
        }
    }

    /// The code of a step.
    #[must_use]
    pub fn code(&self, step: Step) -> String {
        let seconds = step.0.saturating_mul(STEP_SECONDS);
        let totp = self.totp("", "");
        totp.generate(u64::try_from(seconds).unwrap_or(0)).to_string()
    }

    fn totp(&self, organisation: &str, username: &str) -> Totp {
        // A colon separates the two names.
        let named = |name: &str| name.replace(':', " ");
        Builder::new()
            .with_secret(*self.0.expose())
            .with_issuer(Some(named(organisation)))
            .with_account_name(named(username))
            .build_noncompliant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seed() -> Seed {
        Seed::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_rfc_6238() {
        // Appendix B, the last six of its eight digits.
        for (seconds, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_234_567_890, "005924"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed().code(Step::at(Time::from_seconds(seconds))), code);
        }
    }

    #[test]
    fn d2_only_the_current_and_the_previous_step_match() {
        let step = Step::at(Time::from_seconds(1_111_111_109));
        let code = seed().code(step);
        let begin = step.number() * STEP_SECONDS;
        for (seconds, expected) in [
            (begin - 1, None),
            (begin, Some(step)),
            (begin + 29, Some(step)),
            (begin + 59, Some(step)),
            (begin + 60, None),
        ] {
            assert_eq!(
                seed().step_of(&code, Time::from_seconds(seconds)),
                expected,
                "{seconds}"
            );
        }
    }

    #[test]
    fn spaces_in_a_code_do_not_matter_but_every_digit_does() {
        let now = Time::from_seconds(1_111_111_109);
        for typed in ["081804", "081 804", " 0818 04 "] {
            assert_eq!(seed().step_of(typed, now), Some(Step::at(now)), "{typed}");
        }
        for typed in ["", "081805", "81804", "0818040", "07081804"] {
            assert_eq!(seed().step_of(typed, now), None, "{typed}");
        }
    }

    #[test]
    fn an_app_reads_the_seed_with_both_names() {
        let uri = seed().uri("Acme: Labs", "ann");
        assert_eq!(
            uri,
            "otpauth://totp/Acme%20%20Labs:ann?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme%20%20Labs"
        );
        assert_eq!(seed().text(), "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ");
        assert_ne!(Seed::random(), Seed::random());
    }
}
