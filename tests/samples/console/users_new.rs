//! Examples of the form that adds a user.

use doorward::console::shell::NavItem;
use doorward::console::users_new::NewUser;
use doorward::directory::accounts::NewAccountOptions;
use doorward::web::page::FieldError;

use super::parts::shell;
use super::users::roles;
use super::{Sample, of};

pub fn all() -> Vec<Sample> {
    of([new_user(), wrong_new_user(), new_user_by_link_or_mail()])
}

fn new_user() -> NewUser {
    NewUser {
        shell: shell(NavItem::Users),
        username: String::new(),
        name: String::new(),
        email: String::new(),
        email_verified: false,
        role: String::new(),
        options: options(true),
        errors: Vec::new(),
    }
}

fn options(sets_password: bool) -> NewAccountOptions {
    NewAccountOptions {
        roles: roles(),
        sets_password,
        verifies_email: sets_password,
        mails_temporary_password: false,
        min_password: 12,
    }
}

fn wrong_new_user() -> NewUser {
    NewUser {
        username: "bob".into(),
        email_verified: true,
        role: "admin".into(),
        errors: vec![
            FieldError::at("username", "This username is taken. Choose another one."),
            FieldError::at("password", "Use at least 12 characters."),
        ],
        ..new_user()
    }
}

fn new_user_by_link_or_mail() -> NewUser {
    NewUser {
        options: NewAccountOptions {
            mails_temporary_password: true,
            ..options(false)
        },
        ..new_user()
    }
}
