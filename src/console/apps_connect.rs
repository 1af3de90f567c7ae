//! Connecting an app from the catalogue: the catalogue, the form of one definition, and what to copy into the app.

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::app_form::{access_of, owner};
use super::console_user::{AppAdmin, ConsoleUser};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::crypto::Token;
use crate::directory::Failure;
use crate::directory::clients::{CreateClient, ListClients};
use crate::model::ClientId;
use crate::model::access::NamedTeam;
use crate::model::catalogue::{self, Address, Category, Definition, Snippet, Source, Values};
use crate::model::client::ClientSettings;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Link, PageState, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::shown_once::{self, Shown};
use crate::web::submission::{PageRequest, Submission, Visitor};

/// An app of the catalogue, in its list.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// Its id.
    pub id: &'static str,
    /// Its name.
    pub name: &'static str,
    /// What it is, in a few words.
    pub summary: &'static str,
}

/// The apps of one category.
#[derive(Clone, Debug, Serialize)]
pub struct Group {
    /// What the apps are for.
    pub category: Category,
    /// The apps.
    pub entries: Vec<Entry>,
}

page! {
    /// The catalogue.
    Catalogue "console/apps_catalogue.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The words to search for.
        query: String,
        /// The apps that match, by category.
        groups: Vec<Group>,
        /// How many apps match.
        count: usize,
        /// The team that is to own the app; `None` for the instance.
        team: Option<NamedTeam>,
    }
}

page! {
    /// The form that connects one app.
    ConnectApp "console/apps_connect.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The definition of the app.
        definition: Definition,
        /// Where the facts of the definition come from.
        sources: Vec<Link>,
        /// The address as typed.
        address: String,
        /// The name as typed.
        name: String,
        /// The client ID as typed.
        client_id: String,
        /// The team that is to own the app; `None` for the instance.
        team: Option<NamedTeam>,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
    }
}

page! {
    /// What to copy into the configuration of a new app.
    Connected "console/apps_connected.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The new app, while its secret is shown.
        connected: Option<Shown<NewApp>>,
        /// The notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// A new app, as its page shows it once.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewApp {
    /// Its name.
    pub name: String,
    /// Our issuer.
    pub issuer: String,
    /// Its client ID.
    pub client_id: String,
    /// Its secret, if it has one.
    pub client_secret: Option<String>,
    /// What to copy into its configuration.
    pub snippets: Vec<Snippet>,
    /// How it derives its roles from claims, and what else is special about it.
    pub notes: Vec<String>,
}

/// Shows the catalogue.
pub(super) async fn list(
    PageRequest { app, user, params }: PageRequest<AppAdmin>,
) -> Result<Response, PageError> {
    let user = user.0;
    let team = owner(&app, &user, params.get("team")).await?;
    let query = params.get("q").unwrap_or_default().trim().to_owned();
    let groups = groups(&query);
    let page = Catalogue {
        shell: user.shell(NavItem::Apps),
        count: groups.iter().map(|group| group.entries.len()).sum(),
        team,
        query,
        groups,
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// The apps that match a search, by category.
#[must_use]
pub fn groups(query: &str) -> Vec<Group> {
    let group_of = |category: Category| {
        let matching = catalogue::all()
            .iter()
            .filter(|one| one.category == category && one.matches(query));
        let entries = matching.map(|one| Entry {
            id: &one.id,
            name: &one.name,
            summary: &one.summary,
        });
        Group {
            category,
            entries: entries.collect(),
        }
    };
    let all = Category::ALL.iter().map(|category| group_of(*category));
    all.filter(|group| !group.entries.is_empty()).collect()
}

fn definition(id: &str) -> Result<&'static Definition, PageError> {
    catalogue::find(id).ok_or_else(PageError::not_found)
}

/// Shows the form of one app.
pub(super) async fn show(
    Path(id): Path<String>,
    PageRequest { app, user, params }: PageRequest<Recent<AppAdmin>>,
) -> Result<Response, PageError> {
    let user = user.0.0;
    let team = owner(&app, &user, params.get("team")).await?;
    let page = form(&app, &user, definition(&id)?, team).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn form(
    app: &AppState,
    user: &ConsoleUser,
    definition: &Definition,
    team: Option<NamedTeam>,
) -> Result<ConnectApp, PageError> {
    let clients = app.directory.read(&user.actor(), ListClients).await?;
    let (client_id, name) = definition.unused(clients.iter().map(|client| client.client_id.as_str()));
    Ok(ConnectApp {
        shell: user.shell(NavItem::Apps),
        definition: definition.clone(),
        sources: sources(definition),
        address: String::new(),
        name,
        client_id,
        team,
        errors: Vec::new(),
    })
}

/// Links to the documentation that a definition comes from.
#[must_use]
pub fn sources(definition: &Definition) -> Vec<Link> {
    let link = |source: &Source| Link::new(source.host(), &source.url);
    definition.sources.iter().map(link).collect()
}

/// Creates the app and redirects to the page that shows its secret once.
pub(super) async fn connect(
    Path(id): Path<String>,
    sent: Submission<Recent<AppAdmin>>,
) -> Result<Response, PageError> {
    let user = &sent.user.0.0;
    let team = owner(&sent.app, user, sent.form.get("team")).await?;
    let definition = definition(&id)?;
    match create(&sent, definition, team.as_ref()).await {
        Ok(new) => shown_once::keep(&sent, paths::CONSOLE_APPS_CONNECTED.as_ref(), &new).await,
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = ConnectApp {
                address: sent.trimmed("address"),
                name: sent.trimmed("name"),
                client_id: sent.trimmed("client_id"),
                errors: at_the_address(errors),
                ..form(&sent.app, user, definition, team).await?
            };
            Ok(sent.show(status, &page))
        }
    }
}

async fn create(
    sent: &Submission<Recent<AppAdmin>>,
    definition: &Definition,
    team: Option<&NamedTeam>,
) -> Result<NewApp, Failure> {
    let address: Option<Address> = definition.address_from(&sent.trimmed("address"))?;
    let (id, name) = (ClientId(sent.trimmed("client_id")), sent.trimmed("name"));
    let issuer = sent.app.config.server.issuer.as_str();
    let mut values = Values {
        issuer,
        address: address.as_ref(),
        client_id: id.as_str(),
        client_secret: None,
    };
    let create = CreateClient {
        id: id.clone(),
        name: name.clone(),
        settings: ClientSettings {
            access: access_of(&sent.form),
            ..definition.settings_at(&values)
        },
        team: team.map(|team| team.id.clone().into()),
    };
    let secret = sent.change(create).await?;
    values.client_secret = secret.as_ref().map(Token::as_str);
    Ok(NewApp {
        name,
        issuer: issuer.to_owned(),
        client_id: id.to_string(),
        client_secret: values.client_secret.map(str::to_owned),
        snippets: definition.snippets_for(&values),
        notes: definition.notes().cloned().collect(),
    })
}

/// The mistakes, with those in the URIs of an app at its address, from which the URIs are derived.
fn at_the_address(mut errors: Vec<FieldError>) -> Vec<FieldError> {
    for error in &mut errors {
        if let Some(
            "redirect_uris"
            | "post_logout_redirect_uris"
            | "allowed_origins"
            | "backchannel_logout_uri"
            | "frontchannel_logout_uri",
        ) = error.field
        {
            error.field = Some("address");
        }
    }
    let mut seen = Vec::new();
    errors.retain(|error| {
        let is_new = !seen.contains(&error.field);
        seen.push(error.field);
        is_new
    });
    errors
}

/// Shows what to copy into a new app.
pub(super) async fn connected(
    PageRequest { app, user, params }: PageRequest<AppAdmin>,
) -> Result<Response, PageError> {
    let user = user.0;
    let path = paths::CONSOLE_APPS_CONNECTED.as_ref();
    let (connected, notice) = shown_once::find(&app, &user, path, &params).await?;
    let page = Connected {
        shell: user.shell(NavItem::Apps),
        connected,
        state: PageState::with_notice(notice),
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}
