//! The handlers of a team's page, for the console and the account pages.

use std::future::Future;

use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::Response;

use super::date_fields;
use super::dates;
use super::error::PageError;
use super::invitation_links;
use super::note::{Note, noted};
use super::page::Page;
use super::params::Params;
use super::recent::{Recent, is_recent};
use super::rejection::Rejection;
use super::resets;
use super::sealed_attempt::sign_in_again_for;
use super::shown_once;
use super::submission::{PageRequest, Submission, WithSession};
use super::teams::{TeamForm, confirmed, get_team, second_factor_begins};
use super::visit::SafeForm;
use crate::app::AppState;
use crate::directory::accounts::AccountRef;
use crate::directory::invitations::{InvitationTarget, InvitePeople, RevokeInvitation, addresses};
use crate::directory::resets::ResetWay;
use crate::directory::second_factor_policy::SetTeamSecondFactor;
use crate::directory::teams::{
    DeleteTeam, GetTeam, GrantedTeamRole, MembershipEnd, RemoveTeamMember, RemovedMember, RenameTeam,
    SetTeamMember, TeamDetail, TeamRef,
};
use crate::directory::{Failure, names, schemes};
use crate::model::own_path::OwnPath;
use crate::paths;
use crate::words::changes;

/// A group of pages with a page for each team: the console's, or those of the account.
pub trait TeamPages: WithSession {
    /// The page of a team.
    type Page: Page;

    /// The path of that page.
    const TEAM: paths::Path<1>;

    /// The path of the form that adds people directly; without one they are invited and must accept.
    const ADDS_MEMBERS: Option<paths::Path<1>>;

    /// Where to redirect once the team is deleted or the user has left it.
    const EXIT: paths::Path<0>;

    /// The number of members on a page.
    const ROWS: u16;

    /// The page of a team with the values of its form.
    fn team_page(
        &self,
        app: &AppState,
        team: GetTeam,
        form: TeamForm,
    ) -> impl Future<Output = Result<Self::Page, PageError>> + Send;
}

impl<V: TeamPages> TeamPages for Recent<V> {
    type Page = V::Page;

    const TEAM: paths::Path<1> = V::TEAM;
    const ADDS_MEMBERS: Option<paths::Path<1>> = V::ADDS_MEMBERS;
    const EXIT: paths::Path<0> = V::EXIT;
    const ROWS: u16 = V::ROWS;

    async fn team_page(&self, app: &AppState, team: GetTeam, form: TeamForm) -> Result<V::Page, PageError> {
        self.0.team_page(app, team, form).await
    }
}

/// The page of a team.
fn path_of<V: TeamPages>(slug: &str) -> String {
    V::TEAM.of([names::folded(slug)])
}

/// Redirects to the page of a team that was created.
pub fn show_created<V: TeamPages>(sent: &Submission<V>, slug: &str, name: &str) -> Response {
    Note::new(changes::created(name)).go_to(sent, &path_of::<V>(slug))
}

/// Shows a team, or 404 if the user may not see it.
pub async fn show<V: TeamPages>(
    Path(slug): Path<String>,
    PageRequest { app, user, params }: PageRequest<V>,
) -> Result<Response, PageError> {
    let (made, gone) = shown_once::find(&app, &user, &path_of::<V>(&slug), &params).await?;
    let notice = noted(&app, &user, &params).or(gone);
    let team = get_team(&slug, &params, V::ROWS);
    let page = user.team_page(&app, team, TeamForm::empty(made, notice)).await?;
    Ok(user.visit().show(&app, StatusCode::OK, &page))
}

/// Renames a team.
pub async fn rename<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let name = sent.trimmed("name");
    let rename = RenameTeam {
        team: TeamRef::Slug(slug.clone()),
        name: name.clone(),
    };
    let outcome = sent.change(rename).await;
    respond(&sent, &slug, outcome, |before| {
        changes::renamed(&before, &name).into()
    })
    .await
}

/// Sets whether the members of a team need a second factor.
pub async fn set_second_factor<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let require = SetTeamSecondFactor {
        team: TeamRef::Slug(slug.clone()),
        begins: second_factor_begins(&sent.form),
    };
    let outcome = sent.change(require).await;
    let says = |()| Note::new(changes::SECOND_FACTOR_POLICY);
    respond(&sent, &slug, outcome, says).await
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
    exit(&sent, &slug, outcome, |name| changes::deleted(&name)).await
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
    let read = get_team(&slug, &Params::default(), 0);
    let shown = sent.app.directory.read(&sent.user.actor(), read).await?;
    if let Some(first) = sign_in_to_grant(&sent, &slug, &shown) {
        return Ok(first);
    }
    let who = sent.trimmed("username");
    let grant = SetTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: AccountRef::SignInName(who.clone()),
        role: Some(sent.trimmed("role")),
        end,
    };
    let outcome = sent.change(grant).await;
    let says = |set: GrantedTeamRole| changes::team_role_set(&who, &set.role, &set.team).into();
    respond(&sent, &slug, outcome, says).await
}

/// Redirects to sign in again before somebody gets more permissions in a team than its ordinary members have; `None` if
/// the sign-in is recent or the role grants no more.
fn sign_in_to_grant<V: TeamPages>(sent: &Submission<V>, slug: &str, team: &TeamDetail) -> Option<Response> {
    let asks = team.grants_more(sent.form.get("role")) && !is_recent(&sent.app, sent.user.session());
    let page = OwnPath::nearest(&path_of::<V>(slug), None);
    asks.then(|| sign_in_again_for(&sent.app, sent.user.visit(), page))
}

/// When the membership expires: after the typed day or, in a form that changes only the role, as before.
fn end_of<V: TeamPages>(form: &SafeForm) -> Result<MembershipEnd, Failure> {
    match form.get("until") {
        Some("unchanged") => Ok(MembershipEnd::Unchanged),
        _ if V::ADDS_MEMBERS.is_none() => Ok(MembershipEnd::Unchanged),
        _ => date_fields::end_of_day(form, "until").map(MembershipEnd::Set),
    }
}

/// Removes a member.
pub async fn remove_member<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let remove = RemoveTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: AccountRef::SignInName(sent.trimmed("username")),
    };
    let outcome = sent.change(remove).await;
    respond(&sent, &slug, outcome, |removed| removal::<V>(removed, &slug)).await
}

/// What to say after a removal. Where people are added directly, it can be undone.
fn removal<V: TeamPages>(removed: RemovedMember, slug: &str) -> Note {
    let text = changes::member_removed(&removed.username, &removed.team);
    let inverse = V::ADDS_MEMBERS.zip(removed.again).map(|(path, (role, end))| {
        let until = end.map_or_else(String::new, |end| dates::format_day(end - dates::DAY));
        let fields = vec![("username", removed.username), ("role", role), ("until", until)];
        (path, fields)
    });
    Note::new(text).with_undo(inverse, names::folded(slug))
}

/// Resets the password of a member in the usual way of the scheme, and redirects to the page that shows the result.
pub async fn reset_member<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let who = sent.trimmed("username");
    let way = ResetWay::usual(&*schemes::active(&sent.app.db).await?);
    match resets::make(&sent, AccountRef::SignInName(who.clone()), who, way).await {
        Ok(secret) => shown_once::keep(&sent, &path_of::<V>(&slug), &secret).await,
        Err(failure) => refuse(&sent, &slug, failure).await,
    }
}

/// Invites people to a team and redirects to the page that shows the links.
pub async fn invite<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let read = get_team(&slug, &Params::default(), 0);
    let shown = sent.app.directory.read(&sent.user.actor(), read).await?;
    if let Some(first) = sign_in_to_grant(&sent, &slug, &shown) {
        return Ok(first);
    }
    let invite = InvitePeople {
        target: InvitationTarget {
            team: Some(shown.team.id),
            role: sent.form.get("role").map(str::to_owned),
        },
        addresses: addresses(sent.form.get("addresses").unwrap_or_default()),
    };
    match sent.change(invite).await {
        Ok(invited) => {
            let page = path_of::<V>(&slug);
            invitation_links::show(&sent, &page, invited, sent.trimmed("role")).await
        }
        Err(failure) => refuse(&sent, &slug, failure).await,
    }
}

/// Revokes an invitation to a team.
pub async fn revoke_invitation<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let id = sent.trimmed("invitation");
    let outcome = sent.change(RevokeInvitation { id }).await;
    let says = |address: String| changes::invitation_revoked(&address).into();
    respond(&sent, &slug, outcome, says).await
}

/// Removes the user from a team.
pub async fn leave<V: TeamPages>(
    Path(slug): Path<String>,
    sent: Submission<V>,
) -> Result<Response, PageError> {
    let leave = RemoveTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: sent.user.session().account_id.clone().into(),
    };
    let outcome = sent.change(leave).await;
    exit(&sent, &slug, outcome, |left| changes::left(&left.team)).await
}

/// Redirects to the team's page and says there what was changed, or shows why it was refused.
async fn respond<V: TeamPages, T>(
    sent: &Submission<V>,
    slug: &str,
    outcome: Result<T, Failure>,
    says: impl FnOnce(T) -> Note,
) -> Result<Response, PageError> {
    match outcome {
        Ok(done) => Ok(says(done).go_to(sent, &path_of::<V>(slug))),
        Err(failure) => refuse(sent, slug, failure).await,
    }
}

/// As [`respond`], for a change after which the user may not see the team any more.
async fn exit<V: TeamPages, T>(
    sent: &Submission<V>,
    slug: &str,
    outcome: Result<T, Failure>,
    says: impl FnOnce(T) -> String,
) -> Result<Response, PageError> {
    match outcome {
        Ok(done) => Ok(Note::new(says(done)).go_to(sent, V::EXIT.as_ref())),
        Err(failure) => refuse(sent, slug, failure).await,
    }
}

/// The team's page, with the reasons why a change was refused.
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
    let team = get_team(slug, &Params::default(), V::ROWS);
    let page = sent.user.team_page(&sent.app, team, form).await?;
    Ok(sent.show(status, &page))
}
