//! The error page of the sample app.

use axum::http::StatusCode;
use axum::response::Response;

use super::{NAME, SampleApp};
use crate::demo::failure::Failure;
use crate::web::error_pages::Fact;
use crate::web::page::page;

page! {
    /// The error page.
    DemoError "demo/error.html" {
        /// The sample app's name.
        app: String,
        /// What happened, in a few words.
        heading: String,
        /// The explanation, and what to do next.
        sentence: String,
        /// The error of the provider or of a check.
        facts: Vec<Fact>,
    }
}

impl SampleApp {
    /// The error page for a failure.
    pub(super) fn failed(&self, heading: &str, failure: Failure) -> Response {
        let status = match failure {
            Failure::Unreachable(_) => StatusCode::BAD_GATEWAY,
            Failure::Refused { .. } | Failure::Invalid(_) => StatusCode::BAD_REQUEST,
        };
        let page = DemoError {
            app: NAME.to_owned(),
            heading: heading.to_owned(),
            sentence: sentence(&failure, self.relying_party.issuer()),
            facts: facts(failure),
        };
        self.page(status, &page, "")
    }
}

fn sentence(failure: &Failure, issuer: &str) -> String {
    match failure {
        Failure::Unreachable(_) => {
            format!("Doorward did not respond as expected. Check that it runs at {issuer}, then start again.")
        }
        Failure::Refused { error, .. } => match error.as_str() {
            "access_denied" => "Access was denied at Doorward. You can start again.",
            "invalid_grant" => "Doorward no longer accepts this app's tokens. Sign in again to continue.",
            _ => "Doorward refused the request with the error below.",
        }
        .to_owned(),
        Failure::Invalid(_) => {
            "Doorward's response did not pass the checks of this app, so it was discarded.".to_owned()
        }
    }
}

fn facts(failure: Failure) -> Vec<Fact> {
    match failure {
        Failure::Unreachable(cause) | Failure::Invalid(cause) => vec![Fact::new("cause", cause)],
        Failure::Refused { error, description } => {
            let mut facts = vec![Fact::new("error", error)];
            facts.extend(description.map(|text| Fact::new("error_description", text)));
            facts
        }
    }
}
