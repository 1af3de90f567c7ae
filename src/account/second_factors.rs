//! The pages of the user's second factors. They require a recent sign-in, since whoever changes the second factors of
//! an account can take it over.

use axum::http::StatusCode;
use axum::response::Response;
use serde::{Deserialize, Serialize};

use super::home::person;
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::accounts::{GetOwnAccount, OwnAccount};
use crate::directory::second_factors::{
    AddAuthenticator, Enrolment, RecoveryCodes, RemoveAuthenticator, RenameAuthenticator,
    ReplaceRecoveryCodes, SecondFactors,
};
use crate::directory::{Change, Failure};
use crate::model::AuthenticatorId;
use crate::model::refusal::Code;
use crate::model::settings::SecondFactorKinds;
use crate::paths;
use crate::web::error::PageError;
use crate::web::live_sessions::session_limits;
use crate::web::page::{Notice, PageState, Person, Tone, page as declare_page};
use crate::web::qr_code::QrCode;
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::shown_once::{self, Shown};
use crate::web::submission::{PageRequest, Submission, Visitor};

declare_page! {
    /// The page that lists the user's second factors.
    SecondFactorsPage "account/second_factors.html" {
        /// Who is signed in.
        person: Person,
        /// Whether the user may open the console.
        console: bool,
        /// The second factors.
        #[serde(flatten)]
        second_factors: SecondFactors,
        /// Whether passkeys are possible for this server's address.
        has_passkeys: bool,
        /// Whether authenticator apps count, so that the user can add one.
        apps_count: bool,
        /// New recovery codes, which are shown once.
        new_codes: Option<Shown<NewCodes>>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

declare_page! {
    /// The page on which the user adds an authenticator app.
    NewAuthenticatorPage "account/new_authenticator.html" {
        /// Who is signed in.
        person: Person,
        /// Whether the user may open the console.
        console: bool,
        /// The code that the app scans.
        qr: QrCode,
        /// The secret to type instead.
        secret: String,
        /// The sealed enrolment.
        enrolment: String,
        /// The name of the app, as typed.
        name: String,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Recovery codes that were just created.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NewCodes {
    /// The codes.
    pub codes: Vec<String>,
}

pub(super) type Sent = Submission<Recent<SignedIn>>;

/// The success message of each change, by the value of `done` in the query.
const DONE: &[(&str, &str)] = &[
    (
        "added",
        "The authenticator app is added. You are signed out everywhere else.",
    ),
    (
        "passkey",
        "The passkey is added. You are signed out everywhere else.",
    ),
    ("passkey-renamed", "The passkey is renamed."),
    (
        "passkey-removed",
        "The passkey is removed. Your device may still offer it until you delete it there.",
    ),
    ("renamed", "The authenticator app is renamed."),
    (
        "removed",
        "The authenticator app is removed. You are signed out everywhere else.",
    ),
];

/// Shows the second factors.
pub(super) async fn show(
    PageRequest { app, user, params }: PageRequest<Recent<SignedIn>>,
) -> Result<Response, PageError> {
    let done = DONE.iter().find(|(word, _)| params.get("done") == Some(word));
    let own_path = paths::ACCOUNT_SECOND_FACTORS.as_ref();
    let (new_codes, gone) = shown_once::find(&app, &user, own_path, &params).await?;
    let state =
        PageState::with_notice(gone.or_else(|| done.map(|(_, text)| Notice::new(Tone::Success, *text))));
    let page = SecondFactorsPage {
        new_codes,
        ..page(&app, &user, state).await?
    };
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// Shows the code to scan.
pub(super) async fn show_new(
    PageRequest { app, user, .. }: PageRequest<Recent<SignedIn>>,
) -> Result<Response, PageError> {
    if !apps_count(&user) {
        let rejection = Rejection::of(Code::PasskeysOnly)?;
        let page = page(&app, &user, rejection.state).await?;
        return Ok(user.visit().show(&app, rejection.status, &page));
    }
    let enrolment = Enrolment::begin(app.clock.now());
    let page = new_page(&app, &user, &enrolment, String::new(), PageState::default()).await?;
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// Adds an authenticator app.
pub(super) async fn add(sent: Sent) -> Result<Response, PageError> {
    let (app, account, now) = (&sent.app, sent.user.0.id(), sent.app.clock.now());
    let sealed = sent.form.get("enrolment").unwrap_or_default();
    let enrolment = match Enrolment::open(&app.master, &account, sealed, now) {
        Ok(enrolment) => enrolment,
        Err(failure) => return refuse_new(&sent, &Enrolment::begin(now), failure).await,
    };
    let (name, code) = (sent.trimmed("name"), sent.trimmed("code"));
    let add = AddAuthenticator::new(&app.master, enrolment.clone(), name, code);
    match sent.change(add).await {
        Ok(added) => show_codes_after(&sent, &added.codes, "added").await,
        Err(failure) => refuse_new(&sent, &enrolment, failure).await,
    }
}

/// Renames an authenticator app.
pub(super) async fn rename(sent: Sent) -> Result<Response, PageError> {
    let (id, name) = (authenticator(&sent), sent.trimmed("name"));
    change(&sent, RenameAuthenticator { id, name }, "renamed").await
}

/// Removes an authenticator app.
pub(super) async fn remove(sent: Sent) -> Result<Response, PageError> {
    let id = authenticator(&sent);
    change(&sent, RemoveAuthenticator { id }, "removed").await
}

/// Replaces the recovery codes and shows the new ones.
pub(super) async fn replace_codes(sent: Sent) -> Result<Response, PageError> {
    match sent.change(ReplaceRecoveryCodes).await {
        Ok(codes) => show_codes(&sent, &codes).await,
        Err(failure) => refuse(&sent, failure).await,
    }
}

pub(super) async fn change<C: Change>(sent: &Sent, change: C, done: &str) -> Result<Response, PageError> {
    match sent.change(change).await {
        Ok(_) => Ok(sent.go_to(&path_after(done))),
        Err(failure) => refuse(sent, failure).await,
    }
}

pub(super) async fn refuse(sent: &Sent, failure: Failure) -> Result<Response, PageError> {
    let rejection = Rejection::of(failure)?;
    let page = page(&sent.app, &sent.user, rejection.state).await?;
    Ok(sent.show(rejection.status, &page))
}

/// The page with the code to scan, with the reasons for a refusal.
async fn refuse_new(sent: &Sent, enrolment: &Enrolment, failure: Failure) -> Result<Response, PageError> {
    if failure.is(Code::TooManyAuthenticators) || failure.is(Code::PasskeysOnly) {
        return refuse(sent, failure).await;
    }
    let rejection = Rejection::of(failure)?;
    let name = sent.trimmed("name");
    let page = new_page(&sent.app, &sent.user, enrolment, name, rejection.state).await?;
    Ok(sent.show(rejection.status, &page))
}

/// Shows new recovery codes or, if there are none, what was done.
pub(super) async fn show_codes_after(
    sent: &Sent,
    codes: &RecoveryCodes,
    done: &str,
) -> Result<Response, PageError> {
    if codes.is_empty() {
        return Ok(sent.go_to(&path_after(done)));
    }
    show_codes(sent, codes).await
}

async fn show_codes(sent: &Sent, codes: &RecoveryCodes) -> Result<Response, PageError> {
    let codes = codes.texts().map(str::to_owned).collect();
    shown_once::keep(sent, paths::ACCOUNT_SECOND_FACTORS.as_ref(), &NewCodes { codes }).await
}

fn authenticator(sent: &Sent) -> AuthenticatorId {
    AuthenticatorId(sent.trimmed("authenticator"))
}

fn path_after(done: &str) -> String {
    format!("{}?done={done}", paths::ACCOUNT_SECOND_FACTORS)
}

/// Whether authenticator apps count as second factors here.
pub(super) fn apps_count(user: &Recent<SignedIn>) -> bool {
    user.visit().instance.second_factor_kinds == SecondFactorKinds::Any
}

pub(super) async fn own_account(app: &AppState, user: &Recent<SignedIn>) -> Result<OwnAccount, PageError> {
    let limits = session_limits(app);
    let mut reader = app.directory.reader(&user.actor()).await?;
    Ok(reader.read(GetOwnAccount { limits }).await?)
}

async fn page(
    app: &AppState,
    user: &Recent<SignedIn>,
    state: PageState,
) -> Result<SecondFactorsPage, PageError> {
    let account = own_account(app, user).await?;
    Ok(SecondFactorsPage {
        person: person(&account.view),
        console: account.is_staff,
        second_factors: account.view.second_factors,
        has_passkeys: app.passkeys.is_some(),
        apps_count: apps_count(user),
        new_codes: None,
        state,
    })
}

async fn new_page(
    app: &AppState,
    user: &Recent<SignedIn>,
    enrolment: &Enrolment,
    name: String,
    state: PageState,
) -> Result<NewAuthenticatorPage, PageError> {
    let account = own_account(app, user).await?;
    let uri = enrolment.uri(&user.visit().instance.organisation, &account.view.username);
    Ok(NewAuthenticatorPage {
        person: person(&account.view),
        console: account.is_staff,
        qr: QrCode::of(&uri),
        secret: enrolment.secret(),
        enrolment: enrolment.seal(&app.master, &account.view.id),
        name,
        state,
    })
}
