//! What people see of an app: its name and its links.

use super::app_settings::{SettingsPage, optional};
use super::shell::Shell;
use crate::app::AppState;
use crate::directory::clients::ClientDetail;
use crate::model::client::ClientSettings;
use crate::paths;
use crate::web::page::{PageState, page};
use crate::web::visit::SafeForm;

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

    fn typed_into(settings: ClientSettings, form: &SafeForm) -> ClientSettings {
        ClientSettings {
            home_uri: optional(form, "home_uri"),
            initiate_login_uri: optional(form, "initiate_login_uri"),
            policy_uri: optional(form, "policy_uri"),
            tos_uri: optional(form, "tos_uri"),
            ..settings
        }
    }
}
