//! The list of all invitations, and inviting people to the instance.

use axum::http::StatusCode;
use axum::response::Response;

use super::console_user::ConsoleUser;
use super::paging::{NextPage, ROWS};
use super::shell::{NavItem, Shell};
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::accounts::RoleChoice;
use crate::directory::invitations::{
    InvitationSummary, InvitationTarget, InvitePeople, ListInvitations, RevokeInvitation, addresses,
};
use crate::model::own_path::OwnPath;
use crate::paths;
use crate::web::error::PageError;
use crate::web::invitation_links::{self, ShownLinks};
use crate::web::note::{Note, noted};
use crate::web::page::{PageState, page};
use crate::web::params::Params;
use crate::web::recent::is_recent;
use crate::web::rejection::Rejection;
use crate::web::sealed_attempt::sign_in_again_for;
use crate::web::shown_once;
use crate::web::submission::{PageRequest, Submission, Visitor, WithSession};
use crate::words::changes;

page! {
    /// The page of invitations.
    Invitations "console/invitations.html" {
        /// The navigation and the signed-in person.
        shell: Shell,
        /// The roles that the user may invite people with, the default role first.
        roles: Vec<RoleChoice>,
        /// The invitations, the newest first.
        rows: Vec<InvitationSummary>,
        /// The query string of the page with older invitations.
        next: NextPage,
        /// The addresses, as typed.
        addresses: String,
        /// The role, as chosen.
        role: String,
        /// The links of the invitations that were just created.
        links: Option<ShownLinks>,
        /// The errors and the notice.
        #[serde(flatten)]
        state: PageState,
    }
}

/// Shows the invitations.
pub(super) async fn list(
    PageRequest { app, user, params }: PageRequest<ConsoleUser>,
) -> Result<Response, PageError> {
    let (links, gone) = shown_once::find(&app, &user, paths::CONSOLE_INVITATIONS.as_ref(), &params).await?;
    let notice = noted(&app, &user, &params).or(gone);
    let page = Invitations {
        links,
        state: PageState::with_notice(notice),
        ..page(&app, &user, &params).await?
    };
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

async fn page(app: &AppState, user: &ConsoleUser, params: &Params) -> Result<Invitations, PageError> {
    let list = ListInvitations {
        before: params.get("before").map(str::to_owned),
        limit: ROWS,
    };
    let list = app.directory.read(&user.actor(), list).await?;
    let default = RoleChoice {
        name: String::new(),
        title: "Default role".to_owned(),
    };
    Ok(Invitations {
        shell: user.shell(NavItem::Invitations),
        roles: std::iter::once(default).chain(list.roles).collect(),
        next: list.invitations.next(|last| format!("?before={}", last.id)),
        rows: list.invitations.rows,
        addresses: String::new(),
        role: String::new(),
        links: None,
        state: PageState::default(),
    })
}

/// Invites people and redirects to the page that shows the links.
pub(super) async fn invite(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    // An invitation with a role grants it, so it takes a recent sign-in; everybody has the default role anyway.
    if sent.form.get("role").is_some() && !is_recent(&sent.app, sent.user.session()) {
        let page = OwnPath::nearest(paths::CONSOLE_INVITATIONS.as_ref(), None);
        return Ok(sign_in_again_for(&sent.app, sent.user.visit(), page));
    }
    let invite = InvitePeople {
        target: InvitationTarget {
            team: None,
            role: sent.form.get("role").map(str::to_owned),
        },
        addresses: addresses(sent.form.get("addresses").unwrap_or_default()),
    };
    match sent.change(invite).await {
        Ok(invited) => {
            let page = paths::CONSOLE_INVITATIONS.as_ref();
            invitation_links::show(&sent, page, invited, sent.trimmed("role")).await
        }
        Err(failure) => refuse(&sent, failure).await,
    }
}

/// Revokes an invitation.
pub(super) async fn revoke(sent: Submission<ConsoleUser>) -> Result<Response, PageError> {
    let id = sent.trimmed("invitation");
    match sent.change(RevokeInvitation { id }).await {
        Ok(address) => {
            let note = Note::new(changes::invitation_revoked(&address));
            Ok(note.go_to(&sent, paths::CONSOLE_INVITATIONS.as_ref()))
        }
        Err(failure) => refuse(&sent, failure).await,
    }
}

/// The page with the submitted values and the reasons for a refusal.
async fn refuse(sent: &Submission<ConsoleUser>, failure: Failure) -> Result<Response, PageError> {
    let rejection = Rejection::of(failure)?;
    let page = Invitations {
        addresses: sent.trimmed("addresses"),
        role: sent.trimmed("role"),
        state: rejection.state,
        ..page(&sent.app, &sent.user, &Params::default()).await?
    };
    Ok(sent.show(rejection.status, &page))
}
