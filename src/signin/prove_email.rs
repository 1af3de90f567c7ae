//! The page of a link that proves an address. Only submitting its form proves it, so that programs which follow links
//! in mail do not.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;

use super::register::{Waiting, email_proof_ended};
use super::reset::without_referrer;
use crate::app::AppState;
use crate::directory::email_proofs::{GetEmailProof, ProveEmail};
use crate::directory::signed_id::{Purpose, SignedId};
use crate::model::refusal::Code;
use crate::paths;
use crate::web::error::PageError;
use crate::web::page::page;
use crate::web::submission::{Submission, Visitor};
use crate::web::visit::Visit;

page! {
    /// The page that asks whether an address belongs to an account.
    ProveEmailPage "signin/prove_email.html" {
        /// The address.
        address: String,
        /// The username of the account.
        username: String,
        /// The URL to submit the form to.
        action: String,
    }
}

page! {
    /// The page after an address was proven.
    ProvenEmail "signin/proven_email.html" {
        /// The address.
        address: String,
    }
}

fn as_ended(failure: crate::directory::Failure) -> PageError {
    if failure.is(Code::EmailProofEnded) {
        return email_proof_ended();
    }
    failure.into()
}

/// Shows the address and the account.
///
/// # Errors
/// An error page if the link was used or altered, or has expired.
pub async fn show(
    State(app): State<Arc<AppState>>,
    visit: Visit,
    Path(segment): Path<String>,
) -> Result<Response, PageError> {
    let link = SignedId::open(&app.master, Purpose::EmailProof, &segment).ok_or_else(email_proof_ended)?;
    let found = app.directory.read(&visit.actor(), GetEmailProof { link }).await;
    let offered = found.map_err(as_ended)?;
    let page = ProveEmailPage {
        address: offered.address,
        username: offered.username,
        action: app.config.server.issuer.local(paths::PROVE_EMAIL.of([segment])),
    };
    Ok(without_referrer(visit.show(&app, StatusCode::OK, &page)))
}

/// Proves the address.
///
/// # Errors
/// An error page if the link was used or altered, or has expired, or the CSRF token is wrong.
pub async fn prove(Path(segment): Path<String>, sent: Submission<Visit>) -> Result<Response, PageError> {
    let link =
        SignedId::open(&sent.app.master, Purpose::EmailProof, &segment).ok_or_else(email_proof_ended)?;
    let get = GetEmailProof { link: link.clone() };
    let found = sent.app.directory.read(&sent.user.actor(), get).await;
    let address = found.map_err(as_ended)?.address;
    let response = if sent.change(ProveEmail { link }).await.map_err(as_ended)? {
        sent.show(StatusCode::OK, &ProvenEmail { address })
    } else {
        sent.show(StatusCode::OK, &Waiting::for_approval())
    };
    Ok(without_referrer(response))
}
