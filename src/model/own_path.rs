//! Paths of our own pages to which a sign-in may return. Only paths in the list of pages are accepted, which
//! prevents open redirects.

use serde::{Deserialize, Serialize};

use crate::paths;

/// The maximum size of a query in bytes.
const MAX_QUERY_BYTES: usize = 1024;

/// The path of one of our pages, relative to the issuer, with its query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OwnPath(String);

impl OwnPath {
    /// The account page.
    #[must_use]
    pub fn account() -> Self {
        Self(paths::ACCOUNT.to_string())
    }

    /// The home page.
    #[must_use]
    pub fn home() -> Self {
        Self(paths::HOME.to_string())
    }

    /// The page at this path or, for the path of a form's handler, the nearest page above it; the account page if there
    /// is none.
    #[must_use]
    pub fn nearest(path: &str, query: Option<&str>) -> Self {
        if is_page(path) {
            let whole = match query.filter(|query| is_query(query)) {
                Some(query) => format!("{path}?{query}"),
                None => path.to_owned(),
            };
            return Self(whole);
        }
        let above = path.rmatch_indices('/').map(|(at, _)| &path[..at]);
        above
            .into_iter()
            .find(|above| is_page(above))
            .map_or_else(Self::account, |above| Self(above.to_owned()))
    }

    /// The path and the query as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for OwnPath {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let (path, query) = text
            .split_once('?')
            .map_or((text.as_str(), None), |(path, query)| (path, Some(query)));
        if is_page(path) && query.is_none_or(is_query) {
            Ok(Self(text))
        } else {
            Err("not one of our pages")
        }
    }
}

impl From<OwnPath> for String {
    fn from(path: OwnPath) -> Self {
        path.0
    }
}

fn is_page(path: &str) -> bool {
    paths::PAGES.iter().any(|page| matches(page, path))
}

/// Whether a path matches a page's pattern, segment by segment.
fn matches(page: &str, path: &str) -> bool {
    let (mut expected, mut given) = (page.split('/'), path.split('/'));
    loop {
        match (expected.next(), given.next()) {
            (None, None) => return true,
            (Some("{number}"), Some(given)) if is_number(given) => {}
            (Some("{number}"), _) => return false,
            (Some(expected), Some(given)) if expected.starts_with('{') && is_segment(given) => {}
            (Some(expected), Some(given)) if expected == given => {}
            _ => return false,
        }
    }
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Whether this is one segment of a path (RFC 3986 section 3.3) other than `.` and `..`.
fn is_segment(text: &str) -> bool {
    !matches!(text, "" | "." | "..") && text.bytes().all(is_path_byte)
}

fn is_query(text: &str) -> bool {
    let more = |byte: &u8| matches!(byte, b'/' | b'?');
    text.len() <= MAX_QUERY_BYTES && text.bytes().all(|byte| is_path_byte(byte) || more(&byte))
}

const fn is_path_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric()
        || matches!(
            byte,
            b'-' | b'.'
                | b'_'
                | b'~'
                | b'%'
                | b'!'
                | b'$'
                | b'&'
                | b'\''
                | b'('
                | b')'
                | b'*'
                | b'+'
                | b','
                | b';'
                | b'='
                | b':'
                | b'@'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_keeps_its_query_and_a_form_leads_to_its_page() {
        for (path, query, expected) in [
            ("/account", None, "/account"),
            ("/account", Some("done=team"), "/account?done=team"),
            (
                "/console/users",
                Some("q=a%20b&page=2"),
                "/console/users?q=a%20b&page=2",
            ),
            ("/console/users/5", None, "/console/users/5"),
            ("/console/users/5/suspend", Some("x=1"), "/console/users/5"),
            ("/console/users/bulk", None, "/console/users"),
            ("/console/teams/ops/rename", None, "/console/teams/ops"),
            ("/console/audit/export", Some("q=1"), "/console/audit"),
            ("/console/groups/a%2Fb", None, "/console/groups/a%2Fb"),
            ("/account/emails/remove", None, "/account/emails"),
            ("/account/password", None, "/account"),
            ("/oauth2/token", None, "/account"),
            ("//evil.example/account", None, "/"),
            ("/console/teams/..", None, "/console/teams"),
            ("", None, "/account"),
        ] {
            assert_eq!(OwnPath::nearest(path, query).as_str(), expected, "{path}");
        }
        let long = "q".repeat(MAX_QUERY_BYTES + 1);
        assert_eq!(OwnPath::nearest("/console", Some(&long)).as_str(), "/console");
    }

    #[test]
    fn a_deserialized_path_is_a_page_too() {
        for good in ["/", "/account", "/console/users?q=x", "/invitation/t0ken"] {
            assert_eq!(
                OwnPath::try_from(good.to_owned()).map(String::from),
                Ok(good.to_owned())
            );
        }
        for bad in [
            "",
            "//evil.example",
            "https://evil.example/account",
            "/account/../../x",
            "/console/users/..",
            "/console/users/me",
            "/account?a=\r\nb",
            "/account#x",
            "/oauth2/logout",
        ] {
            assert!(OwnPath::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
