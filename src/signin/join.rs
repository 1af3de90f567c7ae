//! The form of a person who joins, which registration and invitations share.

use crate::web::page::{FieldError, Page, Person};
use serde::Serialize;

/// The form of a person who joins: who registers, or who holds an invitation.
#[derive(Clone, Debug, Serialize)]
pub struct Join {
    /// What happens, as the heading.
    pub heading: String,
    /// What comes of it, in a sentence.
    pub lead: String,
    /// Where the form leads, below the issuer.
    pub action: String,
    /// The attempt to sign in, sealed, that goes on afterwards.
    pub attempt: Option<String>,
    /// The username, as typed.
    pub username: String,
    /// The display name, as typed.
    pub name: String,
    /// The e-mail address, as typed or as invited.
    pub email: String,
    /// What the form asks for besides the password.
    pub asks: Vec<&'static str>,
    /// The domains that an address must have.
    pub domains: Vec<String>,
    /// Whether the link may lead to an account that is not there yet.
    pub may_make_account: bool,
    /// Who is signed in and could join as they are.
    pub person: Option<Person>,
    /// Where to sign in instead.
    pub sign_in: Option<String>,
    /// Where to choose another account than the one that is signed in.
    pub elsewhere: String,
    /// The least number of characters of a password.
    pub min_password: usize,
    /// What was wrong with the last try.
    pub errors: Vec<FieldError>,
}

impl Page for Join {
    const TEMPLATE: &'static str = "signin/join.html";
}
