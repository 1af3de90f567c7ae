//! Reads the client authentication of a request (RFC 6749 section 2.3, RFC 7523 section 2.2).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::error::OAuthError;
use crate::model::client::{ClientAuth, CredentialKind};

/// `client_assertion_type` of RFC 7523 section 2.2.
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The credentials in a request, not verified yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientCredentials {
    /// A client ID alone.
    Public {
        /// The client ID.
        id: String,
    },
    /// A client ID with a secret.
    Secret {
        /// The client ID.
        id: String,
        /// The secret as it was sent.
        secret: String,
        /// Basic or Post.
        method: ClientAuth,
    },
    /// A signed JWT.
    Assertion {
        /// The client ID, if it was sent beside the JWT.
        id: Option<String>,
        /// The JWT.
        jwt: String,
    },
}

/// The methods with an accepted kind of credential, for the metadata. `client_secret` is left out, since it stands for
/// two registered methods.
#[must_use]
pub fn methods(accepted: fn(CredentialKind) -> bool) -> Vec<&'static str> {
    let all = ClientAuth::ALL
        .iter()
        .filter(|method| **method != ClientAuth::Secret);
    let accepted = all.filter(|method| accepted(method.credential_kind()));
    accepted.map(|method| method.as_str()).collect()
}

/// The values that a request carries for client authentication.
#[derive(Clone, Copy, Debug, Default)]
pub struct Values<'a> {
    /// The `Authorization` header.
    pub authorization: Option<&'a str>,
    /// The form's `client_id`.
    pub client_id: Option<&'a str>,
    /// The form's `client_secret`.
    pub client_secret: Option<&'a str>,
    /// The form's `client_assertion`.
    pub assertion: Option<&'a str>,
    /// The form's `client_assertion_type`.
    pub assertion_type: Option<&'a str>,
}

/// Reads the credentials; a request may use only one method (RFC 6749 section 2.3).
///
/// # Errors
/// `invalid_request` for two methods, `invalid_client` for none or a malformed one.
pub fn credentials(values: Values<'_>) -> Result<ClientCredentials, OAuthError> {
    let basic = values.authorization.map(parse_basic).transpose()?;
    let methods = [
        basic.is_some(),
        values.client_secret.is_some(),
        values.assertion.is_some(),
    ];
    if methods.iter().filter(|used| **used).count() > 1 {
        return Err(OAuthError::invalid_request(
            "use one client authentication method only",
        ));
    }
    if let Some((id, secret)) = basic {
        return from_basic(&values, id, secret);
    }
    if let Some(jwt) = values.assertion {
        return from_assertion(&values, jwt);
    }
    let id = values
        .client_id
        .ok_or_else(|| OAuthError::invalid_client("no client authentication was sent"))?;
    Ok(match values.client_secret {
        Some(secret) => ClientCredentials::Secret {
            id: id.to_owned(),
            secret: secret.to_owned(),
            method: ClientAuth::Post,
        },
        None => ClientCredentials::Public { id: id.to_owned() },
    })
}

fn from_basic(values: &Values<'_>, id: String, secret: String) -> Result<ClientCredentials, OAuthError> {
    if values.client_id.is_some_and(|other| other != id) {
        return Err(OAuthError::invalid_request(
            "client_id differs from the one in the Authorization header",
        ));
    }
    Ok(ClientCredentials::Secret {
        id,
        secret,
        method: ClientAuth::Basic,
    })
}

fn from_assertion(values: &Values<'_>, jwt: &str) -> Result<ClientCredentials, OAuthError> {
    if values.assertion_type != Some(JWT_BEARER) {
        return Err(OAuthError::invalid_client(
            "client_assertion_type is not the one of RFC 7523",
        ));
    }
    Ok(ClientCredentials::Assertion {
        id: values.client_id.map(str::to_owned),
        jwt: jwt.to_owned(),
    })
}

/// The ID and secret in a Basic header, each form-encoded inside it (RFC 6749 section 2.3.1).
fn parse_basic(header: &str) -> Result<(String, String), OAuthError> {
    let malformed = || OAuthError::invalid_client("the Authorization header is not well-formed Basic");
    let (scheme, encoded) = header.split_once(' ').ok_or_else(malformed)?;
    if !scheme.eq_ignore_ascii_case("basic") {
        return Err(malformed());
    }
    let bytes = STANDARD.decode(encoded.trim()).map_err(|_| malformed())?;
    let text = String::from_utf8(bytes).map_err(|_| malformed())?;
    // PostgreSQL rejects text that contains NUL.
    let (id, secret) = text
        .split_once(':')
        .filter(|_| !text.contains('\0') && !text.contains("%00"))
        .ok_or_else(malformed)?;
    let decode = |part: &str| {
        let pair = format!("x={part}");
        form_urlencoded::parse(pair.as_bytes())
            .next()
            .map(|(_, value)| value.into_owned())
            .unwrap_or_default()
    };
    Ok((decode(id), decode(secret)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn b11_two_methods_at_once_are_refused() {
        let authorization = header("app:secret");
        let both = Values {
            authorization: Some(&authorization),
            client_id: Some("app"),
            client_secret: Some("secret"),
            ..Values::default()
        };
        assert_eq!(credentials(both).unwrap_err().code, "invalid_request");
        let post_and_jwt = Values {
            client_id: Some("app"),
            client_secret: Some("secret"),
            assertion: Some("a.b.c"),
            assertion_type: Some(JWT_BEARER),
            ..Values::default()
        };
        assert_eq!(credentials(post_and_jwt).unwrap_err().code, "invalid_request");
    }

    #[test]
    fn rfc6749_2_3_1_basic_parts_are_form_encoded() {
        let authorization = header("my%3Aapp:a%2Bb+c");
        let Ok(ClientCredentials::Secret { id, secret, method }) = credentials(Values {
            authorization: Some(&authorization),
            ..Values::default()
        }) else {
            panic!("not read as Basic");
        };
        assert_eq!(
            (id.as_str(), secret.as_str(), method),
            ("my:app", "a+b c", ClientAuth::Basic)
        );
    }

    #[test]
    fn b11_what_is_malformed_is_invalid_client() {
        for wrong in [
            "Basic",
            "Basic !!!",
            "Bearer abc",
            &header("no-colon"),
            &header("a\0:b"),
            &header("a%00:b"),
        ] {
            let values = Values {
                authorization: Some(wrong),
                ..Values::default()
            };
            assert_eq!(credentials(values).unwrap_err().code, "invalid_client", "{wrong}");
        }
        assert_eq!(credentials(Values::default()).unwrap_err().code, "invalid_client");
    }
}
