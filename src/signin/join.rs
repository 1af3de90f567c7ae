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
    /// What the form asks for besides the password.
    pub asks: Vec<&'static str>,
    /// The domains that an address must have.
    pub domains: Vec<String>,
    /// Whether the link may lead to an account that is not there yet.
    pub may_make_account: bool,
    /// Who is signed in and could join as they are.
    pub person: Option<Person>,
    /// The URL to sign in at instead.
    pub sign_in: Option<String>,
    /// Where to choose another account than the one that is signed in.
    pub elsewhere: String,
    /// The least number of characters of a password.
    pub min_password: usize,
    /// The mistakes in the submitted form.
    pub errors: Vec<FieldError>,
}

impl Page for Join {
    const TEMPLATE: &'static str = "signin/join.html";
}
