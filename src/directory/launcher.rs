//! The apps of the actor's own account, as their home page lists them.

use std::collections::HashMap;

use serde::Serialize;

use super::access::{self, sees};
use super::{Failure, ReadContext, operation};
use crate::clock::Time;
use crate::model::ClientId;
use crate::model::access::Decision;
use crate::model::client::{Client, origin_of};
use crate::store::{clients, grants, groups};

/// An app that the actor may open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OwnApp {
    /// Its client ID.
    pub client_id: ClientId,
    /// Its name.
    pub name: String,
    /// Where it is opened.
    pub href: String,
    /// Whether that address starts a sign-in, and so takes our issuer (OpenID Connect Core section 4).
    pub starts_sign_in: bool,
    /// When the actor last signed in to it, if that access has not ended.
    pub used_at: Option<Time>,
    /// Whether only the permission to sign in to every app lets them in.
    pub by_override: bool,
    /// Whether they sign in to it with their account here.
    pub signs_in: bool,
    /// The version of its logo.
    pub logo: Option<String>,
}

operation! {
    /// Lists the apps that the actor may sign in to, and the links that they see, by name. Apps without an address are
    /// left out.
    read ListOwnApps -> Vec<OwnApp>;
}

impl ListOwnApps {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<OwnApp>, Failure> {
        let (account, now) = (context.own_account()?.clone(), context.now);
        let authority = context.authority_of(&account).await?;
        let own_groups = groups::ids_of_account(context.conn(), &account).await?;
        let newest = grants::newest_per_app(context.conn(), &account, now).await?;
        let mut used: HashMap<ClientId, Time> = newest
            .into_iter()
            .map(|grant| (grant.client_id, grant.created_at))
            .collect();
        let mut own = Vec::new();
        for app in clients::list(context.conn()).await? {
            let decision = access::decide(&app, &authority, &own_groups);
            if !decision.is_allowed() && !sees(&app, &authority, &own_groups) {
                continue;
            }
            let Some((href, starts_sign_in)) = address(&app) else {
                continue;
            };
            own.push(OwnApp {
                used_at: used.remove(&app.id),
                by_override: decision == Decision::Override,
                signs_in: app.settings.login.is_here(),
                client_id: app.id,
                name: app.name,
                logo: app.logo,
                href,
                starts_sign_in,
            });
        }
        Ok(own)
    }
}

/// Where an app is opened, and whether that starts a sign-in. Without an address of its own, it is the origin of its
/// first redirect URI.
fn address(app: &Client) -> Option<(String, bool)> {
    let settings = &app.settings;
    let starts = settings
        .initiate_login_uri
        .as_ref()
        .filter(|_| settings.login.is_here());
    if let Some(uri) = starts {
        return Some((uri.clone(), true));
    }
    let of_redirect = || origin_of(settings.redirect_uris.first()?).filter(|_| !settings.native);
    let home = settings.home_uri.clone().or_else(of_redirect);
    home.map(|uri| (uri, false))
}
