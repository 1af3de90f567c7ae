//! Parses an untrusted JSON object, in which no member may be repeated (RFC 7515 section 4, RFC 8725 section
//! 2.4).

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _, MapAccess, Visitor};
use serde_json::{Map, Value};

/// An object whose direct members are unique; in nested objects the last of repeated members counts.
#[derive(Debug)]
pub(super) struct UniqueObject(pub Map<String, Value>);

impl<'de> Deserialize<'de> for UniqueObject {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members)
    }
}

struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = UniqueObject;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<UniqueObject, A::Error> {
        let mut members = Map::new();
        while let Some((name, value)) = access.next_entry::<String, Value>()? {
            if members.insert(name, value).is_some() {
                return Err(A::Error::custom("a member appears twice"));
            }
        }
        Ok(UniqueObject(members))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_object_with_different_members_is_read() {
        let read = |text: &str| serde_json::from_str::<UniqueObject>(text).is_ok();
        assert!(read(r#"{"a":1,"b":{"a":2}}"#));
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"\u0061":2}"#,
            "[]",
            "1",
            "",
            "{} {}",
            "{",
            "null",
        ] {
            assert!(!read(text), "{text}");
        }
    }
}
