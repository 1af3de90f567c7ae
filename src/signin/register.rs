//! The registration page, on which anybody can create an account while the settings allow it.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use super::attempt::{OpenAttempt, redirect_uri_of, resume_attempt, with_attempt};
use super::forgot::is_by_mail;
use super::join::Join;
use super::session::sign_in_with_new_password;
use crate::app::AppState;
use crate::auth::throttle::count_registration;
use crate::clock::Time;
use crate::directory::accounts::{NewAccount, password_policy};
use crate::directory::email_proofs::SendRegistrationProof;
use crate::directory::registration::{self, Register};
use crate::directory::schemes;
use crate::directory::signed_id::{Purpose, SignedId};
use crate::model::AccountId;
use crate::model::account::Status;
use crate::model::refusal::Code;
use crate::model::settings::Registration;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{FieldError, page};
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::visit::{SafeForm, Visit};
use crate::words;
use crate::words::error_pages::EMAIL_PROOF_ENDED;
use crate::words::error_pages::REGISTRATION_CLOSED;

page! {
    /// The page for a pending registration.
    Waiting "signin/waiting.html" {
        /// The heading.
        heading: &'static str,
        /// What comes next.
        lead: String,
        /// The signed id of the account, to whose address another link can be mailed.
        again: Option<String>,
    }
}

const CONFIRM: &str = "Confirm your address";

impl Waiting {
    /// The page for an account that needs only an administrator's approval.
    pub(super) fn for_approval() -> Self {
        Self {
            heading: "Your registration is waiting for approval",
            lead: "You can sign in once an administrator has approved it.".to_owned(),
            again: None,
        }
    }

    /// The page for an account that was just created: it needs the mailed link to be opened or, without mail, approval.
    pub(super) async fn after(
        app: &AppState,
        visit: &Visit,
        form: &SafeForm,
        account: &AccountId,
    ) -> Result<Self, PageError> {
        if form.trimmed("email").is_empty() || !is_by_mail(app).await? {
            return Ok(Self::for_approval());
        }
        let next = if visit.instance.registration == Registration::Approval {
            "You can sign in once an administrator has also approved your registration."
        } else {
            "After that you can sign in."
        };
        Ok(Self {
            heading: CONFIRM,
            lead: format!("Open the link that is on its way to your address. {next}"),
            again: Some(SignedId::text(
                &app.master,
                Purpose::Registration,
                account.as_str(),
            )),
        })
    }
}

/// Mails another link to the address of whoever has just registered.
///
/// # Errors
/// An error page if the registration no longer needs a link, or the CSRF token is wrong.
pub async fn send_again(sent: Submission<Visit>) -> Result<Response, PageError> {
    let again = sent.trimmed("account");
    let account = SignedId::open(&sent.app.master, Purpose::Registration, &again);
    let account = account.ok_or_else(email_proof_ended)?;
    let (status, lead) = match sent.change(SendRegistrationProof { account }).await {
        Ok(()) => (
            StatusCode::OK,
            "Another link is on its way to your address.".to_owned(),
        ),
        Err(failure) if failure.is(Code::EmailProofEnded) => return Err(email_proof_ended()),
        Err(failure) => {
            let rejection = Rejection::of(failure)?;
            let why = rejection.state.notice.map(|notice| notice.text);
            (rejection.status, why.unwrap_or_default())
        }
    };
    let page = Waiting {
        heading: CONFIRM,
        lead,
        again: Some(again),
    };
    Ok(sent.show(status, &page))
}

fn closed() -> PageError {
    PageError::new(StatusCode::FORBIDDEN, &REGISTRATION_CLOSED)
}

/// Shows the form.
///
/// # Errors
/// An error page if registration is closed or the attempt has ended.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit, params) = (request.app, request.user, request.params);
    if !registration::is_open(&visit.instance) {
        return Err(closed());
    }
    let open = OpenAttempt::find(&app, &visit, params.get("attempt")).await?;
    let page = page(&app, &visit, params.get("attempt"), None, Vec::new()).await?;
    let target = redirect_uri_of(open.as_ref());
    Ok(visit.show_leading_to(&app, StatusCode::OK, &page, target))
}

async fn page(
    app: &AppState,
    visit: &Visit,
    sealed: Option<&str>,
    form: Option<&SafeForm>,
    errors: Vec<FieldError>,
) -> Result<Join, PageError> {
    let typed = |name| SafeForm::typed(form, name);
    Ok(Join {
        heading: "Create an account".to_owned(),
        lead: format!(
            "Use it to sign in to every app of {}.",
            visit.instance.organisation
        ),
        action: app.config.server.issuer.local(paths::REGISTER),
        attempt: sealed.map(str::to_owned),
        username: typed("username"),
        name: typed("name"),
        email: typed("email"),
        fields: vec!["name", "username", "email"],
        domains: visit.instance.domains.clone(),
        may_create_account: true,
        person: None,
        sign_in: Some(with_attempt(
            &app.config.server.issuer.url(paths::SIGN_IN),
            sealed,
        )),
        other_account: String::new(),
        min_password: password_policy(&*schemes::active(&app.db).await?).min_length,
        errors,
    })
}

/// Creates the account and signs in to it, unless it must be approved first.
///
/// # Errors
/// An error page if registration is closed or the CSRF token is wrong.
pub async fn create(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, visit, form) = (sent.app, sent.user, sent.form);
    let sealed = form.get("attempt");
    let open = OpenAttempt::find(&app, &visit, sealed).await?;
    let (network, per_hour) = (visit.network(), app.config.limits.registrations_per_hour);
    if registration::is_open(&visit.instance)
        && let Some(until) = count_registration(&app.db, &network, per_hour, app.clock.now()).await?
    {
        return too_many(&app, &visit, &form, until).await;
    }
    let register = Register {
        new: new_account(&form),
        network,
    };
    match app.directory.change(&visit.actor(), register).await {
        Ok(account) if account.status == Status::Active => {
            let next = resume_attempt(&app, &visit, sealed);
            let attempt = open.map(|open| open.attempt);
            sign_in_with_new_password(&app, &visit, account.id, attempt, next).await
        }
        Ok(account) => {
            let page = Waiting::after(&app, &visit, &form, &account.id).await?;
            Ok(visit.show(&app, StatusCode::OK, &page))
        }
        Err(failure) if failure.is(Code::RegistrationClosed) => Err(closed()),
        Err(failure) => {
            let (status, errors) = Rejection::of(failure)?.into_errors();
            let page = page(&app, &visit, sealed, Some(&form), errors).await?;
            let target = redirect_uri_of(open.as_ref());
            Ok(visit.show_leading_to(&app, status, &page, target))
        }
    }
}

/// The submitted form, after too many registrations from the visitor's network.
async fn too_many(
    app: &AppState,
    visit: &Visit,
    form: &SafeForm,
    until: Time,
) -> Result<Response, PageError> {
    let minutes = until.since(app.clock.now()).as_secs() / 60 + 1;
    let why = words::registration_throttled(minutes);
    let errors = vec![FieldError::form(why)];
    let page = page(app, visit, form.get("attempt"), Some(form), errors).await?;
    let mut response = visit.show(app, StatusCode::TOO_MANY_REQUESTS, &page);
    let headers = response.headers_mut();
    headers.insert(header::RETRY_AFTER, HeaderValue::from(minutes * 60));
    Ok(response)
}

/// The new account that the form describes.
pub(super) fn new_account(form: &SafeForm) -> NewAccount {
    NewAccount {
        username: form.trimmed("username"),
        name: form.trimmed("name"),
        email: Some(form.trimmed("email")).filter(|email| !email.is_empty()),
        password: Some(form.get("password").unwrap_or_default().into()),
        ..NewAccount::default()
    }
}

pub(super) fn email_proof_ended() -> PageError {
    PageError::new(StatusCode::GONE, &EMAIL_PROOF_ENDED)
}
