//! The names, the values and the attributes of the cookies.
//!
//! Those of the sessions, the devices and the browser have opaque random tokens, whose hashes the database stores.

use std::borrow::Cow;

use axum::http::header::{COOKIE, InvalidHeaderValue};
use axum::http::{HeaderMap, HeaderValue};
use cookie::time::Duration;
use cookie::{Cookie, SameSite};

use super::theme::Theme;
use crate::crypto::Token;
use crate::model::device::MAX_DEVICES;

/// The maximum number of accounts that one browser can be signed in to.
pub const MAX_SESSIONS: usize = 5;

const SESSION: &str = "doorward_session";
const DEVICES: &str = "doorward_devices";
const BROWSER: &str = "doorward_browser";
const THEME: &str = "doorward_theme";
/// Of a website behind a reverse proxy: who has signed in, and which browser has begun to.
const PROXIED: &str = "doorward_proxied";
const SIGN_IN: &str = "doorward_sign_in";

/// 32 random bytes in base64url.
const TOKEN_LENGTH: usize = 43;

/// The maximum lifetime of a cookie in browsers.
const BROWSER_AGE: Duration = Duration::days(400);

/// The attributes of cookies for this issuer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cookies {
    /// For https: `Secure` and with the prefix `__Host-`, so that no other host can set them.
    Secure,
    /// For http on a loopback address, where some clients reject `Secure` cookies.
    Loopback,
}

impl Cookies {
    /// The session tokens that the browser sent, the active one first, at most [`MAX_SESSIONS`]. Malformed ones are
    /// left out.
    #[must_use]
    pub fn sessions(self, headers: &HeaderMap) -> Vec<String> {
        self.tokens(headers, SESSION, MAX_SESSIONS)
    }

    /// The tokens by which accounts recognise the browser, at most [`MAX_DEVICES`]. Malformed ones are left out.
    #[must_use]
    pub fn devices(self, headers: &HeaderMap) -> Vec<String> {
        self.tokens(headers, DEVICES, MAX_DEVICES)
    }

    fn tokens(self, headers: &HeaderMap, bare: &'static str, most: usize) -> Vec<String> {
        let value = self.read(headers, bare).unwrap_or_default();
        value
            .split('.')
            .filter(|token| is_token(token))
            .take(most)
            .map(str::to_owned)
            .collect()
    }

    /// The token that identifies the browser.
    #[must_use]
    pub fn browser(self, headers: &HeaderMap) -> Option<String> {
        self.read(headers, BROWSER).filter(|token| is_token(token))
    }

    /// The `Set-Cookie` value for these session tokens, the active one first. Those beyond [`MAX_SESSIONS`] are
    /// dropped; without any, the cookie is removed. The browser drops the cookie when it closes.
    ///
    /// # Errors
    /// When a token contains characters that a header must not contain, which ours never do.
    pub fn set_sessions<'t>(
        self,
        tokens: impl IntoIterator<Item = &'t str>,
    ) -> Result<HeaderValue, InvalidHeaderValue> {
        let tokens: Vec<_> = tokens.into_iter().take(MAX_SESSIONS).collect();
        let mut cookie = self.write(SESSION, tokens.join("."));
        if tokens.is_empty() {
            cookie.set_max_age(Duration::ZERO);
        }
        HeaderValue::try_from(cookie.to_string())
    }

    /// The `Set-Cookie` value with the tokens by which accounts recognise the browser, the latest first. Those beyond
    /// [`MAX_DEVICES`] are dropped.
    ///
    /// # Errors
    /// As [`Cookies::set_sessions`].
    pub fn set_devices<'t>(
        self,
        tokens: impl IntoIterator<Item = &'t str>,
    ) -> Result<HeaderValue, InvalidHeaderValue> {
        let tokens: Vec<_> = tokens.into_iter().take(MAX_DEVICES).collect();
        let mut cookie = self.write(DEVICES, tokens.join("."));
        cookie.set_max_age(BROWSER_AGE);
        HeaderValue::try_from(cookie.to_string())
    }

    /// The `Set-Cookie` value with the token that identifies the browser, kept for as long as browsers keep cookies.
    ///
    /// # Errors
    /// As [`Cookies::set_sessions`].
    pub fn set_browser(self, token: &str) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut cookie = self.write(BROWSER, token.to_owned());
        cookie.set_max_age(BROWSER_AGE);
        HeaderValue::try_from(cookie.to_string())
    }

    /// The theme that the visitor has chosen.
    #[must_use]
    pub fn theme(self, headers: &HeaderMap) -> Option<Theme> {
        self.read(headers, THEME)?.parse().ok()
    }

    /// The `Set-Cookie` value with the chosen theme; without one, the cookie is removed.
    ///
    /// # Errors
    /// As [`Cookies::set_sessions`].
    pub fn set_theme(self, theme: Option<Theme>) -> Result<HeaderValue, InvalidHeaderValue> {
        let mut cookie = self.write(THEME, theme.map_or_else(String::new, |theme| theme.to_string()));
        cookie.set_max_age(theme.map_or(Duration::ZERO, |_| BROWSER_AGE));
        HeaderValue::try_from(cookie.to_string())
    }

    /// The token of a visitor of a website behind a reverse proxy.
    #[must_use]
    pub fn proxied(self, headers: &HeaderMap) -> Option<Token> {
        Token::parse(&self.read(headers, PROXIED)?)
    }

    /// The `Set-Cookie` value with that token. The browser drops the cookie when it closes.
    ///
    /// # Errors
    /// As [`Cookies::set_sessions`].
    pub fn set_proxied(self, token: &Token) -> Result<HeaderValue, InvalidHeaderValue> {
        HeaderValue::try_from(self.write(PROXIED, token.as_str().to_owned()).to_string())
    }

    /// The token of a browser that has begun to sign in to a website behind a reverse proxy.
    #[must_use]
    pub fn sign_in(self, headers: &HeaderMap) -> Option<Token> {
        Token::parse(&self.read(headers, SIGN_IN)?)
    }

    /// The `Set-Cookie` value with that token. The browser drops the cookie when it closes.
    ///
    /// # Errors
    /// As [`Cookies::set_sessions`].
    pub fn set_sign_in(self, token: &Token) -> Result<HeaderValue, InvalidHeaderValue> {
        HeaderValue::try_from(self.write(SIGN_IN, token.as_str().to_owned()).to_string())
    }

    fn name(self, bare: &'static str) -> Cow<'static, str> {
        match self {
            Self::Secure => format!("__Host-{bare}").into(),
            Self::Loopback => bare.into(),
        }
    }

    fn write(self, bare: &'static str, value: String) -> Cookie<'static> {
        Cookie::build((self.name(bare), value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self == Self::Secure)
            .build()
    }

    /// The cookie's value. If there are two with different values, somebody else has set one of them, so both are
    /// ignored.
    fn read(self, headers: &HeaderMap, bare: &'static str) -> Option<String> {
        let name = self.name(bare);
        let mut values = values(headers, &name);
        let first = values.next()?;
        values.all(|other| other == first).then_some(first)
    }
}

/// The values of the cookies with this name that a request sends.
pub fn values(headers: &HeaderMap, name: &str) -> impl Iterator<Item = String> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|header| header.to_str().ok())
        .flat_map(Cookie::split_parse)
        .filter_map(Result::ok)
        .filter(move |cookie| cookie.name() == name)
        .map(|cookie| cookie.value().to_owned())
}

fn is_token(text: &str) -> bool {
    text.len() == TOKEN_LENGTH
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(letter: char) -> String {
        letter.to_string().repeat(TOKEN_LENGTH)
    }

    fn headers(lines: &[String]) -> HeaderMap {
        let line = |line: &String| (COOKIE, HeaderValue::try_from(line).unwrap());
        lines.iter().map(line).collect()
    }

    #[test]
    fn d13_over_https_a_cookie_belongs_to_the_host() {
        let set = Cookies::Secure
            .set_sessions([token('a').as_str(), &token('b')])
            .unwrap();
        let expected = format!(
            "__Host-doorward_session={}.{}; HttpOnly; SameSite=Lax; Secure; Path=/",
            token('a'),
            token('b')
        );
        assert_eq!(set, expected);
        let set = Cookies::Secure.set_devices([token('d').as_str()]).unwrap();
        let expected = format!(
            "__Host-doorward_devices={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34560000",
            token('d')
        );
        assert_eq!(set, expected);
        let set = Cookies::Secure.set_browser(&token('c')).unwrap();
        let expected = format!(
            "__Host-doorward_browser={}; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=34560000",
            token('c')
        );
        assert_eq!(set, expected);
    }

    #[test]
    fn d13_on_loopback_the_names_are_bare() {
        let set = Cookies::Loopback.set_sessions([token('a').as_str()]).unwrap();
        assert_eq!(
            set,
            format!("doorward_session={}; HttpOnly; SameSite=Lax; Path=/", token('a'))
        );
    }

    #[test]
    fn no_session_removes_the_cookie() {
        let set = Cookies::Secure.set_sessions([]).unwrap();
        assert_eq!(
            set,
            "__Host-doorward_session=; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=0"
        );
    }

    #[test]
    fn only_tokens_are_read_and_at_most_five() {
        let (a, b) = (token('a'), token('b'));
        let six = [a.as_str(); 6].join(".");
        for (value, expected) in [
            (a.clone(), vec![&a]),
            (format!("{a}.{b}"), vec![&a, &b]),
            (six, vec![&a; 5]),
            (format!("{a}x.{b}"), vec![&b]),
            (format!("{}.{b}", "é".repeat(20)), vec![]),
            (format!("..{b}."), vec![&b]),
            (String::new(), vec![]),
        ] {
            let headers = headers(&[format!("x=y; doorward_session={value}; z")]);
            let expected: Vec<_> = expected.into_iter().cloned().collect();
            assert_eq!(Cookies::Loopback.sessions(&headers), expected, "{value}");
        }
    }

    #[test]
    fn a_repeated_cookie_counts_only_if_the_values_are_equal() {
        let cookie = |letter| format!("doorward_browser={}", token(letter));
        for (lines, expected) in [
            (vec![cookie('a')], Some(token('a'))),
            (vec![cookie('a'), cookie('a')], Some(token('a'))),
            (vec![cookie('a'), cookie('b')], None),
            (vec![format!("{}; {}", cookie('a'), cookie('b'))], None),
            (vec![format!("__Host-{}", cookie('a'))], None),
            (vec!["doorward_browser=short".to_owned()], None),
            (vec![], None),
        ] {
            assert_eq!(Cookies::Loopback.browser(&headers(&lines)), expected, "{lines:?}");
        }
    }

    #[test]
    fn a_bare_cookie_does_not_count_over_https() {
        let bare = headers(&[format!("doorward_session={}", token('a'))]);
        assert!(Cookies::Secure.sessions(&bare).is_empty());
        let host = headers(&[format!("__Host-doorward_session={}", token('a'))]);
        assert_eq!(Cookies::Secure.sessions(&host), [token('a')]);
    }
}
