//! The HTTP client for the `openidconnect` crate, without redirects and with limits of time and size.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

use openidconnect::{AsyncHttpClient, HttpRequest, HttpResponse};

/// The time limit of a request; the provider is on the same machine.
const TIMEOUT: Duration = Duration::from_secs(10);
/// The maximum size of a response in bytes.
const MAX_RESPONSE: usize = 1 << 20;

/// The HTTP client.
#[derive(Debug)]
pub struct Http(reqwest::Client);

impl Http {
    /// A client that keeps connections open and uses no proxy.
    pub fn new() -> reqwest::Result<Self> {
        reqwest::Client::builder()
            // A redirect could send the app's credentials to another server.
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .timeout(TIMEOUT)
            .build()
            .map(Self)
    }
}

/// Why a request failed.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    #[error(transparent)]
    Transport(#[from] reqwest::Error),
    #[error("the response is larger than {MAX_RESPONSE} bytes")]
    TooLarge,
}

impl<'c> AsyncHttpClient<'c> for Http {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            let mut response = self.0.execute(request.try_into()?).await?;
            let mut body = Vec::new();
            while let Some(chunk) = response.chunk().await? {
                if body.len() + chunk.len() > MAX_RESPONSE {
                    return Err(HttpError::TooLarge);
                }
                body.extend_from_slice(&chunk);
            }
            let mut complete = HttpResponse::new(body);
            *complete.status_mut() = response.status();
            std::mem::swap(complete.headers_mut(), response.headers_mut());
            Ok(complete)
        })
    }
}
