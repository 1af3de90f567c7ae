//! The handlers of a team's page, for the console and the account pages.

use std::future::Future;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::dates;
use super::error::PageError;
use super::invitation_links::InvitationLink;
use super::page::Page;
use super::params::Params;
use super::rejection::Rejection;
use super::submission::{PageRequest, Submission, Visitor};
use super::teams::{TeamForm, confirmed, get_team};
use super::visit::SafeForm;
use crate::app::AppState;
use crate::directory::accounts::AccountRef;
use crate::directory::invitations::{InvitationTarget, InvitePeople, RevokeInvitation, addresses};
use crate::directory::teams::{
    DeleteTeam, MembershipEnd, RemoveTeamMember, RenameTeam, SetTeamMember, TeamRef,
};
use crate::directory::{Change, Failure, names};
use crate::paths;

/// A front door with a page for each team.
pub trait TeamPages: Visitor {
    /// The page of a team.
    type Page: Page;

    /// The path of that page.
    const TEAM: paths::Path<1>;

    /// Whether people are added here directly; otherwise they are invited, and accept.
    const ADDS_MEMBERS: bool;

    /// Where to redirect once the team is deleted or the user has left it.
    fn exit_path() -> String;

    /// The page of a team with the values of its form.
    fn team_page(
        &self,
        app: &AppState,
        slug: &str,
        params: &Params,
        form: TeamForm,
    ) -> impl Future<Output = Result<Self::Page, PageError>> + Send;
}

/// The page of a team that was changed or created.
#[must_use]
pub fn path_after_change<V: TeamPages>(slug: &str) -> String {
    format!("{}?done=1", V::TEAM.of([names::key(slug)]))
}

/// Shows a team, or 404 if the user may not see it.
pub async fn show<V: TeamPages>(
    Path(slug): Path<String>,
    PageRequest { app, user, params }: PageRequest<V>,
) -> Result<Response, PageError> {
    let page = user
        .team_page(&app, &slug, &params, TeamForm::empty(&params))
        .await?;
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// Renames a team.
pub async fn rename<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let name = sent.trimmed("name");
    change(&sent, &slug, |team| RenameTeam { team, name }).await
}

/// Deletes a team if its slug was typed to confirm.
pub async fn delete<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let team = TeamRef::Slug(slug.clone());
    let outcome = match confirmed(&sent.form, &slug) {
        Ok(()) => sent.change(DeleteTeam { team }).await,
        Err(failure) => Err(failure),
    };
    respond(&sent, &slug, outcome, V::exit_path()).await
}

/// Changes a member's role or, where the page adds members, adds one.
pub async fn set_member<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let end = match end_of::<V>(&sent.form) {
        Ok(end) => end,
        Err(failure) => return refuse(&sent, &slug, failure).await,
    };
    let of = |team| SetTeamMember {
        team,
        account: AccountRef::SignInName(sent.trimmed("username")),
        role: Some(sent.trimmed("role")),
        end,
    };
    change(&sent, &slug, of).await
}

/// When the membership expires: after the typed day or, in a form that changes only the role, as before.
fn end_of<V: TeamPages>(form: &SafeForm) -> Result<MembershipEnd, Failure> {
    match form.get("until") {
        Some("unchanged") => Ok(MembershipEnd::Unchanged),
        _ if !V::ADDS_MEMBERS => Ok(MembershipEnd::Unchanged),
        _ => dates::end_of_day(form, "until").map(MembershipEnd::Set),
    }
}

/// Removes a member.
pub async fn remove_member<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let account = AccountRef::SignInName(sent.trimmed("username"));
    change(&sent, &slug, |team| RemoveTeamMember { team, account }).await
}

/// Invites people to a team and shows the links, which cannot be shown again.
pub async fn invite<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let read = get_team(&slug, &Params::default(), 0);
    let team = sent.app.directory.read(&sent.user.actor(), read).await?;
    let invite = InvitePeople {
        target: InvitationTarget {
            team: Some(team.id),
            role: sent.form.get("role").map(str::to_owned),
        },
        addresses: addresses(sent.form.get("addresses").unwrap_or_default()),
    };
    let links = match sent.change(invite).await {
        Ok(invitations) => InvitationLink::of(&sent.app, invitations),
        Err(failure) => return refuse(&sent, &slug, failure).await,
    };
    let form = TeamForm {
        links,
        ..TeamForm::default()
    };
    render(&sent, StatusCode::OK, &slug, form).await
}

/// Revokes an invitation to a team.
pub async fn revoke_invitation<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let id = sent.trimmed("invitation");
    change(&sent, &slug, |_| RevokeInvitation { id }).await
}

/// Makes a change of the team and redirects to its page, or shows why it was refused.
async fn change<V: TeamPages, C: Change>(
    sent: &Submission<V>,
    slug: &str,
    of: impl FnOnce(TeamRef) -> C,
) -> Result<Response, PageError> {
    let outcome = sent.change(of(TeamRef::Slug(slug.to_owned()))).await;
    respond(sent, slug, outcome, path_after_change::<V>(slug)).await
}

/// Redirects to `next` after a change, or shows why it was refused.
pub async fn respond<V: TeamPages, T>(
    sent: &Submission<V>,
    slug: &str,
    outcome: Result<T, Failure>,
    next: String,
) -> Result<Response, PageError> {
    match outcome {
        Ok(_) => Ok(sent.go_to(&next)),
        Err(failure) => refuse(sent, slug, failure).await,
    }
}

/// The team's page with why a change was refused.
async fn refuse<V: TeamPages>(
    sent: &Submission<V>,
    slug: &str,
    failure: Failure,
) -> Result<Response, PageError> {
    let rejection = Rejection::of(failure)?;
    let status = rejection.status;
    render(sent, status, slug, TeamForm::refused(&sent.form, rejection.state)).await
}

async fn render<V: TeamPages>(
    sent: &Submission<V>,
    status: StatusCode,
    slug: &str,
    form: TeamForm,
) -> Result<Response, PageError> {
    let page = sent
        .user
        .team_page(&sent.app, slug, &Params::default(), form)
        .await?;
    Ok(sent.show(status, &page))
}
