//! The console: pages for administrators, a file for each kind of object. The operations of `directory` decide what the
//! user may do.

pub mod app_claims;
mod app_form;
pub mod app_links;
pub mod app_new;
pub mod app_pages;
pub mod app_preview;
pub mod app_roles;
pub mod app_settings;
pub mod app_tokens;
pub mod apps;
pub mod apps_connect;
pub mod audit;
mod console_user;
pub mod error;
pub mod groups;
pub mod invitations;
pub mod mail;
pub mod mail_server;
pub mod overview;
mod paging;
pub mod roles;
pub mod settings;
pub mod shell;
pub mod teams;
pub mod user;
mod user_changes;
mod user_resets;
pub mod users;
pub mod users_bulk;
pub mod users_new;
pub mod users_query;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;
use axum::routing::{get, post};

use self::app_links::AppLinks;
use self::app_settings::AppSettings;
use self::app_tokens::AppTokens;
use self::console_user::ConsoleUser;
use crate::app::AppState;
use crate::web::recent::Recent;
use crate::web::upload::MAX_FORM_BYTES;
use crate::web::{routes, team_pages};

/// The routes of the console.
pub fn routes(app: &Arc<AppState>) -> Router<Arc<AppState>> {
    let own = routes! {
        CONSOLE => get(overview::show),
        CONSOLE_USERS => get(users::list),
        CONSOLE_USERS_BULK => post(users_bulk::apply),
        CONSOLE_USERS_NEW => get(users_new::show).post(users_new::create),
        CONSOLE_USER => get(user::show),
        CONSOLE_USER_ACCESS => get(user::show_access),
        CONSOLE_USER_SIGN_IN => get(user::show_sign_in),
        CONSOLE_USER_SESSIONS => get(user::show_sessions),
        CONSOLE_USER_HISTORY => get(user::show_history),
        CONSOLE_ROLES => get(roles::show),
        CONSOLE_SETTINGS => get(settings::show),
        CONSOLE_SETTINGS_PEOPLE => post(settings::change_people),
        CONSOLE_SETTINGS_SIGN_IN => post(settings::change_sign_in),
        CONSOLE_SETTINGS_BRANDING => post(settings::change_branding),
        CONSOLE_INVITATIONS => get(invitations::list).post(invitations::invite),
        CONSOLE_INVITATIONS_REVOKE => post(invitations::revoke),
        CONSOLE_AUDIT => get(audit::show),
        CONSOLE_AUDIT_EXPORT => get(audit::export),
    };
    own.merge(user_detail_routes())
        .merge(user_access_routes())
        .merge(team_routes())
        .merge(group_routes())
        .merge(mail_routes())
        .merge(app_routes())
        .layer(from_fn_with_state(app.clone(), error::keep_the_navigation))
}

/// The routes that change an account's profile, addresses and roles.
fn user_detail_routes() -> Router<Arc<AppState>> {
    routes! {
        CONSOLE_USER_PROFILE => post(user_changes::update_profile),
        CONSOLE_USER_EMAILS => post(user_changes::add_email),
        CONSOLE_USER_EMAIL_REMOVE => post(user_changes::remove_email),
        CONSOLE_USER_EMAIL_VERIFY => post(user_changes::verify_email),
        CONSOLE_USER_EMAIL_PRIMARY => post(user_changes::make_email_primary),
        CONSOLE_USER_TEAMS => post(user_changes::add_to_team),
        CONSOLE_USER_GROUPS => post(user_changes::add_to_group),
        CONSOLE_USER_ROLES => post(user_changes::grant_role),
        CONSOLE_USER_ROLE_REVOKE => post(user_changes::revoke_role),
    }
}

/// The routes that change whether an account can be used.
fn user_access_routes() -> Router<Arc<AppState>> {
    routes! {
        CONSOLE_USER_SESSIONS_END => post(user_changes::end_sessions),
        CONSOLE_USER_DEVICE_FORGET => post(user_changes::forget_device),
        CONSOLE_USER_INVITE => post(user_changes::invite),
        CONSOLE_USER_APPROVE => post(user_changes::approve),
        CONSOLE_USER_REJECT => post(user_changes::reject),
        CONSOLE_USER_VALIDITY => post(user_changes::set_validity),
        CONSOLE_USER_SECOND_FACTORS_REMOVE => post(user_changes::remove_second_factors),
        CONSOLE_USER_ACT_PASSWORD => post(user_resets::make_acting_password),
        CONSOLE_USER_PASSWORD_LINK => post(user_resets::make_link),
        CONSOLE_USER_PASSWORD_CODE => post(user_resets::make_code),
        CONSOLE_USER_PASSWORD_TEMPORARY => post(user_resets::make_temporary),
        CONSOLE_USER_PASSWORD => post(user_resets::set_password),
        CONSOLE_USER_SUSPEND => post(user_changes::suspend),
        CONSOLE_USER_ACTIVATE => post(user_changes::activate),
        CONSOLE_USER_DELETE => post(user_changes::delete),
        CONSOLE_USER_RESTORE => post(user_changes::restore),
    }
}

fn team_routes() -> Router<Arc<AppState>> {
    routes! {
        CONSOLE_TEAMS => get(teams::list).post(teams::create),
        CONSOLE_TEAM => get(team_pages::show::<ConsoleUser>),
        CONSOLE_TEAM_RENAME => post(team_pages::rename::<ConsoleUser>),
        CONSOLE_TEAM_SECOND_FACTOR => post(team_pages::set_second_factor::<Recent<ConsoleUser>>),
        CONSOLE_TEAM_DELETE => post(team_pages::delete::<ConsoleUser>),
        CONSOLE_TEAM_MEMBERS => post(team_pages::set_member::<ConsoleUser>),
        CONSOLE_TEAM_MEMBER_REMOVE => post(team_pages::remove_member::<ConsoleUser>),
        CONSOLE_TEAM_INVITATIONS => post(team_pages::invite::<ConsoleUser>),
        CONSOLE_TEAM_INVITATION_REVOKE => post(team_pages::revoke_invitation::<ConsoleUser>),
    }
}

fn app_routes() -> Router<Arc<AppState>> {
    routes! {
        CONSOLE_APPS => get(apps::list),
        CONSOLE_APPS_CONNECT => get(apps_connect::list),
        CONSOLE_APPS_CONNECT_ONE => get(apps_connect::show).post(apps_connect::connect),
        CONSOLE_APPS_CONNECTED => get(apps_connect::connected),
        CONSOLE_APPS_NEW => get(app_new::show).post(app_new::create),
        CONSOLE_APP => get(app_pages::show),
        CONSOLE_APP_ACCESS => get(app_pages::show_access).post(app_pages::let_in),
        CONSOLE_APP_ACCESS_REMOVE => post(app_pages::shut_out),
        CONSOLE_APP_SECOND_FACTOR => post(app_pages::set_second_factor),
        CONSOLE_APP_ROLES => get(app_roles::show).post(app_roles::grant),
        CONSOLE_APP_ROLES_REVOKE => post(app_roles::revoke),
        CONSOLE_APP_CLAIMS => get(app_claims::show).post(app_claims::save),
        CONSOLE_APP_CLAIMS_REMOVE => post(app_claims::remove),
        CONSOLE_APP_CLAIMS_UP => post(app_claims::move_up),
        CONSOLE_APP_SETTINGS => get(app_settings::show::<AppSettings>).post(app_settings::save::<AppSettings>),
        CONSOLE_APP_TOKENS => get(app_settings::show::<AppTokens>).post(app_settings::save::<AppTokens>),
        CONSOLE_APP_LINKS => get(app_settings::show::<AppLinks>).post(app_settings::save::<AppLinks>),
        CONSOLE_APP_LOGO => post(app_links::set_logo).layer(DefaultBodyLimit::max(MAX_FORM_BYTES)),
        CONSOLE_APP_LOGO_REMOVE => post(app_links::remove_logo),
        CONSOLE_APP_PREVIEW => get(app_preview::show),
        CONSOLE_APP_SECRETS => post(app_pages::add_secret),
        CONSOLE_APP_SECRETS_DROP => post(app_pages::drop_old_secrets),
        CONSOLE_APP_REDIRECTS_APPROVE => post(app_pages::approve),
        CONSOLE_APP_REDIRECTS_REJECT => post(app_pages::reject),
        CONSOLE_APP_DISABLE => post(app_pages::disable),
        CONSOLE_APP_ENABLE => post(app_pages::enable),
        CONSOLE_APP_DELETE => post(app_pages::delete),
    }
}

fn group_routes() -> Router<Arc<AppState>> {
    routes! {
        CONSOLE_GROUPS => get(groups::list).post(groups::create),
        CONSOLE_GROUP => get(groups::show),
        CONSOLE_GROUP_RENAME => post(groups::rename),
        CONSOLE_GROUP_SECOND_FACTOR => post(groups::set_second_factor),
        CONSOLE_GROUP_DELETE => post(groups::delete),
        CONSOLE_GROUP_MEMBERS => post(groups::add_member),
        CONSOLE_GROUP_MEMBER_REMOVE => post(groups::remove_member),
        CONSOLE_GROUP_INNER => post(groups::add_group),
        CONSOLE_GROUP_INNER_REMOVE => post(groups::remove_group),
    }
}

fn mail_routes() -> Router<Arc<AppState>> {
    routes! {
        CONSOLE_SETTINGS_MAIL => get(mail::show),
        CONSOLE_SETTINGS_MAIL_SERVER => get(mail_server::show).post(mail_server::submit),
        CONSOLE_SETTINGS_MAIL_OFF => post(mail_server::turn_off),
        CONSOLE_SETTINGS_MAIL_RETRY => post(mail::retry),
        CONSOLE_SETTINGS_MAIL_RETRY_ALL => post(mail::retry_all),
        CONSOLE_SETTINGS_MAIL_DISCARD => post(mail::discard),
    }
}
