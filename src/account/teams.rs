//! A user's own teams: the page of a team, creating one and leaving one.

use axum::response::Response;

use super::changes::refuse;
use super::home::AccountTab;
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::Failure;
use crate::directory::authority::Authority;
use crate::directory::teams::{CreateTeam, GetTeam};
use crate::model::AccountId;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::{Person, page};
use crate::web::submission::{Submission, Visitor};
use crate::web::team_pages::{TeamPages, show_created};
use crate::web::teams::{TeamForm, TeamView};

page! {
    /// The page of one of the user's teams.
    MyTeam "account/team.html" {
        /// Who is signed in.
        person: Person,
        /// Whether the user may open the console.
        console: bool,
        /// The user's account.
        account: AccountId,
        /// The team and the form on its page.
        #[serde(flatten)]
        view: TeamView,
    }
}

impl TeamPages for SignedIn {
    type Page = MyTeam;

    const TEAM: paths::Path<1> = paths::ACCOUNT_TEAM;
    const ADDS_MEMBERS: Option<paths::Path<1>> = None;
    const EXIT: paths::Path<0> = paths::ACCOUNT_TEAMS;
    const ROWS: u16 = 100;

    async fn team_page(&self, app: &AppState, team: GetTeam, form: TeamForm) -> Result<MyTeam, PageError> {
        let mut reader = app.directory.reader(&self.actor()).await?;
        let team = reader.read(team).await?;
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
    let name = sent.trimmed("team");
    let create = CreateTeam {
        slug: None,
        name: name.clone(),
    };
    match sent.change(create).await {
        Ok(created) => Ok(show_created(&sent, &created.slug, &name)),
        // The form field is called `team`, since the page already has a field `name`.
        Err(Failure::Refused(mut reasons)) => {
            for reason in &mut reasons {
                reason.field = reason.field.map(|_| "team");
            }
            refuse(&sent, AccountTab::Teams, Failure::Refused(reasons)).await
        }
        Err(failure) => Err(failure.into()),
    }
}
