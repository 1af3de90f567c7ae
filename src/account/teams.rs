//! A user's own teams: the page of a team, creating one and leaving one.

use axum::extract::Path;
use axum::response::Response;
use serde::Serialize;

use super::changes::{path_after_change as account_after_change, refuse};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::authority::Authority;
use crate::directory::teams::{CreateTeam, RemoveTeamMember, TeamRef};
use crate::model::AccountId;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{Page, Person};
use crate::web::params::Params;
use crate::web::submission::{Submission, Visitor};
use crate::web::team_pages::{TeamPages, path_after_change, respond};
use crate::web::teams::{TeamForm, TeamView, get_team};

/// The page of one of the user's teams.
#[derive(Clone, Debug, Serialize)]
pub struct MyTeam {
    /// Who is signed in.
    pub person: Person,
    /// Whether the user may open the console.
    pub console: bool,
    /// The user's account.
    pub account: AccountId,
    /// The team and the form on its page.
    #[serde(flatten)]
    pub view: TeamView,
}

impl Page for MyTeam {
    const TEMPLATE: &'static str = "account/team.html";
}

/// The number of members on a page.
const ROWS: u16 = 100;

impl TeamPages for SignedIn {
    type Page = MyTeam;

    const TEAM: paths::Path<1> = paths::ACCOUNT_TEAM;
    const ADDS_MEMBERS: bool = false;

    fn exit_path() -> String {
        account_after_change("team")
    }

    async fn team_page(
        &self,
        app: &AppState,
        slug: &str,
        params: &Params,
        form: TeamForm,
    ) -> Result<MyTeam, PageError> {
        let mut reader = app.directory.reader(&self.actor()).await?;
        let team = reader.read(get_team(slug, params, ROWS)).await?;
        let authority = reader.caller().authorization.authority();
        Ok(MyTeam {
            person: Person {
                name: self.session.name.clone(),
                username: self.session.username.clone(),
                email: None,
            },
            console: authority.is_some_and(Authority::is_staff),
            account: self.id(),
            view: TeamView::new(team, form),
        })
    }
}

/// Creates a team, in which the user gets the highest role.
pub(super) async fn create(sent: Submission<SignedIn>) -> Result<Response, PageError> {
    let create = CreateTeam {
        slug: None,
        name: sent.trimmed("team"),
    };
    match sent.change(create).await {
        Ok(created) => Ok(sent.go_to(&path_after_change::<SignedIn>(&created.slug))),
        // The form field is called `team`, since the page already has a field `name`.
        Err(Failure::Refused(mut reasons)) => {
            for reason in &mut reasons {
                reason.field = reason.field.map(|_| "team");
            }
            refuse(&sent, Failure::Refused(reasons)).await
        }
        Err(failure) => Err(failure.into()),
    }
}

/// Removes the user from a team.
pub(super) async fn leave(
    Path(slug): Path<String>,
    sent: Submission<SignedIn>,
) -> Result<Response, PageError> {
    let leave = RemoveTeamMember {
        team: TeamRef::Slug(slug.clone()),
        account: sent.user.id().into(),
    };
    let outcome = sent.change(leave).await;
    respond(&sent, &slug, outcome, SignedIn::exit_path()).await
}
