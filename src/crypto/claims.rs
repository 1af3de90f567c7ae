//! The claims of a token whose signature has been verified, and the check of their times.

use std::time::Duration;

use serde_json::{Map, Value};

use super::json::UniqueObject;
use super::jwt_error::JwtError;
use crate::clock::Time;

/// The last second of the year 9999; a later `NumericDate` is a mistake or an attack.
const LAST_SECOND: u64 = 253_402_300_799;

/// The claims of a token whose signature has been verified.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Map<String, Value>);

impl Claims {
    /// Parses the payload. A time that is not a whole number makes the token malformed; it does not count as
    /// absent.
    pub(super) fn parse(payload: &[u8]) -> Result<Self, JwtError> {
        let UniqueObject(claims) = serde_json::from_slice(payload).map_err(|_| JwtError::Claims)?;
        for name in ["exp", "nbf", "iat"] {
            let is_date = |value: &Value| value.as_u64().is_some_and(|seconds| seconds <= LAST_SECOND);
            if claims.get(name).is_some_and(|value| !is_date(value)) {
                return Err(JwtError::Claims);
            }
        }
        Ok(Self(claims))
    }

    /// Checks `exp`, which is required, and `nbf` and `iat` if present; clocks may differ by `skew`.
    ///
    /// # Errors
    /// [`JwtError::Claims`] without `exp`, [`JwtError::Expired`] or [`JwtError::NotYetValid`].
    pub fn check_times(&self, now: Time, skew: Duration) -> Result<(), JwtError> {
        let exp = self.time("exp").ok_or(JwtError::Claims)?;
        if exp + skew <= now {
            return Err(JwtError::Expired);
        }
        let ahead = |name| self.time(name).is_some_and(|time| now + skew < time);
        if ahead("nbf") || ahead("iat") {
            Err(JwtError::NotYetValid)
        } else {
            Ok(())
        }
    }

    /// Any claim.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// A claim that is a string.
    #[must_use]
    pub fn str(&self, name: &str) -> Option<&str> {
        self.get(name)?.as_str()
    }

    /// `exp`, `nbf`, `iat` or another claim that is a whole number of seconds since the epoch, such as `auth_time`.
    #[must_use]
    pub fn time(&self, name: &str) -> Option<Time> {
        self.get(name)?.as_i64().map(Time::from_seconds)
    }

    /// The audiences, whether `aud` is a string or an array; empty when it is neither (RFC 7519 section 4.1.3).
    #[must_use]
    pub fn audiences(&self) -> Vec<&str> {
        match self.get("aud") {
            Some(Value::String(one)) => vec![one],
            Some(Value::Array(many)) => many.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    /// All claims.
    #[must_use]
    pub fn into_map(self) -> Map<String, Value> {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn b27_times_are_checked_against_the_given_time() {
        let claims = |payload: Value| Claims::parse(payload.to_string().as_bytes()).unwrap();
        let minute = Duration::from_mins(1);
        let cases = [
            (json!({ "exp": 1001 }), 0, Ok(())),
            (json!({ "exp": 1000 }), 0, Err(JwtError::Expired)),
            (json!({ "exp": 941 }), 60, Ok(())),
            (json!({ "exp": 940 }), 60, Err(JwtError::Expired)),
            (json!({ "exp": 0 }), 60, Err(JwtError::Expired)),
            (json!({}), 60, Err(JwtError::Claims)),
            (json!({ "nbf": 1, "iat": 1 }), 60, Err(JwtError::Claims)),
            (json!({ "exp": 2000, "iat": 1060 }), 60, Ok(())),
            (
                json!({ "exp": 2000, "iat": 1061 }),
                60,
                Err(JwtError::NotYetValid),
            ),
            (json!({ "exp": 2000, "nbf": 1060 }), 60, Ok(())),
            (
                json!({ "exp": 2000, "nbf": 1061 }),
                60,
                Err(JwtError::NotYetValid),
            ),
            (json!({ "exp": 2000, "nbf": 1001 }), 0, Err(JwtError::NotYetValid)),
        ];
        for (payload, skew, expected) in cases {
            let skew = minute * skew / 60;
            assert_eq!(
                claims(payload.clone()).check_times(Time::from_seconds(1000), skew),
                expected,
                "{payload}"
            );
        }
    }

    #[test]
    fn audiences_are_read_from_text_and_list() {
        let read = |aud: Value| {
            let claims = Claims(json!({ "aud": aud }).as_object().unwrap().clone());
            claims
                .audiences()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(read(json!("a")), ["a"]);
        assert_eq!(read(json!(["a", "b"])), ["a", "b"]);
        assert!(read(json!({ "a": 1 })).is_empty());
    }
}
