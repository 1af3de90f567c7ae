//! The changes to one account: a handler for each button of its page.

use std::sync::Arc;

use axum::extract::{FromRequest, FromRequestParts, Path, Request};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::console_user::ConsoleUser;
use super::user::{AskedRole, UserPage, UserTab, number_in, page, path_after_change, show_link};
use super::users::{back_to, list_of_form, list_query};
use crate::app::AppState;
use crate::clock::Time;
use crate::directory::accounts::{
    AccountRef, AccountSummary, ActivateAccount, ApproveAccount, DeleteAccount, EndAccountSessions,
    FindAccount, RejectAccount, RestoreAccount, SetValidity, SuspendAccount, UpdateProfile,
};
use crate::directory::devices::ForgetDevice;
use crate::directory::emails::{AddEmail, MakeEmailPrimary, RemoveEmail, VerifyEmail};
use crate::directory::groups::{AddGroupMember, GroupRef};
use crate::directory::invitations::InviteAccount;
use crate::directory::roles::{GrantRole, RevokeRole};
use crate::directory::second_factors::RemoveSecondFactors;
use crate::directory::teams::{MembershipEnd, SetTeamMember, TeamRef};
use crate::directory::{Change, Failure};
use crate::model::refusal::Code;
use crate::model::{AccountId, DeviceId};
use crate::paths;
use crate::web::date_fields;
use crate::web::dates;
use crate::web::error::PageError;
use crate::web::note::{Inverse, Note};
use crate::web::page::{FieldError, PageState};
use crate::web::profile_conflict::profile_conflict;
use crate::web::recent::Recent;
use crate::web::rejection::Rejection;
use crate::web::submission::{Submission, Visitor};
use crate::words::{self, changes};

/// A form about one account that a user of the console submitted.
pub(super) struct AccountForm {
    pub(super) sent: Submission<ConsoleUser>,
    pub(super) account: AccountSummary,
    /// The query string of the list of users that the page leads back to.
    list: Option<String>,
}

impl FromRequest<Arc<AppState>> for AccountForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let number = Path::<String>::from_request_parts(&mut parts, app)
            .await
            .map_err(IntoResponse::into_response)?;
        let list = list_of_page(&parts);
        let sent = Submission::from_request(Request::from_parts(parts, body), app).await?;
        let form = Self::of(sent, &number, list).await;
        form.map_err(IntoResponse::into_response)
    }
}

/// A form that changes who somebody is, widens what they may do or takes their account away, from a recent sign-in only.
pub(super) struct SensitiveForm(pub(super) AccountForm);

impl FromRequest<Arc<AppState>> for SensitiveForm {
    type Rejection = Response;

    async fn from_request(request: Request, app: &Arc<AppState>) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        Recent::<ConsoleUser>::from_request_parts(&mut parts, app).await?;
        let form = AccountForm::from_request(Request::from_parts(parts, body), app).await;
        form.map(Self)
    }
}

/// The list that the page of the submitted form leads back to.
fn list_of_page(parts: &Parts) -> Option<String> {
    let page = parts.headers.get(header::REFERER)?.to_str().ok()?;
    let page = url::Url::parse(page).ok()?;
    let list = page.query_pairs().find(|(name, _)| name == "list");
    list.and_then(|(_, list)| list_query(&list))
}

/// What to say after a change to an account, and how to undo it.
pub(super) struct Done {
    /// The name of the change, as [`changes::account`] takes it.
    word: &'static str,
    /// The role, team or group.
    thing: String,
    /// The form that undoes it.
    inverse: Option<Inverse>,
}

impl From<&'static str> for Done {
    fn from(word: &'static str) -> Self {
        let thing = String::new();
        let inverse = None;
        Self { word, thing, inverse }
    }
}

impl Done {
    fn to(word: &'static str, thing: &str) -> Self {
        let thing = thing.to_owned();
        Self { thing, ..word.into() }
    }

    fn with_undo(self, path: paths::Path<1>, fields: Vec<(&'static str, String)>) -> Self {
        let inverse = Some((path, fields));
        Self { inverse, ..self }
    }
}

impl AccountForm {
    async fn of(
        sent: Submission<ConsoleUser>,
        number: &str,
        list: Option<String>,
    ) -> Result<Self, PageError> {
        let find = FindAccount {
            account: AccountRef::Number(number_in(number)?),
        };
        let account = sent.app.directory.read(&sent.user.actor(), find).await?;
        Ok(Self { sent, account, list })
    }

    pub(super) fn id(&self) -> AccountId {
        self.account.id.clone()
    }

    fn trimmed(&self, field: &str) -> String {
        self.sent.trimmed(field)
    }

    /// The tab on which a form in the page's header was submitted; the header is on every tab.
    fn tab(&self) -> UserTab {
        self.trimmed("tab").parse().unwrap_or(UserTab::Profile)
    }

    /// Makes the change and redirects to the tab of its form, or shows there why it was refused.
    pub(super) async fn change<C: Change>(
        self,
        tab: UserTab,
        done: impl Into<Done>,
        change: C,
    ) -> Result<Response, PageError> {
        match self.sent.change(change).await {
            Ok(_) => Ok(self.go_to(tab, done.into())),
            Err(failure) => self.refuse(tab, failure).await,
        }
    }

    /// As [`Self::change`] on the tab of roles, but redirects to the list of users if the form was there.
    async fn change_role<C: Change>(self, done: Done, change: C) -> Result<Response, PageError> {
        match (list_of_form(&self.sent.form), self.sent.change(change).await) {
            (Some(list), Ok(_)) => Ok(self.note(done).go_to(&self.sent, &list)),
            (None, Ok(_)) => Ok(self.go_to(UserTab::Access, done)),
            (_, Err(failure)) => self.refuse(UserTab::Access, failure).await,
        }
    }

    fn go_to(&self, tab: UserTab, done: Done) -> Response {
        let mut path = path_after_change(self.account.number, tab, done.word);
        if let Some(list) = &self.list {
            path.push_str(&back_to(list).replacen('?', "&", 1));
        }
        self.note(done).go_to(&self.sent, &path)
    }

    fn note(&self, done: Done) -> Note {
        let name = match &*self.account.name {
            "" => &self.account.username,
            name => name,
        };
        let text = changes::account(done.word, name, &done.thing).unwrap_or_default();
        Note::new(text).with_undo(done.inverse, self.account.number)
    }

    /// The account as its page shows it now.
    async fn shown(&self, tab: UserTab) -> Result<UserPage, PageError> {
        page(&self.sent.app, &self.sent.user, self.account.number, tab).await
    }

    /// The tab with the reasons for a refusal.
    pub(super) async fn refuse(self, tab: UserTab, error: impl Into<Failure>) -> Result<Response, PageError> {
        let rejection = Rejection::of(error)?;
        self.show(tab, rejection.status, rejection.state).await
    }

    async fn show(
        self,
        tab: UserTab,
        status: StatusCode,
        page_state: PageState,
    ) -> Result<Response, PageError> {
        let mut page = UserPage {
            page_state,
            ..self.shown(tab).await?
        };
        page.come_from(self.list);
        Ok(self.sent.show(status, &page))
    }

    /// Redirects after an addition, or says at the field that the team or group does not exist.
    async fn added<T>(self, field: &'static str, outcome: Result<T, Failure>) -> Result<Response, PageError> {
        match outcome {
            Ok(_) => Ok(self.go_to(UserTab::Access, Done::to(field, &self.trimmed(field)))),
            Err(Failure::Refused(reasons))
                if reasons
                    .iter()
                    .any(|reason| matches!(reason.code, Code::TeamNotFound | Code::GroupNotFound)) =>
            {
                let state = PageState::with_errors(vec![FieldError::at(field, words::refusals(&reasons))]);
                self.show(UserTab::Access, StatusCode::UNPROCESSABLE_ENTITY, state)
                    .await
            }
            Err(failure) => self.refuse(UserTab::Access, failure).await,
        }
    }
}

pub(super) async fn update_profile(form: AccountForm) -> Result<Response, PageError> {
    let claim = |claim: &str| (claim.to_owned(), form.trimmed(claim).into());
    let change = UpdateProfile {
        id: form.id(),
        claims: ["name", "locale", "zoneinfo"].map(claim).into_iter().collect(),
        expected: form.trimmed("seen").parse().ok().map(Time),
    };
    match form.sent.change(change).await {
        Ok(()) => Ok(form.go_to(UserTab::Profile, "profile".into())),
        Err(failure) if failure.is(Code::AccountChanged) => {
            let Rejection { status, mut state } = Rejection::of(failure)?;
            let paths =
                [paths::CONSOLE_USER_PROFILE, paths::CONSOLE_USER].map(|path| path.of([form.account.number]));
            state.conflict = profile_conflict(
                &form.sent,
                paths,
                &form.shown(UserTab::Profile).await?.account.view,
            );
            form.show(UserTab::Profile, status, state).await
        }
        Err(failure) => form.refuse(UserTab::Profile, failure).await,
    }
}

pub(super) async fn add_email(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(UserTab::Profile, "email", AddEmail { id, address })
        .await
}

pub(super) async fn remove_email(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(UserTab::Profile, "email", RemoveEmail { id, address })
        .await
}

pub(super) async fn verify_email(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(UserTab::Profile, "email", VerifyEmail { id, address })
        .await
}

pub(super) async fn make_email_primary(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, address) = (form.id(), form.trimmed("email"));
    form.change(UserTab::Profile, "email", MakeEmailPrimary { id, address })
        .await
}

/// Grants a role; one whose holder can gain other permissions must be confirmed first.
pub(super) async fn grant_role(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (account, role) = (form.id().into(), form.trimmed("role"));
    if form.trimmed("confirmed").is_empty()
        && let Some(question) = ask_to_grant(&form, &role).await?
    {
        return Ok(question);
    }
    match date_fields::end_of_day(&form.sent.form, "until") {
        Ok(until) => {
            let inverse = vec![("role", role.clone())];
            let done = Done::to("role-granted", &role).with_undo(paths::CONSOLE_USER_ROLE_REVOKE, inverse);
            form.change_role(done, GrantRole { account, role, until }).await
        }
        Err(error) => form.refuse(UserTab::Access, error).await,
    }
}

/// The page that asks before this role is granted, if its holder can gain other permissions.
async fn ask_to_grant(form: &AccountForm, role: &str) -> Result<Option<Response>, PageError> {
    let shown = form.shown(UserTab::Access).await?;
    let escalates = shown.account.escalating.iter().any(|other| other == role);
    let mut grantable = shown.account.grantable.iter();
    let Some(choice) = grantable.find(|choice| escalates && choice.name == role) else {
        return Ok(None);
    };
    let asked = AskedRole {
        role: choice.clone(),
        until: form.trimmed("until"),
        list: form.trimmed("list"),
    };
    let page = UserPage {
        asked: Some(asked),
        ..shown
    };
    Ok(Some(form.sent.show(StatusCode::OK, &page)))
}

pub(super) async fn revoke_role(form: AccountForm) -> Result<Response, PageError> {
    let (account, role) = (form.id().into(), form.trimmed("role"));
    let shown = form.shown(UserTab::Access).await?;
    let ends = shown.account.view.role_ends.iter();
    let end = ends.filter(|end| end.role == role).map(|end| end.until).next();
    let until = end.map_or_else(String::new, |end| dates::format_day(end - dates::DAY));
    let again = vec![("role", role.clone()), ("until", until)];
    let done = Done::to("role-revoked", &role).with_undo(paths::CONSOLE_USER_ROLES, again);
    form.change_role(done, RevokeRole { account, role }).await
}

/// Adds the account to a team with the team's default role; a member keeps their role.
pub(super) async fn add_to_team(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let slug = form.trimmed("team");
    let shown = form.shown(UserTab::Access).await?;
    let mut teams = shown.account.view.teams.iter();
    if teams.any(|team| team.slug == slug) {
        return Ok(form.go_to(UserTab::Access, Done::to("team", &slug)));
    }
    let add = SetTeamMember {
        team: TeamRef::Slug(slug),
        account: form.id().into(),
        role: None,
        end: MembershipEnd::Set(None),
    };
    let outcome = form.sent.change(add).await;
    form.added("team", outcome).await
}

/// Adds the account to a group.
pub(super) async fn add_to_group(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let add = AddGroupMember {
        group: GroupRef::Name(form.trimmed("group")),
        account: form.id().into(),
        create: false,
    };
    let outcome = form.sent.change(add).await;
    form.added("group", outcome).await
}

pub(super) async fn end_sessions(form: AccountForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(UserTab::Sessions, "sessions", EndAccountSessions { id })
        .await
}

/// Forgets a browser of the account.
pub(super) async fn forget_device(form: AccountForm) -> Result<Response, PageError> {
    let (account, id) = (form.id(), DeviceId(form.trimmed("device")));
    form.change(UserTab::SignIn, "device", ForgetDevice { account, id })
        .await
}

/// Creates a new link for an invited account, and shows it.
pub(super) async fn invite(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let link = form.sent.change(InviteAccount { id: form.id() }).await?;
    show_link(&form.sent, form.account.number, link, form.tab()).await
}

pub(super) async fn approve(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, tab) = (form.id(), form.tab());
    form.change(tab, "approved", ApproveAccount { id }).await
}

pub(super) async fn reject(form: AccountForm) -> Result<Response, PageError> {
    let (id, tab) = (form.id(), form.tab());
    let done = with_undo("rejected", paths::CONSOLE_USER_RESTORE, tab);
    form.change(tab, done, RejectAccount { id }).await
}

pub(super) async fn remove_second_factors(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let id = form.id();
    form.change(UserTab::SignIn, "second-factors", RemoveSecondFactors { id })
        .await
}

pub(super) async fn set_validity(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let id = form.id();
    let fields = &form.sent.form;
    match (
        date_fields::day(fields, "from"),
        date_fields::end_of_day(fields, "valid-until"),
    ) {
        (Ok(from), Ok(until)) => {
            form.change(UserTab::SignIn, "validity", SetValidity { id, from, until })
                .await
        }
        (Err(error), _) | (_, Err(error)) => form.refuse(UserTab::SignIn, error).await,
    }
}

/// Grants the highest role in each team that only this account manages to the successor that the form names.
async fn appoint_successors(form: &AccountForm) -> Result<Result<(), Failure>, PageError> {
    let shown = form.shown(UserTab::Profile).await?;
    for team in &shown.account.sole_manager_of {
        let successor = form.trimmed(&format!("successor-{}", team.slug));
        if successor.is_empty() {
            continue;
        }
        let set = SetTeamMember {
            team: TeamRef::Slug(team.slug.clone()),
            account: AccountRef::SignInName(successor),
            role: Some(team.owner_role.clone()),
            end: MembershipEnd::Set(None),
        };
        if let Err(failure) = form.sent.change(set).await {
            return Ok(Err(failure));
        }
    }
    Ok(Ok(()))
}

/// A change that a form in the page's header, at this path, undoes.
fn with_undo(word: &'static str, path: paths::Path<1>, tab: UserTab) -> Done {
    Done::from(word).with_undo(path, vec![("tab", tab.to_string())])
}

pub(super) async fn suspend(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, tab, reason) = (form.id(), form.tab(), form.trimmed("reason"));
    if let Err(failure) = appoint_successors(&form).await? {
        return form.refuse(tab, failure).await;
    }
    let done = with_undo("suspended", paths::CONSOLE_USER_ACTIVATE, tab);
    form.change(tab, done, SuspendAccount { id, reason }).await
}

pub(super) async fn activate(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, tab) = (form.id(), form.tab());
    let reason = form.shown(tab).await?.account.status_reason.unwrap_or_default();
    let again = vec![("reason", reason), ("tab", tab.to_string())];
    let done = Done::from("activated").with_undo(paths::CONSOLE_USER_SUSPEND, again);
    form.change(tab, done, ActivateAccount { id }).await
}

/// Deletes the account if its username was typed to confirm.
pub(super) async fn delete(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    if form.trimmed("confirm") != form.account.username {
        let refusal = Code::NotConfirmed
            .at("confirm")
            .with("text", &form.account.username);
        return form.refuse(UserTab::Profile, refusal).await;
    }
    if let Err(failure) = appoint_successors(&form).await? {
        return form.refuse(UserTab::Profile, failure).await;
    }
    let id = form.id();
    let done = with_undo("deleted", paths::CONSOLE_USER_RESTORE, UserTab::Profile);
    form.change(UserTab::Profile, done, DeleteAccount { id }).await
}

pub(super) async fn restore(SensitiveForm(form): SensitiveForm) -> Result<Response, PageError> {
    let (id, tab) = (form.id(), form.tab());
    form.change(tab, "restored", RestoreAccount { id }).await
}
