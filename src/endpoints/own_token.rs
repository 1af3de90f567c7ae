//! JWTs of the client credentials grant, which are stored only once they are revoked.

use std::time::Duration;

use super::client_auth::AuthenticatedClient;
use crate::app::AppState;
use crate::crypto::{Algorithm, Claims, Expected, JwsAlgorithm, Typ, verify};

/// The claims of such a token, if it was issued to this app and has not expired.
pub(super) fn claims(app: &AppState, client: &AuthenticatedClient, token: &str) -> Option<Claims> {
    let algs: Vec<JwsAlgorithm> = Algorithm::ALL.iter().map(|alg| alg.jws()).collect();
    let expected = Expected {
        typ: Typ::AccessToken,
        algs: &algs,
    };
    let claims = verify(token, app.keyring().as_ref(), expected).ok()?;
    let is_own = ["sub", "client_id"].map(|name| claims.str(name) == Some(client.id.as_str()));
    let is_live = claims.check_times(app.clock.now(), Duration::ZERO).is_ok();
    (is_own == [true, true] && is_live).then_some(claims)
}
