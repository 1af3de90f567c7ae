//! A visit: a request's browser with its sessions, and the responses to it.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::acting::ActingAs;
use super::client_ip::{client_address, peer, throttle_key};
use super::error::PageError;
use super::form_post::FormPost;
use super::leaving::Leaving;
use super::live_sessions::sessions_of;
use super::page::{Layout, Page};
use super::params::Params;
use super::theme::Theme;
use crate::app::AppState;
use crate::config::Issuer;
use crate::crypto::{Token, TokenHash, constant_time_eq};
use crate::directory::devices::DeviceToken;
use crate::model::own_path::OwnPath;
use crate::model::session::{EndReason, Session};
use crate::model::settings::InstanceSettings;
use crate::words::error_pages;

/// The fields whose values a page never fills in again.
const PASSWORDS: &[&str] = &["password", "current", "new", "code", "csrf"];

/// A form with a valid CSRF token. Only [`Visit::form`] creates one.
pub struct SafeForm(Params);

impl SafeForm {
    /// The value of a field; `None` if it is absent or empty.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name)
    }

    /// The value of a field without surrounding whitespace; empty if the field is absent.
    #[must_use]
    pub fn trimmed(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().trim().to_owned()
    }

    /// The value of a field as it was typed, to show the form again; empty if no form was submitted.
    #[must_use]
    pub fn typed(form: Option<&Self>, name: &str) -> String {
        form.and_then(|form| form.get(name))
            .unwrap_or_default()
            .to_owned()
    }

    /// Every field with its value, except passwords.
    fn pairs(&self) -> BTreeMap<String, String> {
        let pairs = self.0.pairs().filter(|(name, _)| !PASSWORDS.contains(name));
        pairs
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    /// Every value of a field that may appear several times.
    pub fn all(&self, name: &str) -> impl Iterator<Item = &str> {
        self.0.all(name)
    }
}

/// The current session of a browser.
#[derive(Clone, Copy, Debug)]
pub enum SessionState<'a> {
    /// There is none.
    Anonymous,
    /// It is live.
    Active(&'a Session),
    /// It has ended for this reason.
    Ended(EndReason),
}

/// A request's browser with its sessions.
#[derive(Clone)]
pub struct Visit {
    /// The token that identifies the browser, from its cookie or for a new one.
    browser: Token,
    /// Whether the browser has no such cookie yet, so that the response must set it.
    is_new: bool,
    /// The live sessions of this browser, each with its token from the cookie; the first one is the current one.
    pub sessions: Vec<(Token, Session)>,
    /// The tokens by which accounts recognise the browser.
    pub devices: Vec<Token>,
    /// Why the current session of the cookie has ended, if no session is live.
    ended: Option<EndReason>,
    /// The client's IP address.
    pub address: IpAddr,
    /// Whether the request comes from this machine and was sent to the issuer's own loopback address.
    pub from_this_machine: bool,
    /// The `User-Agent` header, shortened.
    pub user_agent: String,
    /// The theme that the visitor has chosen.
    theme: Option<Theme>,
    /// The requested page, or the one with the submitted form.
    here: OwnPath,
    /// The settings of the instance.
    pub instance: Arc<InstanceSettings>,
    /// Why the sessions or the settings could not be read.
    failed: Option<PageError>,
}

impl FromRequestParts<Arc<AppState>> for Visit {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<AppState>) -> Result<Self, Infallible> {
        if let Some(visit) = parts.extensions.get::<Self>() {
            return Ok(visit.clone());
        }
        let headers = &parts.headers;
        let known = app.cookies.browser(headers).and_then(|text| Token::parse(&text));
        let (live, ended, mut failed) = sessions_of(headers, app).await;
        let instance = app.db.instance().await.unwrap_or_else(|error| {
            failed = Some(PageError::from(error));
            Arc::default()
        });
        let address = address_of(parts, app);
        let agent = parts
            .headers
            .get(header::USER_AGENT)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        let visit = Self {
            is_new: known.is_none(),
            browser: known.unwrap_or_else(Token::random),
            sessions: live,
            devices: app
                .cookies
                .devices(headers)
                .iter()
                .filter_map(|text| Token::parse(text))
                .collect(),
            ended,
            address,
            from_this_machine: is_from_this_machine(address, &parts.headers, &app.config.server.issuer),
            theme: app.cookies.theme(headers),
            here: page_of(parts),
            user_agent: agent.chars().take(200).collect(),
            instance,
            failed,
        };
        parts.extensions.insert(visit.clone());
        Ok(visit)
    }
}

/// The client's address.
#[must_use]
pub fn address_of(parts: &Parts, app: &AppState) -> IpAddr {
    client_address(peer(parts), &parts.headers, &app.config.server.trusted_proxies)
}

/// Whether the request comes from this machine, without a proxy, and was sent to the issuer's own loopback address.
/// Another host name may be that of a foreign site that resolves to this machine (DNS rebinding).
fn is_from_this_machine(address: IpAddr, headers: &HeaderMap, issuer: &Issuer) -> bool {
    let proxied = ["forwarded", "x-forwarded-for", "x-real-ip"]
        .iter()
        .any(|name| headers.contains_key(*name));
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let sent_to_issuer = host.is_some_and(|host| host.eq_ignore_ascii_case(issuer.authority()));
    address.is_loopback() && !proxied && issuer.is_loopback_http() && sent_to_issuer
}

impl Visit {
    /// The client's network, for which failures are counted.
    #[must_use]
    pub fn network(&self) -> String {
        throttle_key(self.address)
    }

    /// The state of the browser's current session.
    ///
    /// # Errors
    /// When the sessions could not be read.
    pub fn session_state(&self) -> Result<SessionState<'_>, PageError> {
        match (&self.failed, self.sessions.first(), self.ended) {
            (Some(error), ..) => Err(error.clone()),
            (None, Some((_, session)), _) => Ok(SessionState::Active(session)),
            (None, None, Some(why)) => Ok(SessionState::Ended(why)),
            (None, None, None) => Ok(SessionState::Anonymous),
        }
    }

    /// The current session.
    ///
    /// # Errors
    /// When the sessions could not be read.
    pub fn session(&self) -> Result<Option<&Session>, PageError> {
        Ok(match self.session_state()? {
            SessionState::Active(session) => Some(session),
            SessionState::Anonymous | SessionState::Ended(_) => None,
        })
    }

    /// The hash of the browser's token, which binds sign-in attempts to this browser.
    #[must_use]
    pub fn browser_hash(&self) -> TokenHash {
        self.browser.hash()
    }

    fn csrf(&self, app: &AppState) -> String {
        URL_SAFE_NO_PAD.encode(app.master.mac("csrf", &[self.browser.as_str().as_bytes()]))
    }

    /// The form of a request that was submitted on a page of this server in this browser.
    ///
    /// # Errors
    /// When the CSRF token is not that of this browser.
    pub fn form(&self, app: &AppState, params: Params) -> Result<SafeForm, PageError> {
        let right = self.csrf(app);
        if params
            .get("csrf")
            .is_some_and(|sent| constant_time_eq(sent.as_bytes(), right.as_bytes()))
        {
            return Ok(SafeForm(params));
        }
        Err(PageError::new(StatusCode::FORBIDDEN, &error_pages::FORM_EXPIRED))
    }

    /// Renders a page whose forms stay on this server.
    pub fn show<P: Page>(&self, app: &AppState, status: StatusCode, page: &P) -> Response {
        self.show_with(app, status, page, &FormAction::Own)
    }

    /// Renders the page of a submitted form, with what was typed in its fields.
    pub fn show_again<P: Page>(
        &self,
        app: &AppState,
        status: StatusCode,
        page: &P,
        form: &SafeForm,
    ) -> Response {
        let layout = Layout {
            typed: form.pairs(),
            ..self.layout(app)
        };
        self.render(app, status, page, &layout, &FormAction::Own)
    }

    /// Renders a page whose form may end in a redirect to `target`. The content security policy must name the scheme of
    /// `target` only if it is a private-use scheme, since [`Self::leave`] redirects to no other target (D17).
    pub fn show_leading_to<P: Page>(
        &self,
        app: &AppState,
        status: StatusCode,
        page: &P,
        target: Option<&str>,
    ) -> Response {
        let scheme = target.and_then(private_use_scheme);
        let action = scheme.map_or(FormAction::Own, FormAction::OwnAndScheme);
        self.show_with(app, status, page, &action)
    }

    /// Renders the page whose form is submitted to an app, which may redirect to other origins (D17).
    pub fn show_form_post(&self, app: &AppState, page: &FormPost) -> Response {
        self.show_with(app, StatusCode::OK, page, &FormAction::Any)
    }

    /// Sends the browser to an address of an app.
    ///
    /// Browsers apply the `form-action` of a page to every redirect that follows its form, including the app's own to
    /// other origins. So if a page was shown, the response is another page, which loads the app's address (D17).
    /// Browsers open a private-use scheme only as the result of a click, so the response redirects there directly.
    pub fn leave(&self, app: &AppState, target: &str, name: &str, shown: Shown) -> Response {
        if shown == Shown::Nothing || private_use_scheme(target).is_some() {
            return see_other(target);
        }
        let page = Leaving {
            app: name.to_owned(),
            target: target.to_owned(),
        };
        let mut response = self.show(app, StatusCode::OK, &page);
        // The address may contain an authorization code.
        let no_referrer = HeaderValue::from_static("no-referrer");
        response
            .headers_mut()
            .insert(header::REFERRER_POLICY, no_referrer);
        response
    }

    fn show_with<P: Page>(
        &self,
        app: &AppState,
        status: StatusCode,
        page: &P,
        action: &FormAction,
    ) -> Response {
        self.render(app, status, page, &self.layout(app), action)
    }

    fn layout(&self, app: &AppState) -> Layout {
        Layout {
            base: app.config.server.issuer.path().trim_end_matches('/').to_owned(),
            organisation: self.instance.organisation.clone(),
            brand: self
                .instance
                .accent
                .as_ref()
                .map(|_| self.instance.revision.to_string()),
            theme: self.theme,
            here: self.here.as_str().to_owned(),
            acting: self
                .sessions
                .first()
                .and_then(|(_, session)| ActingAs::of(session)),
            csrf: self.csrf(app),
            typed: BTreeMap::new(),
            now: app.clock.now(),
        }
    }

    fn render<P: Page>(
        &self,
        app: &AppState,
        status: StatusCode,
        page: &P,
        layout: &Layout,
        action: &FormAction,
    ) -> Response {
        let mut response = match app.templates.render(page, layout) {
            Ok(html) => (status, Html(html)).into_response(),
            Err(error) => {
                tracing::error!(%error, template = P::TEMPLATE, "cannot render a template");
                (StatusCode::INTERNAL_SERVER_ERROR, "This page cannot be shown.").into_response()
            }
        };
        let policy = content_policy(action);
        let headers = response.headers_mut();
        if let Ok(policy) = HeaderValue::from_str(&policy) {
            headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        }
        if self.is_new
            && let Ok(cookie) = app.cookies.set_browser(self.browser.as_str())
        {
            headers.append(header::SET_COOKIE, cookie);
        }
        response
    }

    /// Adds a session to the browser's cookie, as the current one.
    pub fn add_session(&self, app: &AppState, token: &Token, response: &mut Response) {
        let others = self
            .sessions
            .iter()
            .map(|(other, _)| other.as_str())
            .filter(|other| *other != token.as_str());
        if let Ok(cookie) = app
            .cookies
            .set_sessions(std::iter::once(token.as_str()).chain(others))
        {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }

    /// Adds to the browser's cookie a token by which an account recognises the browser.
    pub fn add_device(&self, app: &AppState, device: &DeviceToken, response: &mut Response) {
        let replaced = device.replaced.as_ref();
        let others = self
            .devices
            .iter()
            .filter(|other| replaced != Some(&other.hash()));
        let tokens = std::iter::once(&device.token).chain(others);
        if let Ok(cookie) = app.cookies.set_devices(tokens.map(Token::as_str)) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }

    /// Redirects the browser with 303 (RFC 9700 section 4.12), and sets its cookie if it is new.
    pub fn redirect(&self, app: &AppState, location: &str) -> Response {
        let mut response = see_other(location);
        if self.is_new
            && let Ok(cookie) = app.cookies.set_browser(self.browser.as_str())
        {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// What the server has shown before it sends the browser to an app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// Nothing: the app's request is answered at once.
    Nothing,
    /// A page, whose form was submitted.
    Page,
}

/// Where the forms of a page, and the redirects that follow, may lead.
enum FormAction {
    /// To this server.
    Own,
    /// To this server and to URLs with this scheme.
    OwnAndScheme(String),
    /// Anywhere.
    Any,
}

/// The scheme of a URL that is neither http nor https.
fn private_use_scheme(target: &str) -> Option<String> {
    let url = url::Url::parse(target).ok()?;
    (!matches!(url.scheme(), "http" | "https")).then(|| url.scheme().to_owned())
}

fn content_policy(action: &FormAction) -> String {
    let action = match action {
        FormAction::Own => "form-action 'self'; ".to_owned(),
        FormAction::OwnAndScheme(scheme) => format!("form-action 'self' {scheme}:; "),
        FormAction::Any => String::new(),
    };
    format!(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; {action}\
         frame-ancestors 'none'; base-uri 'none'"
    )
}

/// The requested page or, for a POST, the one with the form.
pub(super) fn page_of(parts: &Parts) -> OwnPath {
    let is_read = matches!(parts.method, Method::GET | Method::HEAD);
    let query = parts.uri.query().filter(|_| is_read);
    OwnPath::nearest(parts.uri.path(), query)
}

/// A redirect that browsers always follow with GET.
#[must_use]
pub fn see_other(location: &str) -> Response {
    HeaderValue::from_str(location).map_or_else(
        |_| StatusCode::BAD_REQUEST.into_response(),
        |location| (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
    )
}
