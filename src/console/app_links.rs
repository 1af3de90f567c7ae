//! What people see of an app: its name, its logo and its links.

use axum::extract::Path;
use axum::response::Response;

use super::app_settings::{SettingsPage, find, optional};
use super::console_user::AppAdmin;
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::Change;
use crate::directory::clients::{ClientDetail, RemoveAppLogo, SetAppLogo};
use crate::model::ClientId;
use crate::model::client::ClientSettings;
use crate::paths;
use crate::web::error::PageError;
use crate::web::note::Note;
use crate::web::page::{PageState, page};
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::submission::Submission;
use crate::web::upload::Uploaded;
use crate::web::visit::SafeForm;
use crate::words::changes;

page! {
    /// What people see of one app.
    AppLinks "console/app_links.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The app, with submitted values in place of refused ones.
        app: ClientDetail,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

impl SettingsPage for AppLinks {
    const PATH: paths::Path<1> = paths::CONSOLE_APP_LINKS;

    fn of(_: &AppState, shell: Shell, app: ClientDetail, state: PageState) -> Self {
        Self { shell, app, state }
    }

    fn apply_form(settings: ClientSettings, form: &SafeForm) -> ClientSettings {
        ClientSettings {
            home_uri: optional(form, "home_uri"),
            initiate_login_uri: optional(form, "initiate_login_uri"),
            policy_uri: optional(form, "policy_uri"),
            tos_uri: optional(form, "tos_uri"),
            ..settings
        }
    }
}

type Sent = Submission<Recent<AppAdmin>>;

/// Sets the logo.
pub(super) async fn set_logo(
    Path(id): Path<String>,
    Uploaded { sent, picture }: Uploaded<Recent<AppAdmin>>,
) -> Result<Response, PageError> {
    let set = SetAppLogo {
        id: ClientId(id.clone()),
        image: picture,
    };
    change(&sent, id, set).await
}

/// Removes the logo.
pub(super) async fn remove_logo(Path(id): Path<String>, sent: Sent) -> Result<Response, PageError> {
    let remove = RemoveAppLogo {
        id: ClientId(id.clone()),
    };
    change(&sent, id, remove).await
}

async fn change<C: Change>(sent: &Sent, id: String, change: C) -> Result<Response, PageError> {
    match sent.change(change).await {
        Ok(_) => Ok(Note::new(changes::APP_SAVED).go_to(sent, &AppLinks::PATH.of([&id]))),
        Err(failure) => {
            let Rejection { status, state } = Rejection::of(failure)?;
            let user = &sent.user.0.0;
            let client = find(&sent.app, user, id).await?;
            let page = AppLinks::of(&sent.app, user.shell(NavItem::Apps), client, state);
            Ok(sent.show(status, &page))
        }
    }
}
