//! The preview of what an app receives about a person.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::console_user::AppAdmin;
use super::shell::{NavItem, Shell};
use crate::directory::accounts::AccountRef;
use crate::directory::clients::{
    ClaimSource, ClientDetail, GetClient, LONG_TOKEN, Preview, PreviewClaims, RuleResult,
};
use crate::model::ClientId;
use crate::model::permission::Permission;
use crate::model::refusal::Code;
use crate::web::error::PageError;
use crate::web::page::{FieldError, page};
use crate::web::submission::{PageRequest, Visitor};
use crate::words;

page! {
    /// The preview of what an app receives about a person.
    AppPreview "console/app_preview.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app.
        app: ClientDetail,
        /// The person, as typed.
        person: String,
        /// What the app would receive.
        preview: Option<Shown>,
        /// The mistakes in the form.
        errors: Vec<FieldError>,
    }
}

/// What an app would receive, as text.
#[derive(Clone, Debug, Serialize)]
pub struct Shown {
    /// The claims of the ID token.
    pub id_token: String,
    /// The length of the signed ID token in bytes.
    pub bytes: usize,
    /// Whether it is too long for a cookie.
    pub is_long: bool,
    /// The claims of the access token, if it is for a resource server.
    pub access_token: Option<String>,
    /// The userinfo response.
    pub userinfo: String,
    /// Where each claim comes from.
    pub sources: Vec<ClaimSource>,
    /// What became of each claim rule.
    pub rules: Vec<RuleResult>,
}

impl From<Preview> for Shown {
    fn from(preview: Preview) -> Self {
        let text = |claims| serde_json::to_string_pretty(&claims).unwrap_or_default();
        Self {
            id_token: text(preview.id_token),
            bytes: preview.id_token_bytes,
            is_long: preview.id_token_bytes > LONG_TOKEN,
            access_token: preview.access_token.map(text),
            userinfo: text(preview.userinfo),
            sources: preview.sources,
            rules: preview.rules,
        }
    }
}

/// Shows what an app would receive about the person in the query.
pub(super) async fn show(
    Path(id): Path<String>,
    PageRequest { app, user, params }: PageRequest<AppAdmin>,
) -> Result<Response, PageError> {
    let user = user.0;
    user.require(Permission::AccountRead)?;
    let person = params.get("person").unwrap_or_default().trim().to_owned();
    let mut reader = app.directory.reader(&user.actor()).await?;
    let client = reader.read(GetClient { id: ClientId(id) }).await?;
    let mut page = AppPreview {
        shell: user.shell(NavItem::Apps),
        app: client,
        person: person.clone(),
        preview: None,
        errors: Vec::new(),
    };
    if !person.is_empty() {
        let ask = PreviewClaims {
            account: AccountRef::SignInName(person.clone()),
            app: page.app.client_id.clone(),
            rules: None,
        };
        match reader.read(ask).await {
            Ok(facts) => {
                let issuer = app.config.server.issuer.as_str();
                page.preview = Some(facts.preview(&app.master, issuer, app.clock.now()).into());
            }
            Err(failure) if failure.is(Code::AccountNotFound) => {
                let unknown = words::refusal(&Code::UnknownAccount.with("name", &person));
                page.errors.push(FieldError::at("person", unknown));
            }
            Err(failure) => return Err(failure.into()),
        }
    }
    drop(reader);
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}
