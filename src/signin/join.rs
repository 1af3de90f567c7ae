//! The form for joining, which registration and invitations share.

use crate::web::page::{FieldError, Person, page};

page! {
    /// The page with the form for joining, by registration or by invitation.
    Join "signin/join.html" {
        /// The heading.
        heading: String,
        /// The explanation, as a sentence.
        lead: String,
        /// The URL to submit the form to.
        action: String,
        /// The sealed sign-in attempt that continues afterwards.
        attempt: Option<String>,
        /// The username, as typed.
        username: String,
        /// The display name, as typed.
        name: String,
        /// The e-mail address, as typed or from the invitation.
        email: String,
        /// The fields of the form besides the password.
        fields: Vec<&'static str>,
        /// The domains that the e-mail address may have; empty for any.
        domains: Vec<String>,
        /// Whether the form may create an account.
        may_create_account: bool,
        /// The signed-in user, who can join with the existing account.
        person: Option<Person>,
        /// The URL to sign in at instead.
        sign_in: Option<String>,
        /// The URL at which to choose another account.
        other_account: String,
        /// The minimum length of a password.
        min_password: usize,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
    }
}
