//! Builds authorization responses in the query, in the fragment or as a form (OAuth 2.0 Multiple Response
//! Types, Form Post).

use super::authorize::{ResponseMode, TrustedRedirect};
use super::error::OAuthError;

/// How the browser sends the response to the app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// By a redirect to this URL.
    Redirect(String),
    /// By a form that it submits.
    FormPost {
        /// The app's redirect URI.
        action: String,
        /// The fields of the form.
        fields: Vec<(&'static str, String)>,
    },
}

/// The response with a code.
#[must_use]
pub fn success(redirect: &TrustedRedirect, issuer: &str, code: &str) -> Delivery {
    deliver(redirect, issuer, vec![("code", code.to_owned())])
}

/// The response with an error.
#[must_use]
pub fn failure(redirect: &TrustedRedirect, issuer: &str, error: &OAuthError) -> Delivery {
    let fields = vec![
        ("error", error.code.to_owned()),
        ("error_description", error.description.to_string()),
    ];
    deliver(redirect, issuer, fields)
}

fn deliver(redirect: &TrustedRedirect, issuer: &str, mut fields: Vec<(&'static str, String)>) -> Delivery {
    if let Some(state) = &redirect.state {
        fields.push(("state", state.clone()));
    }
    // RFC 9207: the issuer in every response prevents mix-up attacks.
    fields.push(("iss", issuer.to_owned()));
    let uri = redirect.uri();
    match redirect.mode {
        ResponseMode::FormPost => Delivery::FormPost {
            action: uri.to_owned(),
            fields,
        },
        ResponseMode::Query => {
            let joint = if uri.contains('?') { '&' } else { '?' };
            Delivery::Redirect(format!("{uri}{joint}{}", encode(&fields)))
        }
        ResponseMode::Fragment => Delivery::Redirect(format!("{uri}#{}", encode(&fields))),
    }
}

fn encode(fields: &[(&'static str, String)]) -> String {
    form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish()
}
