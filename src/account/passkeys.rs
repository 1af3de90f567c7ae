//! The page on which the user adds a passkey, and the changes to the user's passkeys.

use axum::http::StatusCode;
use axum::response::Response;

use super::home::person;
use super::second_factors::{Sent, apps_count, change, own_account, refuse, show_codes_after};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::passkeys::{AddPasskey, Challenge, PasskeyAnswer, RemovePasskey, RenamePasskey};
use crate::model::PasskeyId;
use crate::model::refusal::Code;
use crate::web::error::PageError;
use crate::web::page::{PageState, Person, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::submission::{PageRequest, Visitor, WithSession};

page! {
    /// The page on which the user adds a passkey.
    NewPasskeyPage "account/new_passkey.html" {
        /// Who is signed in.
        person: Person,
        /// Whether the user may open the console.
        console: bool,
        /// The challenge for the browser; `None` if passkeys are not possible for this server's address.
        challenge: Option<Challenge>,
        /// Whether authenticator apps count, so that the user can add one instead.
        apps_count: bool,
        /// The name of the passkey, as typed.
        name: String,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Shows the form.
pub(super) async fn show_new(
    PageRequest { app, user, .. }: PageRequest<Recent<SignedIn>>,
) -> Result<Response, PageError> {
    let page = new_page(&app, &user, String::new(), PageState::default()).await?;
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// Adds the passkey that the browser has created.
pub(super) async fn add(sent: Sent) -> Result<Response, PageError> {
    let (app, session) = (&sent.app, &sent.user.session().id);
    let answered = PasskeyAnswer {
        challenge: sent.trimmed("challenge"),
        answer: sent.trimmed("credential"),
        name: sent.trimmed("name"),
    };
    let add = AddPasskey::new(
        app.passkeys.as_ref(),
        &app.master,
        session.as_str(),
        answered,
        app.clock.now(),
    );
    let added = match add {
        Ok(add) => sent.change(add).await,
        Err(failure) => Err(failure),
    };
    match added {
        Ok(Ok(codes)) => show_codes_after(&sent, &codes, "passkey").await,
        Ok(Err(code)) => refuse_new(&sent, code.into()).await,
        Err(failure) => refuse_new(&sent, failure).await,
    }
}

/// Renames a passkey.
pub(super) async fn rename(sent: Sent) -> Result<Response, PageError> {
    let (id, name) = (passkey(&sent), sent.trimmed("name"));
    change(&sent, RenamePasskey { id, name }, "passkey-renamed").await
}

/// Removes a passkey.
pub(super) async fn remove(sent: Sent) -> Result<Response, PageError> {
    let id = passkey(&sent);
    change(&sent, RemovePasskey { id }, "passkey-removed").await
}

fn passkey(sent: &Sent) -> PasskeyId {
    PasskeyId(sent.trimmed("passkey"))
}

/// The form again with a new challenge, and the reasons for a refusal.
async fn refuse_new(sent: &Sent, failure: Failure) -> Result<Response, PageError> {
    if failure.is(Code::TooManyPasskeys) {
        return refuse(sent, failure).await;
    }
    let rejection = Rejection::of(failure)?;
    let page = new_page(&sent.app, &sent.user, sent.trimmed("name"), rejection.state).await?;
    Ok(sent.show(rejection.status, &page))
}

async fn new_page(
    app: &AppState,
    user: &Recent<SignedIn>,
    name: String,
    state: PageState,
) -> Result<NewPasskeyPage, PageError> {
    let account = own_account(app, user).await?;
    let challenge = Challenge::begin(
        app.passkeys.as_ref(),
        &app.master,
        &account.view,
        &user.visit().instance.organisation,
        &user.session().id,
        app.clock.now(),
    );
    Ok(NewPasskeyPage {
        person: person(&account.view),
        console: account.is_staff,
        challenge,
        apps_count: apps_count(user),
        name,
        state,
    })
}
