//! The form for joining, which registration and invitations share.

use crate::web::page::{FieldError, Page, Person};
use serde::Serialize;

/// The page with the form for joining, by registration or by invitation.
#[derive(Clone, Debug, Serialize)]
pub struct Join {
    /// The heading.
    pub heading: String,
    /// The explanation, as a sentence.
    pub lead: String,
    /// The URL to submit the form to.
    pub action: String,
    /// The sealed sign-in attempt that continues afterwards.
    pub attempt: Option<String>,
    /// The username, as typed.
    pub username: String,
    /// The display name, as typed.
    pub name: String,
    /// The e-mail address, as typed or from the invitation.
    pub email: String,
    /// The fields of the form besides the password.
    pub fields: Vec<&'static str>,
    /// The domains at which the e-mail address must be; empty for any.
    pub domains: Vec<String>,
    /// Whether the form may create an account.
    pub may_create_account: bool,
    /// The signed-in user, who can join with the existing account.
    pub person: Option<Person>,
    /// The URL to sign in at instead.
    pub sign_in: Option<String>,
    /// The URL to choose another account than the current one at.
    pub other_account: String,
    /// The minimum length of a password.
    pub min_password: usize,
    /// The mistakes in the submitted form.
    pub errors: Vec<FieldError>,
}

impl Page for Join {
    const TEMPLATE: &'static str = "signin/join.html";
}
