//! What the hosted pages show. Each struct holds exactly what its template under `templates/signin/` reads.

use serde::Serialize;

use crate::clock::Time;
use crate::web::page::{AppTile, FieldError, Link, Notice, Page, Person};

/// Sign-in with a password.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SignIn {
    /// The app that waits, if one does.
    pub app: Option<AppTile>,
    /// Who has to prove themselves again; then only the password is asked.
    pub person: Option<Person>,
    /// What was typed or hinted so far.
    pub username: String,
    /// What was wrong with the last try.
    pub errors: Vec<FieldError>,
    /// Why the page is shown, if that is not plain.
    pub notice: Option<Notice>,
    /// The attempt to sign in, sealed.
    pub attempt: Option<String>,
    /// Where an account can be created, if registration is open.
    pub register: Option<String>,
}

impl Page for SignIn {
    const TEMPLATE: &'static str = "signin/sign_in.html";
}

/// A session that the browser holds, as the account chooser lists it.
#[derive(Clone, Debug, Serialize)]
pub struct Choice {
    /// The session's id, the value that choosing it sends.
    pub id: String,
    /// Whose session it is.
    pub person: Person,
    /// When they signed in.
    pub signed_in: Time,
}

/// The account chooser.
#[derive(Clone, Debug, Serialize)]
pub struct Accounts {
    /// The app that waits, if one does.
    pub app: Option<AppTile>,
    /// The live sessions of this browser.
    pub sessions: Vec<Choice>,
    /// The attempt to sign in, sealed.
    pub attempt: Option<String>,
}

impl Page for Accounts {
    const TEMPLATE: &'static str = "signin/accounts.html";
}

/// One scope, in words a person understands.
#[derive(Clone, Debug, Serialize)]
pub struct ScopeLine {
    /// The scope's name; it chooses the icon.
    pub scope: String,
    /// What the app will be able to do, as the end of "This lets Grafana …".
    pub sentence: String,
    /// The claims that it reveals.
    pub claims: Vec<String>,
}

impl ScopeLine {
    /// A line from its parts.
    #[must_use]
    pub fn new(scope: impl Into<String>, sentence: impl Into<String>, claims: &[&str]) -> Self {
        Self {
            scope: scope.into(),
            sentence: sentence.into(),
            claims: claims.iter().map(|&claim| claim.to_owned()).collect(),
        }
    }
}

/// Consent: what an app asks for.
#[derive(Clone, Debug, Serialize)]
pub struct Consent {
    /// Who asks.
    pub app: AppTile,
    /// Who is asked.
    pub person: Person,
    /// What is asked, in the order of the scopes' catalogue.
    pub scopes: Vec<ScopeLine>,
    /// Whether the app also wants to keep access while the person is away.
    pub offline: bool,
    /// The app's privacy policy.
    pub policy: Option<String>,
    /// The app's terms of service.
    pub terms: Option<String>,
    /// The attempt to sign in, sealed.
    pub attempt: String,
}

impl Page for Consent {
    const TEMPLATE: &'static str = "signin/consent.html";
}

/// The question whether to sign out, asked when the app's request does not prove itself.
#[derive(Clone, Debug, Serialize)]
pub struct SignOut {
    /// The app that asks, if it is known.
    pub app: Option<AppTile>,
    /// Who is signed in.
    pub person: Person,
    /// What the answer must carry on, as names and values of hidden fields.
    pub fields: Vec<(String, String)>,
}

impl Page for SignOut {
    const TEMPLATE: &'static str = "signin/sign_out.html";
}

/// The end of a session.
#[derive(Clone, Debug, Serialize)]
pub struct SignedOut {
    /// The way back to the app, if it registered one.
    pub back: Option<Link>,
}

impl Page for SignedOut {
    const TEMPLATE: &'static str = "signin/signed_out.html";
}

/// First-run set-up: the first account, number 0.
#[derive(Clone, Debug, Serialize)]
pub struct Setup {
    /// Whether the code printed at start has to be typed (not from loopback).
    pub needs_code: bool,
    /// The code, as typed.
    pub code: String,
    /// The organisation's name, as typed.
    pub organisation: String,
    /// The username, as typed.
    pub username: String,
    /// The display name, as typed.
    pub name: String,
    /// The e-mail address, as typed.
    pub email: String,
    /// The least number of characters of a password.
    pub min_password: usize,
    /// What was wrong with the last try.
    pub errors: Vec<FieldError>,
}

impl Page for Setup {
    const TEMPLATE: &'static str = "signin/set_up.html";
}

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

/// Something is done, or has to wait; there is nothing to fill in.
#[derive(Clone, Debug, Serialize)]
pub struct Waiting {
    /// What is so, as the heading.
    pub heading: &'static str,
    /// What comes next, in a sentence or two.
    pub lead: &'static str,
}

impl Page for Waiting {
    const TEMPLATE: &'static str = "signin/waiting.html";
}
