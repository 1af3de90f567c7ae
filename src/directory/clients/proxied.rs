//! The rules for websites behind a reverse proxy: the form of their redirect URIs, and that each has a host of its own.

use std::collections::HashSet;

use crate::directory::Failure;
use crate::model::ClientId;
use crate::model::client::{ClientSettings, Login, PROXY_CALLBACK, origin_of};
use crate::model::refusal::{Code, Refusal};
use crate::store::{Conn, clients};

/// What is wrong with the redirect URIs of websites behind a reverse proxy.
pub(super) fn reasons(settings: &ClientSettings) -> Vec<Refusal> {
    let is_callback = |uri: &&String| {
        let origin = uri.strip_suffix(PROXY_CALLBACK);
        origin.is_some_and(|origin| origin_of(uri).as_deref() == Some(origin))
    };
    let uris = settings
        .redirect_uris
        .iter()
        .filter(|_| settings.login == Login::Proxy);
    uris.filter(|uri| !is_callback(uri))
        .map(|uri| Code::ProxyUri.at("redirect_uris").with("uri", uri))
        .collect()
}

/// Succeeds if no two websites behind a reverse proxy have the same host, on any port, since they would share their
/// cookies. The caller's write makes concurrent changes of apps wait for this transaction.
pub(super) async fn ensure_own_hosts(
    conn: &mut Conn,
    id: &ClientId,
    settings: &ClientSettings,
) -> Result<(), Failure> {
    if settings.login != Login::Proxy {
        return Ok(());
    }
    let all = clients::list(conn).await?;
    let others = all.iter().filter(|other| other.id != *id);
    let mut taken: HashSet<String> = others.flat_map(|other| hosts(&other.settings)).collect();
    if hosts(settings).all(|host| taken.insert(host)) {
        Ok(())
    } else {
        Err(Code::Taken.at("redirect_uris").into())
    }
}

fn hosts(settings: &ClientSettings) -> impl Iterator<Item = String> {
    let urls = settings
        .proxied_origins()
        .filter_map(|origin| url::Url::parse(&origin).ok());
    urls.filter_map(|url| url.host_str().map(str::to_owned))
}
