//! Column types: ids, JSON kept as text, and lists of words.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use sqlx::encode::IsNull;
use sqlx::error::BoxDynError;
use sqlx::{Database, Decode, Encode, Type};

use crate::clock::Time;

macro_rules! id {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type)]
        #[sqlx(transparent)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

id! {
    /// An account; also its `sub` where subjects are public. Never given to another person.
    AccountId,
    /// An app's `client_id`.
    AppId,
    /// A stored authorization request.
    RequestId,
    /// A session; the `sid` claim.
    SessionId,
    /// A grant: what one app holds for one person since one sign-in.
    GrantId,
    /// A team.
    TeamId,
    /// A group.
    GroupId,
}

/// A new UUID v7 as text (RFC 9562 section 5.7), sorted by `now`; for ids, never for secrets.
#[must_use]
pub fn new_id(now: Time) -> String {
    let millis = u64::try_from(now.0 / 1000).unwrap_or(0);
    let random = crate::crypto::random_bytes::<10>();
    uuid::Builder::from_unix_timestamp_millis(millis, &random)
        .into_uuid()
        .to_string()
}

macro_rules! new_ids {
    ($($name:ident),*) => {$(
        impl $name {
            /// A new id that sorts by the time it was made.
            #[must_use]
            pub fn new(now: Time) -> Self {
                Self(new_id(now))
            }
        }
    )*};
}
new_ids!(AccountId, RequestId, SessionId, GrantId, TeamId, GroupId);

/// A value kept as JSON text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Json<T>(pub T);

impl<DB: Database, T> Type<DB> for Json<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }
    fn compatible(ty: &DB::TypeInfo) -> bool {
        String::compatible(ty)
    }
}

impl<'r, DB: Database, T: DeserializeOwned> Decode<'r, DB> for Json<T>
where
    String: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(serde_json::from_str(&String::decode(value)?)?))
    }
}

impl<'q, DB: Database, T: Serialize> Encode<'q, DB> for Json<T>
where
    String: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        serde_json::to_string(&self.0)?.encode(buf)
    }
}

macro_rules! words {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash, sqlx::Type)]
        #[sqlx(transparent)]
        pub struct $name(String);

        impl $name {
            /// The words of a space-separated list, in their order, each once.
            #[must_use]
            pub fn parse(text: &str) -> Self {
                text.split(' ').filter(|word| !word.is_empty()).collect()
            }
            /// Whether `word` is in the list.
            #[must_use]
            pub fn contains(&self, word: &str) -> bool {
                self.iter().any(|own| own == word)
            }
            /// The words in their order.
            pub fn iter(&self) -> impl Iterator<Item = &str> {
                self.0.split(' ').filter(|word| !word.is_empty())
            }
            /// Whether every word of `self` is also in `other`.
            #[must_use]
            pub fn is_subset(&self, other: &Self) -> bool {
                self.iter().all(|word| other.contains(word))
            }
            /// Whether there is no word.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
            /// The space-separated form.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl<'a> FromIterator<&'a str> for $name {
            fn from_iter<I: IntoIterator<Item = &'a str>>(words: I) -> Self {
                let mut list: Vec<&str> = Vec::new();
                for word in words {
                    if !list.contains(&word) {
                        list.push(word);
                    }
                }
                Self(list.join(" "))
            }
        }

        impl Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                Ok(Self::parse(&String::deserialize(deserializer)?))
            }
        }
    )*};
}

words! {
    /// A list of OAuth scopes (RFC 6749 section 3.3), in the order asked for.
    Scopes,
    /// Authentication method references (RFC 8176) of one sign-in.
    Amr,
}

/// Declares an enum that is stored, shown and sent as one snake-case word.
macro_rules! text_enum {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $text:literal),* $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $text)] $variant),* }

        impl $name {
            /// Every value, in the order of its declaration.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];
            /// The stored word.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = String;
            fn from_str(text: &str) -> Result<Self, String> {
                match text {
                    $($text => Ok(Self::$variant),)*
                    _ => Err(format!("one of: {}", [$($text),*].join(", "))),
                }
            }
        }

        impl<DB: sqlx::Database> sqlx::Type<DB> for $name where String: sqlx::Type<DB> {
            fn type_info() -> DB::TypeInfo { String::type_info() }
            fn compatible(ty: &DB::TypeInfo) -> bool { String::compatible(ty) }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name where String: sqlx::Decode<'r, DB> {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                Ok(String::decode(value)?.parse::<Self>()?)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name where String: sqlx::Encode<'q, DB> {
            fn encode_by_ref(&self, buf: &mut DB::ArgumentBuffer) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                self.as_str().to_owned().encode(buf)
            }
        }
    };
}
pub(crate) use text_enum;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_once_and_in_order() {
        let scopes = Scopes::parse("openid  email openid");
        assert_eq!(scopes.as_str(), "openid email");
        assert!(scopes.contains("email") && !scopes.contains("mail"));
        assert!(Scopes::parse("email").is_subset(&scopes));
    }

    #[test]
    fn ids_sort_by_time() {
        assert!(AccountId::new(Time::from_seconds(1)) < AccountId::new(Time::from_seconds(2)));
    }
}
