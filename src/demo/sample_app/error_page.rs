//! The error page of the sample app.

use axum::http::StatusCode;
use axum::response::Response;
use serde::Serialize;

use super::{NAME, SampleApp};
use crate::demo::failure::Failure;
use crate::web::error_pages::Fact;
use crate::web::page::Page;

/// The error page.
#[derive(Clone, Debug, Serialize)]
pub struct DemoError {
    /// The sample app's name.
    pub app: String,
    /// What happened, in a few words.
    pub heading: String,
    /// The explanation, and what to do next.
    pub sentence: String,
    /// The error of the provider or of a check.
    pub facts: Vec<Fact>,
}

impl Page for DemoError {
    const TEMPLATE: &'static str = "demo/error.html";
}

impl SampleApp {
    /// The error page for a failure.
    pub(super) fn failed(&self, heading: &str, failure: Failure) -> Response {
        let status = match failure {
            Failure::Unreachable(_) => StatusCode::BAD_GATEWAY,
            Failure::Refused { .. } | Failure::Distrusted(_) => StatusCode::BAD_REQUEST,
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
            format!("Doorward did not answer as expected. Check that it runs at {issuer}, then start again.")
        }
        Failure::Refused { error, .. } => match error.as_str() {
            "access_denied" => "Doorward says that access was denied. You can start again.",
            "invalid_grant" => "Doorward no longer accepts what this app holds. Sign in again to go on.",
            _ => "Doorward refused the request, and says why below.",
        }
        .to_owned(),
        Failure::Distrusted(_) => {
            "What came back did not pass the checks of this app, so it was thrown away.".to_owned()
        }
    }
}

fn facts(failure: Failure) -> Vec<Fact> {
    match failure {
        Failure::Unreachable(what) | Failure::Distrusted(what) => vec![Fact::new("what happened", what)],
        Failure::Refused { error, description } => {
            let mut facts = vec![Fact::new("error", error)];
            facts.extend(description.map(|text| Fact::new("error_description", text)));
            facts
        }
    }
}
