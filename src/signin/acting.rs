//! Acting as somebody else: the button on a person's page in the console, and the one that stops it.

use axum::extract::Path;
use axum::response::Response;

use super::session::SessionStart;
use crate::app::AppState;
use crate::directory::accounts::{AccountRef, FindAccount};
use crate::directory::acting::{ActAs, find_one_time};
use crate::directory::{Actor, revocation};
use crate::model::AccountId;
use crate::model::own_path::OwnPath;
use crate::model::permission::Permission;
use crate::model::session::{EndReason, Session};
use crate::paths;
use crate::store::Error;
use crate::store::audit::{self, NewEntry};
use crate::web::acting::lifetime_of;
use crate::web::error::PageError;
use crate::web::recent::is_recent;
use crate::web::sealed_attempt::sign_in_again_for;
use crate::web::submission::Submission;
use crate::web::visit::{Visit, see_other};

/// Begins to act as the owner of an account, in this browser.
///
/// # Errors
/// An error page if the CSRF token is wrong, or the user may not act as this person.
pub async fn begin(Path(number): Path<String>, sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit) = (&sent.app, &sent.user);
    let page = paths::CONSOLE_USER_SIGN_IN.of([&number]);
    let Some(session) = visit.session()?.filter(|session| is_recent(app, session)) else {
        let page = OwnPath::try_from(page).unwrap_or_else(|_| OwnPath::account());
        return Ok(sign_in_again_for(app, visit, page));
    };
    let number = number.parse().map_err(|_| PageError::not_found())?;
    let actor = Actor::signed_in(session, visit.address.to_string());
    let find = FindAccount {
        account: AccountRef::Number(number),
    };
    let account = app.directory.read(&actor, find).await?.id;
    let act = ActAs {
        account: account.clone().into(),
        reason: sent.trimmed("why"),
        lifetime: lifetime_of(&sent.trimmed("minutes"), app.config.lifetimes.impersonation),
    };
    let made = app.directory.change(&actor, act).await?;
    let now = app.clock.now();
    let mut conn = app.db.read().await?;
    let found = find_one_time(&mut conn, &app.db, &account, made.secret.expose(), now).await?;
    drop(conn);
    let mut next = visit.redirect(app, &app.config.server.issuer.url(paths::ACCOUNT));
    if let Some(one_time) = found {
        let start = SessionStart::once(app, visit, one_time, None);
        let begun = app
            .db
            .write::<_, Error, _>(move |tx| Box::pin(async move { start.store(tx).await }));
        if let Some(begun) = begun.await? {
            begun.set_cookies(app, visit, &mut next);
        }
    }
    Ok(next)
}

/// Ends acting as somebody else and redirects to the person's page in the console or, if the administrator may not see it
/// any more, to their own home page.
///
/// # Errors
/// An error page if the CSRF token is wrong.
pub async fn stop(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit) = (&sent.app, &sent.user);
    let session = visit.session()?.filter(|session| session.acted_by.is_some());
    let page = match session {
        Some(session) => {
            end(app, visit, session).await?;
            page_of_person(app, visit, session).await?
        }
        None => None,
    };
    let page = page.unwrap_or_else(|| paths::HOME.to_string());
    Ok(see_other(&app.config.server.issuer.url(page)))
}

/// The person's page in the console; `None` if whoever acted as the person may not see it.
async fn page_of_person(
    app: &AppState,
    visit: &Visit,
    session: &Session,
) -> Result<Option<String>, PageError> {
    let by = AccountId(session.acted_by.clone().unwrap_or_default());
    let actor = Actor::account(by, visit.address.to_string());
    let mut reader = app.directory.reader(&actor).await?;
    let authority = reader.caller().authorization.authority();
    if !authority.is_some_and(|authority| authority.may(Permission::AccountRead)) {
        return Ok(None);
    }
    let account = session.account_id.clone().into();
    let person = reader.read(FindAccount { account }).await?;
    Ok(Some(paths::CONSOLE_USER.of([person.number])))
}

async fn end(app: &AppState, visit: &Visit, session: &Session) -> Result<(), PageError> {
    let (id, account) = (session.id.clone(), session.account_id.clone());
    let by = session.acted_by.clone().unwrap_or_default();
    let (address, now) = (visit.address.to_string(), app.clock.now());
    let ended = app.db.write::<_, Error, _>(move |tx| {
        Box::pin(async move {
            revocation::end_session((tx, now), &id, EndReason::ActingEnded).await?;
            let event = NewEntry {
                address: &address,
                on_behalf: account.as_str(),
                ..NewEntry::new(&by, "session.end", account.as_str())
            };
            audit::record(tx, &event, now).await
        })
    });
    Ok(ended.await?)
}
