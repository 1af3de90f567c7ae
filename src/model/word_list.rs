//! Lists of words in one text, separated by spaces.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta] $name:ident),* $(,)?) => {$(
        #[$doc]
        #[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// Parses a space-separated list; keeps its order and drops repeated words.
            #[must_use]
            pub fn parse(text: &str) -> Self {
                text.split(' ').filter(|word| !word.is_empty()).collect()
            }
            /// Whether `word` is in the list.
            #[must_use]
            pub fn contains(&self, word: &str) -> bool {
                self.iter().any(|own| own == word)
            }
            /// The words in order.
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
    /// A list of OAuth scopes (RFC 6749 section 3.3), in the order requested.
    Scopes,
    /// Authentication method references (RFC 8176) of one sign-in.
    Amr,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_kept_in_order_without_repetitions() {
        let scopes = Scopes::parse("openid  email openid");
        assert_eq!(scopes.as_str(), "openid email");
        assert!(scopes.contains("email") && !scopes.contains("mail"));
        assert!(Scopes::parse("email").is_subset(&scopes));
    }
}
