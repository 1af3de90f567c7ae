//! The parameters of a request, from its query string and its form body.
//!
//! A repeated name is refused, and a parameter with an empty value counts as absent (RFC 6749 section 3.1).

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, Method, header};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

use crate::app::AppState;

/// The maximum number of parameters in a request.
pub const MAX_PARAMS: usize = 100;

/// The maximum size in bytes of a query string and of a body.
pub const MAX_BYTES: usize = 64 * 1024;

const FORM: &str = "application/x-www-form-urlencoded";

/// The parameters that have a value, in the order of the request.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Params(Vec<Param>);

#[derive(Clone, PartialEq, Eq)]
struct Param {
    name: String,
    value: String,
    origin: Origin,
}

/// Where a parameter came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    Query,
    Body,
}

/// Why a request's parameters are refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ParamsError {
    /// This parameter is repeated.
    #[error("repeated parameter: {0}")]
    Repeated(String),
    /// The body is not a form.
    #[error("the body must have the type {FORM}")]
    WrongType,
    /// More than [`MAX_PARAMS`] parameters, or [`MAX_BYTES`] in the query or the body.
    #[error("the request is too large")]
    TooLarge,
    /// The body took too long to arrive.
    #[error("the request did not arrive in time")]
    TooSlow,
    /// Invalid percent-encoding, invalid UTF-8, a NUL character, or an incomplete body.
    #[error("the parameters are malformed")]
    Malformed,
}

impl Params {
    /// Parses a query string and a form body; the names in `repeatable` may appear several times.
    ///
    /// # Errors
    /// The first fault.
    pub fn parse(query: Option<&str>, body: &[u8], repeatable: &[&str]) -> Result<Self, ParamsError> {
        let query = query.unwrap_or_default().as_bytes();
        let mut seen: Vec<Param> = Vec::new();
        for (text, origin) in [(query, Origin::Query), (body, Origin::Body)] {
            if text.len() > MAX_BYTES {
                return Err(ParamsError::TooLarge);
            }
            for pair in text.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()) {
                let at = pair.iter().position(|&byte| byte == b'=');
                let (name, value) = at.map_or((pair, &[][..]), |at| (&pair[..at], &pair[at + 1..]));
                let (name, value) = (decode(name)?, decode(value)?);
                if seen.len() == MAX_PARAMS {
                    return Err(ParamsError::TooLarge);
                }
                if seen.iter().any(|param| param.name == name) && !repeatable.contains(&name.as_str()) {
                    return Err(ParamsError::Repeated(name));
                }
                seen.push(Param { name, value, origin });
            }
        }
        seen.retain(|param| !param.value.is_empty());
        Ok(Self(seen))
    }

    /// Reads the parameters of a request from the query and, except for GET and HEAD, from the body, which must arrive
    /// within `time` and be a form if it is not empty.
    ///
    /// # Errors
    /// As [`Params::parse`], [`ParamsError::WrongType`] and [`ParamsError::TooSlow`].
    pub async fn read(request: Request, repeatable: &[&str], time: Duration) -> Result<Self, ParamsError> {
        let (parts, body) = request.into_parts();
        let query = parts.uri.query();
        if matches!(parts.method, Method::GET | Method::HEAD) {
            return Self::parse(query, &[], repeatable);
        }
        let body = timeout(time, Limited::new(body, MAX_BYTES).collect());
        let body = body.await.map_err(|_| ParamsError::TooSlow)?.map_err(|error| {
            if error.is::<LengthLimitError>() {
                ParamsError::TooLarge
            } else {
                ParamsError::Malformed
            }
        })?;
        let body = body.to_bytes();
        if !body.is_empty() && !is_form(&parts.headers) {
            return Err(ParamsError::WrongType);
        }
        Self::parse(query, &body, repeatable)
    }

    /// The value of a parameter; `None` if it is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.all(name).next()
    }

    /// Every value of a repeatable parameter.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0
            .iter()
            .filter(move |param| param.name == name)
            .map(|param| param.value.as_str())
    }

    /// Whether a parameter is in the query string, where secrets must not be.
    #[must_use]
    pub fn is_in_query(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|param| param.name == name && param.origin == Origin::Query)
    }

    /// The names in the query string.
    pub fn in_query(&self) -> impl Iterator<Item = &str> {
        let found = self.0.iter().filter(|param| param.origin == Origin::Query);
        found.map(|param| param.name.as_str())
    }

    /// Every name with its value.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|param| (param.name.as_str(), param.value.as_str()))
    }
}

/// An extractor for the parameters of a request from an app. It always succeeds, so that each endpoint responds to
/// invalid ones in its own format.
pub struct Received(
    /// The parameters, none of which may repeat, or the fault in them.
    pub Result<Params, ParamsError>,
);

impl FromRequest<Arc<AppState>> for Received {
    type Rejection = Infallible;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Infallible> {
        Ok(Self(
            Params::read(request, &[], app.config.connections.body).await,
        ))
    }
}

impl std::fmt::Debug for Params {
    /// Names only, since many values are passwords or tokens.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set()
            .entries(self.0.iter().map(|param| &param.name))
            .finish()
    }
}

fn is_form(headers: &HeaderMap) -> bool {
    let media_type = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let essence = media_type.and_then(|text| text.split(';').next());
    essence.is_some_and(|essence| essence.trim().eq_ignore_ascii_case(FORM))
}

/// Decodes form encoding strictly, and refuses NUL, which `PostgreSQL` cannot store.
fn decode(text: &[u8]) -> Result<String, ParamsError> {
    let hex = |byte: Option<u8>| byte.and_then(|byte| char::from(byte).to_digit(16));
    let mut decoded = Vec::with_capacity(text.len());
    let mut bytes = text.iter().copied();
    while let Some(byte) = bytes.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => match (hex(bytes.next()), hex(bytes.next())) {
                (Some(high), Some(low)) => {
                    u8::try_from(high * 16 + low).map_err(|_| ParamsError::Malformed)?
                }
                _ => return Err(ParamsError::Malformed),
            },
            other => other,
        });
    }
    let decoded = String::from_utf8(decoded).map_err(|_| ParamsError::Malformed)?;
    if decoded.contains('\0') {
        Err(ParamsError::Malformed)
    } else {
        Ok(decoded)
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;

    use super::*;

    fn parse(query: &str, body: &str) -> Result<Vec<(String, String)>, ParamsError> {
        let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        Params::parse(Some(query), body.as_bytes(), &["resource"])
            .map(|params| params.pairs().map(owned).collect())
    }

    #[test]
    fn form_encoding_is_decoded() {
        for (query, expected) in [
            ("", vec![]),
            ("&&", vec![]),
            ("a=b", vec![("a", "b")]),
            ("a=b&c=d", vec![("a", "b"), ("c", "d")]),
            ("a=b%20c+d%2B", vec![("a", "b c d+")]),
            ("a=b=c", vec![("a", "b=c")]),
            ("a%3D=%26", vec![("a=", "&")]),
            ("a=%C3%A9\u{e9}", vec![("a", "\u{e9}\u{e9}")]),
        ] {
            let expected: Vec<_> = expected
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect();
            assert_eq!(parse(query, ""), Ok(expected.clone()), "{query}");
            assert_eq!(parse("", query), Ok(expected), "{query}");
        }
    }

    #[test]
    fn b8_a_repeated_name_is_refused_in_query_and_body() {
        let repeated = |name: &str| Err(ParamsError::Repeated(name.to_owned()));
        for (query, body, expected) in [
            ("a=1&a=1", "", repeated("a")),
            ("a=1&b=2&a=3", "", repeated("a")),
            ("", "a=1&%61=2", repeated("a")),
            ("a=1", "a=2", repeated("a")),
            ("a=&a=1", "", repeated("a")),
            ("a&a", "", repeated("a")),
        ] {
            assert_eq!(parse(query, body), expected, "{query} {body}");
        }
        assert_eq!(
            parse("resource=a&resource=b", "resource=c").map(|pairs| pairs.len()),
            Ok(3)
        );
        assert_eq!(parse("a=1&A=2", "").map(|pairs| pairs.len()), Ok(2));
    }

    #[test]
    fn b8_an_empty_value_is_absent() {
        let params = Params::parse(Some("a=&b&=c&d=1"), b"", &[]).unwrap();
        assert_eq!(
            (params.get("a"), params.get("b"), params.get("d")),
            (None, None, Some("1"))
        );
        assert!(!params.is_in_query("a"));
    }

    #[test]
    fn b11_the_origin_is_known() {
        let params = Params::parse(Some("a=1"), b"b=2", &[]).unwrap();
        assert!(params.is_in_query("a") && !params.is_in_query("b") && !params.is_in_query("c"));
        assert_eq!(params.in_query().collect::<Vec<_>>(), ["a"]);
    }

    #[test]
    fn malformed_text_is_refused() {
        for text in [
            "a=%", "a=%4", "a=%zz", "a=%+1", "%=a", "a=%ff", "a=%C3", "%ff=a", "a=%00", "a=\0",
        ] {
            assert_eq!(parse(text, ""), Err(ParamsError::Malformed), "{text}");
        }
        assert_eq!(Params::parse(None, b"a=\xff", &[]), Err(ParamsError::Malformed));
    }

    #[test]
    fn r11_size_and_count_are_bounded() {
        let many = |count: usize| {
            (0..count)
                .map(|n| format!("p{n}=1"))
                .collect::<Vec<_>>()
                .join("&")
        };
        assert_eq!(parse(&many(60), "q=1").map(|pairs| pairs.len()), Ok(61));
        assert_eq!(parse(&many(100), "").map(|pairs| pairs.len()), Ok(100));
        assert_eq!(parse(&many(101), ""), Err(ParamsError::TooLarge));
        assert_eq!(parse(&many(100), "q=1"), Err(ParamsError::TooLarge));
        let long = |length: usize| format!("a={}", "x".repeat(length - 2));
        assert!(parse("", &long(MAX_BYTES)).is_ok());
        assert_eq!(parse("", &long(MAX_BYTES + 1)), Err(ParamsError::TooLarge));
        assert_eq!(parse(&long(MAX_BYTES + 1), ""), Err(ParamsError::TooLarge));
    }

    /// The number of parameters in a request with this body and one parameter in the query.
    async fn received(method: Method, media_type: &str, body: &str) -> Result<usize, ParamsError> {
        let mut request = Request::builder().method(method).uri("/x?a=1");
        if !media_type.is_empty() {
            request = request.header(header::CONTENT_TYPE, media_type);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        Params::read(request, &[], Duration::from_secs(30))
            .await
            .map(|params| params.pairs().count())
    }

    #[tokio::test]
    async fn a_posted_body_must_be_a_form() {
        let long = "x".repeat(MAX_BYTES + 1);
        let spelled = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
        for (media_type, body, expected) in [
            ("", "", Ok(1)),
            (FORM, "b=2", Ok(2)),
            (spelled, "b=2", Ok(2)),
            ("", "b=2", Err(ParamsError::WrongType)),
            ("application/json", "{}", Err(ParamsError::WrongType)),
            ("multipart/form-data", "b=2", Err(ParamsError::WrongType)),
            (FORM, "a=2", Err(ParamsError::Repeated("a".to_owned()))),
            (FORM, &long, Err(ParamsError::TooLarge)),
        ] {
            let found = received(Method::POST, media_type, body).await;
            assert_eq!(found, expected, "{media_type}");
        }
    }

    #[tokio::test]
    async fn the_body_of_a_get_is_not_read() {
        for (media_type, body) in [("", ""), ("application/json", "{}")] {
            assert_eq!(received(Method::GET, media_type, body).await, Ok(1));
        }
    }

    #[test]
    fn values_are_not_printed() {
        let params = Params::parse(Some("password=tea"), b"", &[]).unwrap();
        assert_eq!(format!("{params:?}"), r#"{"password"}"#);
    }
}
