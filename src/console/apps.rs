//! The list of apps.

use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::AppAdmin;
use super::shell::{NavItem, Shell};
use crate::directory::clients::{ClientSummary, ListClients};
use crate::model::permission::Permission;
use crate::web::error::PageError;
use crate::web::note::noted;
use crate::web::page::{PageState, page};
use crate::web::submission::{PageRequest, Visitor};

page! {
    /// The list of apps.
    Apps "console/apps.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The text that names must contain.
        query: String,
        /// The apps whose names or client IDs contain it.
        rows: Vec<ClientSummary>,
        /// Whether the viewer may connect apps.
        may_change: bool,
        /// The notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Shows the apps.
pub(super) async fn list(
    PageRequest { app, user, params }: PageRequest<AppAdmin>,
) -> Result<Response, PageError> {
    let user = user.0;
    let query = params.get("q").unwrap_or_default().trim().to_owned();
    let wanted = query.to_lowercase();
    let contains = |text: &str| text.to_lowercase().contains(&wanted);
    let mut reader = app.directory.reader(&user.actor()).await?;
    let mut rows = reader.read(ListClients).await?;
    let may_change = reader.caller().may(Permission::AppManage);
    drop(reader);
    rows.retain(|row| contains(&row.name) || contains(row.client_id.as_str()));
    let page = Apps {
        shell: user.shell(NavItem::Apps),
        query,
        rows,
        may_change,
        state: PageState::with_notice(noted(&app, &user, &params)),
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}
