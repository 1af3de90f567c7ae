//! The options of the form that creates an account.

use serde::Serialize;

use super::RoleChoice;
use super::password::{password_policy, require_chosen_passwords};
use crate::directory::{Caller, Failure, ReadContext, operation};
use crate::model::permission::Permission;
use crate::model::role::RoleLevel;
use crate::store::mail_settings;

operation! {
    /// Reads the options for a new account.
    read GetNewAccountOptions -> NewAccountOptions, requires AccountCreate;
}

/// The options for a new account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NewAccountOptions {
    /// The roles that the account may begin with, without the default one.
    pub roles: Vec<RoleChoice>,
    /// Whether a password may be chosen for somebody else.
    pub sets_password: bool,
    /// Whether the address may be added as verified.
    pub verifies_email: bool,
    /// Whether a temporary password is mailed to an account that has an address.
    pub mails_temporary_password: bool,
    /// The minimum length of a password.
    pub min_password: usize,
}

impl GetNewAccountOptions {
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<NewAccountOptions, Failure> {
        // Once the account is created, its page shows the link for its owner, and that page requires this permission.
        context.require(Permission::AccountRead)?;
        let has_mail = mail_settings::get(context.conn()).await?.is_some();
        Ok(NewAccountOptions {
            roles: roles_to_create(context),
            sets_password: require_chosen_passwords(context).is_ok(),
            verifies_email: context.may(Permission::AccountUpdate),
            mails_temporary_password: has_mail && context.scheme.mail_temporary_passwords,
            min_password: password_policy(&context.scheme).min_length,
        })
    }
}

/// The roles that the caller may create accounts with, without the default one.
pub(in crate::directory) fn roles_to_create(caller: &Caller) -> Vec<RoleChoice> {
    let scheme = &caller.scheme;
    let may_create = |name: &str| {
        scheme.default_role.as_deref() != Some(name) && caller.authorization.require_create_as(name).is_ok()
    };
    scheme
        .roles_of(RoleLevel::Instance)
        .filter(|role| may_create(&role.name))
        .map(|role| RoleChoice {
            name: role.name.clone(),
            title: role.title.clone(),
        })
        .collect()
}
