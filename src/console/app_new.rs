//! Adding an app that the catalogue does not have: the kinds of apps, and a form with the fields of each.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::app_form::{access_of, owner};
use super::app_settings::{lines, optional, with_logouts};
use super::apps_connect::NewApp;
use super::console_user::AppAdmin;
use super::shell::{NavItem, Shell};
use crate::crypto::Token;
use crate::directory::clients::CreateClient;
use crate::model::access::NamedTeam;
use crate::model::client::{ClientAuth, ClientSettings, Login};
use crate::model::{ClientId, Scopes, text_enum};
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, PageState, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::shown_once;
use crate::web::submission::{PageRequest, Submission};
use crate::web::visit::SafeForm;

text_enum! {
    /// The kind of a new app, which determines its initial settings and the fields of its form.
    AppKind {
        /// A website with a server, which keeps a secret.
        Web = "web",
        /// A website that runs in the browser only.
        SinglePage = "single_page",
        /// A program on people's own machines.
        Native = "native",
        /// A program on devices without a browser.
        Device = "device",
        /// A service that acts for itself.
        Service = "service",
        /// A website without a sign-in of its own, behind a reverse proxy that asks about every request.
        Proxy = "proxy",
        /// A website that people do not sign in to with Doorward.
        Link = "link",
    }
}

/// A kind of app, as the page describes it.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Kind {
    /// Its name in addresses.
    name: AppKind,
    /// What such an app is.
    title: &'static str,
    /// What is special about it.
    about: &'static str,
    /// The fields of its form, besides name, client ID and who may sign in.
    fields: &'static [&'static str],
}

impl Kind {
    /// The description of a kind.
    #[must_use]
    #[expect(clippy::too_many_lines, reason = "a table with a row for each kind")]
    pub const fn of(kind: AppKind) -> Self {
        let (title, about, fields): (_, _, &[_]) = match kind {
            AppKind::Web => (
                "A website with a server",
                "It keeps a secret. Most apps are of this kind.",
                &["redirects", "home", "sign_outs", "backchannel", "frontchannel"],
            ),
            AppKind::SinglePage => (
                "A website that runs in the browser",
                "It has no secret and uses PKCE.",
                &["redirects", "home", "sign_outs", "frontchannel"],
            ),
            AppKind::Native => (
                "A program on people's own machines",
                "A desktop, phone or command-line program. It has no secret and uses PKCE.",
                &["redirects", "sign_outs"],
            ),
            AppKind::Device => (
                "A device without a browser",
                "Such as a television or a server's command line. People let it in with a code that it shows.",
                &[],
            ),
            AppKind::Service => (
                "A service",
                "It asks for tokens for itself, with a secret. Nobody signs in to it.",
                &[],
            ),
            AppKind::Proxy => (
                "A website without a sign-in of its own",
                "A reverse proxy in front of it, such as nginx, Traefik or Caddy, asks Doorward about every request.",
                &["websites", "home"],
            ),
            AppKind::Link => (
                "A link",
                "A website that people do not sign in to with Doorward.",
                &["home"],
            ),
        };
        Self {
            name: kind,
            title,
            about,
            fields,
        }
    }
}

impl AppKind {
    /// The initial settings of such an app.
    fn settings(self) -> ClientSettings {
        let defaults = ClientSettings::default();
        match self {
            Self::Web => defaults,
            Self::SinglePage => ClientSettings {
                client_auth: ClientAuth::None,
                ..defaults
            },
            Self::Native => ClientSettings {
                client_auth: ClientAuth::None,
                native: true,
                ..defaults
            },
            Self::Device => ClientSettings {
                client_auth: ClientAuth::None,
                device_code: true,
                ..defaults
            },
            Self::Service => ClientSettings {
                client_credentials: true,
                scopes: Scopes::default(),
                ..defaults
            },
            Self::Proxy => ClientSettings {
                login: Login::Proxy,
                ..defaults
            },
            Self::Link => ClientSettings {
                login: Login::Link,
                ..defaults
            },
        }
    }
}

page! {
    /// The kinds of apps or, once one is chosen, the form of a new app.
    NewAppForm "console/app_new.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The team that is to own it; `None` for the instance.
        team: Option<NamedTeam>,
        /// The kinds to choose from.
        kinds: Vec<Kind>,
        /// The chosen kind.
        chosen: Option<Kind>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Every kind of app, with its description.
#[must_use]
pub fn kinds() -> Vec<Kind> {
    AppKind::ALL.iter().map(|kind| Kind::of(*kind)).collect()
}

/// Shows the kinds of apps, or the form of a new app of the kind in the query.
pub(super) async fn show(
    PageRequest { app, user, params }: PageRequest<Recent<AppAdmin>>,
) -> Result<Response, PageError> {
    let user = user.0.0;
    let kind = params.get("kind").and_then(|kind| kind.parse().ok());
    let page = NewAppForm {
        shell: user.shell(NavItem::Apps),
        team: owner(&app, &user, params.get("team")).await?,
        kinds: kinds(),
        chosen: kind.map(Kind::of),
        state: PageState::default(),
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// Creates an app and redirects to the page that shows its secret once.
pub(super) async fn create(sent: Submission<Recent<AppAdmin>>) -> Result<Response, PageError> {
    let team = owner(&sent.app, &sent.user.0.0, sent.form.get("team")).await?;
    let kind: AppKind = sent.trimmed("app_kind").parse().unwrap_or(AppKind::Web);
    let create = typed_app(kind, &sent.form, team.as_ref());
    let (name, id) = (create.name.clone(), create.id.to_string());
    match sent.change(create).await {
        Ok(secret) => {
            let new = NewApp {
                name,
                issuer: sent.app.config.server.issuer.as_str().to_owned(),
                client_id: id,
                client_secret: secret.as_ref().map(Token::as_str).map(str::to_owned),
                snippets: Vec::new(),
                notes: Vec::new(),
            };
            shown_once::keep(&sent, paths::CONSOLE_APPS_CONNECTED.as_ref(), &new).await
        }
        Err(failure) => {
            let Rejection { status, mut state } = Rejection::of(failure)?;
            state.errors = at_fields_of(kind, state.errors);
            let page = NewAppForm {
                shell: sent.user.0.0.shell(NavItem::Apps),
                team,
                kinds: kinds(),
                chosen: Some(Kind::of(kind)),
                state,
            };
            Ok(sent.show(status, &page))
        }
    }
}

/// The mistakes, each at a field of the form: for a website behind a reverse proxy, mistakes in the redirect URIs are
/// shown at its address, from which the URIs are derived.
fn at_fields_of(kind: AppKind, mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        if kind == AppKind::Proxy && error.field == Some("redirect_uris") {
            error.field = Some("websites");
        }
    }
    errors
}

/// The new app that the form describes.
fn typed_app(kind: AppKind, form: &SafeForm, team: Option<&NamedTeam>) -> CreateClient {
    let name = form.trimmed("name");
    let id = optional(form, "client_id").unwrap_or_else(|| name.to_lowercase().replace(' ', "-"));
    let settings = ClientSettings {
        access: access_of(form),
        redirect_uris: lines(form, "redirect_uris"),
        post_logout_redirect_uris: lines(form, "post_logout_redirect_uris"),
        home_uri: optional(form, "home_uri"),
        ..with_logouts(kind.settings(), form)
    };
    CreateClient {
        id: ClientId(id),
        name,
        settings: settings.protecting(&lines(form, "websites")),
        team: team.map(|team| team.id.clone().into()),
    }
}
