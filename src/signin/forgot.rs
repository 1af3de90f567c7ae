//! Replacing a forgotten password: by mail or, without a mail server, with an administrator's help.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;

use crate::app::AppState;
use crate::auth::throttle::count_reset_request;
use crate::directory::resets::RequestReset;
use crate::directory::schemes;
use crate::model::scheme::ResetMode;
use crate::store::mail_settings;
use crate::web::error::PageError;
use crate::web::page::{FieldError, page};
use crate::web::submission::{PageRequest, Submission, Visitor};
use crate::web::visit::Visit;
use crate::words;

page! {
    /// The page for a forgotten password.
    ForgotPassword "signin/forgot_password.html" {
        /// Whether a link is mailed to whoever asks for one.
        by_mail: bool,
        /// Whether administrators hand over a code for the sign-in page.
        by_code: bool,
        /// Whether a link was just asked for.
        sent: bool,
        /// The mistakes in the submitted form.
        errors: Vec<FieldError>,
    }
}

/// Whether a link is mailed to whoever asks for one.
pub(super) async fn is_by_mail(app: &AppState) -> Result<bool, PageError> {
    Ok(mail_settings::get(&mut app.db.read().await?).await?.is_some())
}

async fn page(app: &AppState, sent: bool, errors: Vec<FieldError>) -> Result<ForgotPassword, PageError> {
    Ok(ForgotPassword {
        by_mail: is_by_mail(app).await?,
        by_code: schemes::active(&app.db).await?.reset == ResetMode::LoginForm,
        sent,
        errors,
    })
}

/// Shows the page.
///
/// # Errors
/// When the database fails.
pub async fn show(request: PageRequest<Visit>) -> Result<Response, PageError> {
    let (app, visit) = (request.app, request.user);
    let page = page(&app, false, Vec::new()).await?;
    Ok(visit.show(&app, StatusCode::OK, &page))
}

/// Mails a link to the verified addresses of the account. The answer is the same whether or not the username exists.
///
/// # Errors
/// An error page if the CSRF token is wrong.
pub async fn request(sent: Submission<Visit>) -> Result<Response, PageError> {
    let (app, now) = (&sent.app, sent.app.clock.now());
    if let Some(until) = count_reset_request(&app.db, &sent.user.network(), now).await? {
        let seconds = until.since(now).as_secs() + 1;
        let error = FieldError::form(words::resets_throttled(seconds.div_ceil(60)));
        let page = page(app, false, vec![error]).await?;
        let mut response = sent.show(StatusCode::TOO_MANY_REQUESTS, &page);
        let headers = response.headers_mut();
        headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        return Ok(response);
    }
    let request = RequestReset::new(sent.trimmed("username"), &app.master, now);
    app.directory.change(&sent.user.actor(), request).await?;
    let page = page(app, true, Vec::new()).await?;
    Ok(sent.show(StatusCode::OK, &page))
}
