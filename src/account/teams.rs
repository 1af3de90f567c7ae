//! The person's teams: making one, and looking after those they may.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::pages::{Member, MyTeam, Role};
use super::signed_in::SignedIn;
use crate::app::AppState;
use crate::directory::authority::Authority;
use crate::directory::invitations::{self, Offer};
use crate::directory::{ChangeError, Fault, names, schemes, teams as directory};
use crate::model::AccountId;
use crate::model::role::RoleLevel;
use crate::model::team::{Team, TeamKind};
use crate::paths;
use crate::store::accounts;
use crate::store::teams;
use crate::web::error::PageError;
use crate::web::invited::{MadeRow, OpenRow};
use crate::web::page::{FieldError, Notice, Person, Tone};
use crate::web::params::{Params, Received};
use crate::web::visit::{SafeForm, see_other};

/// How many members and open invitations a page has.
const PAGE: i64 = 100;

/// Makes a team, in which the person gets the highest role.
///
/// # Errors
/// A page when the form is not ours or the database fails.
pub async fn create(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let name = form.get("team").unwrap_or_default().trim().to_owned();
    match directory::create_named(&app.db, user.actor(), name, app.clock.now()).await {
        Ok(slug) => Ok(to_team(&app, &slug)),
        // The page has another field of that name.
        Err(ChangeError::Invalid(faults)) => {
            let faults = faults.into_iter().map(|fault| Fault {
                field: "team",
                ..fault
            });
            super::changes::again(&app, &user, ChangeError::Invalid(faults.collect())).await
        }
        Err(error) => Err(error.into()),
    }
}

fn to_team(app: &AppState, slug: &str) -> Response {
    let path = paths::ACCOUNT_TEAM.of([slug]);
    see_other(&format!("{}?done=1", app.config.server.issuer.url(path)))
}

/// A team that the person may see; any other is not there.
async fn find(app: &AppState, user: &SignedIn, slug: &str) -> Result<(Team, Authority), PageError> {
    let scheme = schemes::active(&app.db).await?;
    let mut conn = app.db.read().await?;
    let now = app.clock.now();
    Ok(directory::visible(&mut conn, &user.id(), &scheme, slug, now).await?)
}

/// Shows one of the person's teams.
///
/// # Errors
/// A page when they are not in it, or the database fails.
pub async fn show(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let params = params?;
    let (team, authority) = find(&app, &user, &slug).await?;
    let typed = Typed {
        notice: params
            .get("done")
            .map(|_| Notice::new(Tone::Success, "Done. The change applies from now on.")),
        ..Typed::default()
    };
    let page = page(&app, &user, team, &authority, &params, typed).await?;
    Ok(user.visit.show(&app, StatusCode::OK, &page))
}

/// What was typed, and what came of it.
#[derive(Default)]
struct Typed {
    addresses: String,
    made: Vec<MadeRow>,
    errors: Vec<FieldError>,
    notice: Option<Notice>,
}

async fn page(
    app: &AppState,
    user: &SignedIn,
    team: Team,
    authority: &Authority,
    params: &Params,
    typed: Typed,
) -> Result<MyTeam, PageError> {
    let now = app.clock.now();
    let scheme = schemes::active(&app.db).await?;
    let after = params
        .get("after")
        .and_then(|after| after.parse().ok())
        .unwrap_or(-1);
    let mut allowed = directory::allowed_to(authority, &scheme, &team);
    if team.kind != TeamKind::Personal && authority.is_in_team(&team.id) {
        allowed.push("leave");
    }
    let mut conn = app.db.read().await?;
    let mut members = teams::members(&mut conn, &team.id, after, PAGE + 1, now).await?;
    let has_more = members.len() > 100;
    members.truncate(100);
    let open = if allowed.contains(&"invite") {
        crate::store::invitations::open_of_team(&mut conn, &team.id, PAGE, now).await?
    } else {
        Vec::new()
    };
    drop(conn);
    let roles = scheme.roles_of(RoleLevel::Team).filter(|role| {
        let permissions = scheme.permissions_of(RoleLevel::Team, &role.name);
        authority.covers_in_team(&team.id, &permissions)
    });
    Ok(MyTeam {
        person: Person {
            name: user.session.name.clone(),
            username: user.session.username.clone(),
            email: None,
        },
        console: authority.is_staff(),
        roles: roles
            .map(|role| Role {
                name: role.name.clone(),
                title: role.title.clone(),
            })
            .collect(),
        member_role: scheme.team_member_role.clone(),
        next: members
            .last()
            .filter(|_| has_more)
            .map(|last| format!("?after={}", last.number)),
        members: members
            .into_iter()
            .map(|member| Member {
                me: member.id == user.session.account_id,
                username: member.username,
                name: member.name,
                role: member.role,
                until: member.expires_at,
            })
            .collect(),
        open: open.into_iter().map(OpenRow::from).collect(),
        may: allowed,
        slug: team.slug,
        name: team.name,
        kind: team.kind.as_str().to_owned(),
        addresses: typed.addresses,
        made: typed.made,
        errors: typed.errors,
        notice: typed.notice,
    })
}

/// Changes one of the person's teams, as the pressed button says.
///
/// # Errors
/// A page when they are not in it, may not, the form is not ours, or the database fails.
pub async fn change(
    State(app): State<Arc<AppState>>,
    user: SignedIn,
    Path(slug): Path<String>,
    Received(params): Received,
) -> Result<Response, PageError> {
    let form = user.visit.form(&app, params)?;
    let (team, authority) = find(&app, &user, &slug).await?;
    let outcome = act(&app, &user, &team, &form).await;
    let (status, typed) = match outcome {
        Ok(Some(made)) => {
            let made = Typed {
                made,
                ..Typed::default()
            };
            (StatusCode::OK, made)
        }
        Ok(None) => {
            return Ok(match form.get("action") {
                Some("delete" | "leave") => {
                    let account = app.config.server.issuer.url(paths::ACCOUNT);
                    see_other(&format!("{account}?done=team"))
                }
                _ => to_team(&app, &team.slug),
            });
        }
        Err(ChangeError::Invalid(faults)) => {
            let typed = Typed {
                addresses: form.get("addresses").unwrap_or_default().to_owned(),
                errors: FieldError::of(faults.into_iter().map(|fault| (fault.field, fault.message))),
                ..Typed::default()
            };
            (StatusCode::UNPROCESSABLE_ENTITY, typed)
        }
        Err(error @ (ChangeError::Refused(_) | ChangeError::Forbidden(_))) => {
            let status = match error {
                ChangeError::Forbidden(_) => StatusCode::FORBIDDEN,
                _ => StatusCode::CONFLICT,
            };
            let typed = Typed {
                notice: Some(Notice::new(Tone::Danger, error.to_string())),
                ..Typed::default()
            };
            (status, typed)
        }
        Err(error) => return Err(error.into()),
    };
    let page = page(&app, &user, team, &authority, &Params::default(), typed).await?;
    Ok(user.visit.show(&app, status, &page))
}

async fn act(
    app: &AppState,
    user: &SignedIn,
    team: &Team,
    form: &SafeForm,
) -> Result<Option<Vec<MadeRow>>, ChangeError> {
    let (db, actor, id, now) = (&app.db, user.actor(), team.id.clone(), app.clock.now());
    let value = |name| form.get(name).unwrap_or_default().trim().to_owned();
    match form.get("action").unwrap_or_default() {
        "invite" => {
            let offer = Offer {
                team: Some(id),
                role: form.get("role").map(str::to_owned),
            };
            let addresses = invitations::addresses(form.get("addresses").unwrap_or_default());
            let made = invitations::invite(db, actor, offer, addresses, now).await?;
            return Ok(Some(MadeRow::of(app, made)));
        }
        "revoke" => invitations::revoke(db, actor, value("invitation"), now).await?,
        "member" => {
            let account = account(app, &value("username")).await?;
            directory::set_member(db, actor, id, account, value("role"), None, now).await?;
        }
        "remove" => {
            let account = account(app, &value("username")).await?;
            directory::remove_member(db, actor, id, account, now).await?;
        }
        "leave" => directory::remove_member(db, actor, id, user.id(), now).await?,
        "rename" => directory::rename(db, actor, id, value("name"), now).await?,
        "delete" => {
            if value("confirm") != team.slug {
                let message = format!("Type {} to delete the team.", team.slug);
                return Err(ChangeError::at("confirm", message));
            }
            directory::delete(db, actor, id, now).await?;
        }
        _ => return Err(ChangeError::Refused("There is nothing to do by that name.")),
    }
    Ok(None)
}

/// The member of this user name.
async fn account(app: &AppState, name: &str) -> Result<AccountId, ChangeError> {
    let found = accounts::by_sign_in_name(&mut app.db.read().await?, &names::key(name)).await?;
    found
        .map(|account| account.id)
        .ok_or(ChangeError::Refused("The person is not in this team."))
}
