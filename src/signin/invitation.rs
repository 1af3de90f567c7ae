//! The page behind an invitation's link. Looking at it changes nothing; only the form does.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::{person_of, with_attempt};
use super::pages::Join;
use super::register::person;
use super::session::sign_in_with_new_password;
use crate::app::AppState;
use crate::crypto::Token;
use crate::directory::accounts::password_policy;
use crate::directory::joining::{self, Open};
use crate::directory::{Actor, ChangeError, Who, schemes};
use crate::model::attempt::Target;
use crate::model::own_path::OwnPath;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::FieldError;
use crate::web::params::Received;
use crate::web::sealed_attempt;
use crate::web::visit::{SafeForm, Visit};

fn over() -> PageError {
    PageError::new(
        StatusCode::GONE,
        "This invitation leads nowhere",
        "It was used, revoked or replaced, or its time is over.",
        "Ask the person who invited you for a new one.",
    )
}

async fn find(app: &AppState, token: &str) -> Result<(Token, Open), PageError> {
    let token = Token::parse(token).ok_or_else(over)?;
    let scheme = schemes::active(&app.db).await?;
    let mut conn = app.db.read().await?;
    match joining::open(&mut conn, &scheme, &token, app.clock.now()).await {
        Ok(open) => Ok((token, open)),
        Err(ChangeError::Database(error)) => Err(error.into()),
        Err(_) => Err(over()),
    }
}

/// Shows what the link offers.
///
/// # Errors
/// A page when it leads nowhere any more, or the database fails.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Path(token): Path<String>,
) -> Result<Response, PageError> {
    let (token, open) = find(&app, &token).await?;
    let page = page(&app, &visit, &token, &open, None, Vec::new()).await?;
    let mut response = visit.show(&app, StatusCode::OK, &page);
    // The link itself must reach no other site.
    let referrer = axum::http::HeaderValue::from_static("no-referrer");
    response
        .headers_mut()
        .insert(axum::http::header::REFERRER_POLICY, referrer);
    Ok(response)
}

async fn page(
    app: &AppState,
    visit: &Visit,
    token: &Token,
    open: &Open,
    form: Option<&SafeForm>,
    errors: Vec<FieldError>,
) -> Result<Join, PageError> {
    let typed = |name| {
        form.and_then(|form| form.get(name))
            .unwrap_or_default()
            .to_owned()
    };
    let organisation = &visit.instance.organisation;
    let by = open.inviter.as_deref().unwrap_or("An administrator");
    let (heading, lead) = match &open.team {
        Some(team) => (
            format!("Join {}", team.name),
            format!("{by} invites you to the team {} at {organisation}.", team.name),
        ),
        None if open.account.is_some() => (
            "Choose your password".to_owned(),
            format!("{by} has made an account for you at {organisation}."),
        ),
        None => (
            format!("Join {organisation}"),
            format!("{by} invites you to make an account."),
        ),
    };
    let person = match &open.team {
        Some(_) => visit.session()?.map(person_of),
        None => None,
    };
    let mut asks = Vec::new();
    if open.account.is_none() {
        asks.extend(["name", "username"]);
        if open.invitation.email.is_empty() {
            asks.push("email");
        }
    }
    let waiting = open.account.as_ref();
    let issuer = &app.config.server.issuer;
    // Another account comes back to the invitation.
    let (path, max_age) = (OwnPath::invitation(token), None);
    let attempt = sealed_attempt::begin(app, Target::Own { path, max_age });
    let back = Some(sealed_attempt::seal(app, visit, &attempt));
    let back = back.as_deref();
    Ok(Join {
        heading,
        lead,
        action: issuer.local(paths::INVITATION.of([token.as_str()])),
        attempt: None,
        username: waiting.map_or_else(|| typed("username"), |account| account.username.clone()),
        name: typed("name"),
        email: if open.invitation.email.is_empty() {
            typed("email")
        } else {
            open.invitation.email.clone()
        },
        asks,
        domains: Vec::new(),
        sign_in: (open.team.is_some() && person.is_none())
            .then(|| with_attempt(&format!("{}?add=1", issuer.url(paths::SIGN_IN)), back)),
        elsewhere: with_attempt(&issuer.url(paths::ACCOUNTS), back),
        may_make_account: open.may_make_account || waiting.is_some(),
        person,
        min_password: password_policy(&*schemes::active(&app.db).await?).min_length,
        errors,
    })
}

/// Accepts the invitation, as the person who is signed in or with a new account, which is signed in then.
///
/// # Errors
/// A page when it leads nowhere any more, the form is not ours, or the database fails.
pub async fn accept(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Path(token): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = visit.form(&app, params)?;
    let (token, open) = find(&app, &token).await?;
    let (now, address) = (app.clock.now(), visit.address.to_string());
    let home = visit.go(&app, &app.config.server.issuer.url(paths::ACCOUNT));
    let outcome = if let (Some(_), Some(session)) = (form.get("as"), visit.session()?) {
        let actor = Actor::account(session.account_id.clone(), address);
        let joined = joining::accept(&app.db, actor, token.clone(), now).await;
        joined.map(|_| None)
    } else {
        let actor = Actor::new(Who::Visitor, address);
        let (db, pool, new) = (&app.db, &app.passwords, person(&form));
        let made = joining::accept_anew(db, pool, actor, token.clone(), new, now).await;
        made.map(Some)
    };
    match outcome {
        Ok(Some(account)) => sign_in_with_new_password(&app, &visit, account, None, home).await,
        Ok(None) => Ok(home),
        Err(ChangeError::Invalid(faults)) => {
            let errors = FieldError::of(faults.into_iter().map(|fault| (fault.field, fault.message)));
            let page = page(&app, &visit, &token, &open, Some(&form), errors).await?;
            Ok(visit.show(&app, StatusCode::UNPROCESSABLE_ENTITY, &page))
        }
        Err(ChangeError::Refused(why) | ChangeError::Forbidden(why)) => {
            let errors = vec![FieldError::form(why)];
            let page = page(&app, &visit, &token, &open, Some(&form), errors).await?;
            Ok(visit.show(&app, StatusCode::CONFLICT, &page))
        }
        Err(error) => Err(error.into()),
    }
}
