//! The page of an invitation's link. Only submitting its form changes anything.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::attempt::with_attempt;
use super::join::Join;
use super::register::{Waiting, new_account};
use super::reset::without_referrer;
use super::session::sign_in_with_new_password;
use crate::app::AppState;
use crate::crypto::Token;
use crate::directory::accounts::password_policy;
use crate::directory::joining::{
    AcceptInvitation, GetInvitation, InvitationLink, JoinByInvitation, PendingInvitation, SetFirstPassword,
};
use crate::directory::signed_id::{Purpose, SignedId};
use crate::directory::{Actor, Failure, schemes};
use crate::model::AccountId;
use crate::model::account::Status;
use crate::model::attempt::Target;
use crate::model::own_path::OwnPath;
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, Person};
use crate::web::rejection::Rejection;
use crate::web::sealed_attempt;
use crate::web::submission::{Submission, Visitor};
use crate::web::visit::{SafeForm, Visit};
use crate::words::error_pages::INVITATION_ENDED;

fn invitation_ended() -> PageError {
    PageError::new(StatusCode::GONE, &INVITATION_ENDED)
}

async fn find(
    app: &AppState,
    visit: &Visit,
    segment: &str,
) -> Result<(InvitationLink, PendingInvitation), PageError> {
    let mailed = SignedId::open(&app.master, Purpose::Invitation, segment).map(InvitationLink::Mailed);
    let link = mailed.or_else(|| Token::parse(segment).map(InvitationLink::Shown));
    let link = link.ok_or_else(invitation_ended)?;
    let get = GetInvitation { link: link.clone() };
    match app.directory.read(&visit.actor(), get).await {
        Ok(pending) => Ok((link, pending)),
        Err(failure) if failure.is(Code::InvitationEnded) => Err(invitation_ended()),
        Err(failure) => Err(failure.into()),
    }
}

/// Shows the invitation.
///
/// # Errors
/// An error page if the invitation has ended.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Path(segment): Path<String>,
) -> Result<Response, PageError> {
    let (_, pending) = find(&app, &visit, &segment).await?;
    let page = page(&app, &visit, &segment, &pending, None, Vec::new()).await?;
    Ok(without_referrer(visit.show(&app, StatusCode::OK, &page)))
}

async fn page(
    app: &AppState,
    visit: &Visit,
    segment: &str,
    pending: &PendingInvitation,
    form: Option<&SafeForm>,
    errors: Vec<FieldError>,
) -> Result<Join, PageError> {
    let typed = |name| SafeForm::typed(form, name);
    let (heading, lead) = heading_and_lead(pending, &visit.instance.organisation);
    let person = match &pending.team {
        Some(_) => visit.session()?.map(Person::of),
        None => None,
    };
    let existing = pending.username.as_ref();
    let issuer = &app.config.server.issuer;
    let back = attempt_for(app, visit, segment);
    Ok(Join {
        heading,
        lead,
        action: issuer.local(paths::INVITATION.of([segment])),
        attempt: None,
        username: existing.cloned().unwrap_or_else(|| typed("username")),
        name: typed("name"),
        email: if pending.email.is_empty() {
            typed("email")
        } else {
            pending.email.clone()
        },
        fields: asked_fields(pending).to_vec(),
        domains: pending.domains.clone(),
        sign_in: (pending.team.is_some() && person.is_none())
            .then(|| with_attempt(&format!("{}?add=1", issuer.url(paths::SIGN_IN)), Some(&back))),
        other_account: with_attempt(&issuer.url(paths::ACCOUNTS), Some(&back)),
        may_create_account: pending.may_create_account || existing.is_some(),
        person,
        min_password: password_policy(&*schemes::active(&app.db).await?).min_length,
        errors,
    })
}

/// A sealed attempt that returns to the invitation, for signing in with another account first.
fn attempt_for(app: &AppState, visit: &Visit, segment: &str) -> String {
    let path = OwnPath::nearest(&paths::INVITATION.of([segment]), None);
    let max_age = None;
    let attempt = sealed_attempt::begin(app, Target::Own { path, max_age });
    sealed_attempt::seal(app, visit, &attempt)
}

/// The fields of the form besides the password: none for an account that already exists.
const fn asked_fields(pending: &PendingInvitation) -> &'static [&'static str] {
    match (&pending.username, pending.email.is_empty()) {
        (Some(_), _) => &[],
        (None, true) => &["name", "username", "email"],
        (None, false) => &["name", "username"],
    }
}

fn heading_and_lead(pending: &PendingInvitation, organisation: &str) -> (String, String) {
    let by = pending.inviter.as_deref().unwrap_or("An administrator");
    match &pending.team {
        Some(team) => (
            format!("Join {team}"),
            format!("{by} invites you to the team {team} at {organisation}."),
        ),
        None if pending.username.is_some() => (
            "Choose your password".to_owned(),
            format!("{by} has created an account for you at {organisation}."),
        ),
        None => (
            format!("Join {organisation}"),
            format!("{by} invites you to create an account."),
        ),
    }
}

/// Accepts the invitation as the signed-in user, or with a new account, which it then signs in.
///
/// # Errors
/// An error page if the invitation has ended.
pub async fn accept(Path(segment): Path<String>, sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let (link, pending) = find(&app, &visit, &segment).await?;
    let home = visit.redirect(&app, &app.config.server.issuer.url(paths::HOME));
    let outcome = if let (Some(_), Some(session)) = (form.get("as"), visit.session()?) {
        let actor = Actor::signed_in(session, visit.address.to_string());
        app.directory
            .change(&actor, AcceptInvitation { link })
            .await
            .map(|()| None)
    } else {
        accept_with_new_account(&app, &visit, link, &pending, &form)
            .await
            .map(Some)
    };
    match outcome {
        Ok(Some((account, Status::Active))) => {
            sign_in_with_new_password(&app, &visit, account, None, home).await
        }
        Ok(Some((account, _))) => {
            let page = Waiting::after(&app, &visit, &form, &account).await?;
            Ok(without_referrer(visit.show(&app, StatusCode::OK, &page)))
        }
        Ok(None) => Ok(home),
        Err(failure) => {
            let rejection = Rejection::of(failure)?;
            let concerns_whole_form = rejection.state.notice.is_some();
            let (status, errors) = rejection.into_errors();
            let status = if concerns_whole_form {
                StatusCode::CONFLICT
            } else {
                status
            };
            let page = page(&app, &visit, &segment, &pending, Some(&form), errors).await?;
            Ok(without_referrer(visit.show(&app, status, &page)))
        }
    }
}

/// Accepts the invitation with a new account, or sets the first password of the invited account; yields the account
/// with its status.
async fn accept_with_new_account(
    app: &AppState,
    visit: &Visit,
    link: InvitationLink,
    pending: &PendingInvitation,
    form: &SafeForm,
) -> Result<(AccountId, Status), Failure> {
    let actor = visit.actor();
    if pending.username.is_some() {
        let password = form.get("password").unwrap_or_default().into();
        let set = SetFirstPassword { link, password };
        return Ok((app.directory.change(&actor, set).await?, Status::Active));
    }
    let new = new_account(form);
    let joined = app
        .directory
        .change(&actor, JoinByInvitation { link, new })
        .await?;
    Ok((joined.id, joined.status))
}
