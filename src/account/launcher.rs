//! The home page: the apps that the user may open.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::signed_in::SignedIn;
use crate::directory::authority::Authority;
use crate::directory::launcher::{ListOwnApps, OwnApp};
use crate::web::error::PageError;
use crate::web::page::page;
use crate::web::submission::{PageRequest, Visitor};

/// How many apps are listed as recently used.
const RECENT: usize = 4;

/// An app, as a tile shows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Tile {
    /// Its name.
    pub name: String,
    /// The address of the link.
    pub href: String,
    /// The host of that address.
    pub host: String,
    /// Whether the person may sign in only because they may sign in to every app.
    pub by_override: bool,
    /// The version of its logo.
    pub logo: Option<String>,
}

page! {
    /// The home page of a person.
    Launcher "account/launcher.html" {
        /// The words to search for.
        query: String,
        /// The apps that were used most recently, unless there is a search.
        recent: Vec<Tile>,
        /// The apps that match, by name.
        apps: Vec<Tile>,
        /// How many apps the person may open.
        count: usize,
        /// Whether the person may open the console.
        console: bool,
    }
}

impl Tile {
    fn new(app: &OwnApp, issuer: &str) -> Self {
        let host = url::Url::parse(&app.href).ok();
        let host = host.as_ref().and_then(url::Url::host_str).unwrap_or_default();
        Self {
            name: app.name.clone(),
            host: host.to_owned(),
            href: if app.starts_sign_in {
                with_issuer(&app.href, issuer)
            } else {
                app.href.clone()
            },
            by_override: app.by_override,
            logo: app.logo.clone(),
        }
    }
}

/// The address that starts a sign-in, with our issuer (OpenID Connect Core section 4).
fn with_issuer(address: &str, issuer: &str) -> String {
    match url::Url::parse(address) {
        Ok(mut url) => {
            url.query_pairs_mut().append_pair("iss", issuer);
            url.into()
        }
        Err(_) => address.to_owned(),
    }
}

/// Shows the apps.
pub(super) async fn show(
    PageRequest { app, user, params }: PageRequest<SignedIn>,
) -> Result<Response, PageError> {
    let query = params.get("q").unwrap_or_default().trim().to_owned();
    let mut reader = app.directory.reader(&user.actor()).await?;
    let all = reader.read(ListOwnApps).await?;
    let authority = reader.caller().authorization.authority();
    let console = authority.is_some_and(Authority::is_staff);
    drop(reader);
    let issuer = app.config.server.issuer.as_str();
    let wanted = query.to_lowercase();
    let mut used: Vec<&OwnApp> = all.iter().filter(|one| one.used_at.is_some()).collect();
    used.sort_by_key(|one| std::cmp::Reverse(one.used_at));
    let matching = all.iter().filter(|one| one.name.to_lowercase().contains(&wanted));
    let page = Launcher {
        recent: if query.is_empty() {
            used.into_iter()
                .take(RECENT)
                .map(|one| Tile::new(one, issuer))
                .collect()
        } else {
            Vec::new()
        },
        apps: matching.map(|one| Tile::new(one, issuer)).collect(),
        count: all.len(),
        query,
        console,
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}
