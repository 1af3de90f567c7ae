//! `doorward keys`: the keys that sign tokens.

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::Host;
use crate::cli::terminal::confirm;
use crate::clock::Time;
use crate::crypto::Algorithm;
use crate::keys;
use crate::store::{Db, signing_keys};

#[derive(Debug, Subcommand)]
pub(in crate::cli) enum KeysAction {
    /// List the keys
    List,
    /// Create a successor of every key, which is published first and signs later
    Rotate {
        /// Only the key of this algorithm: RS256, PS256, ES256 or EdDSA
        #[arg(long)]
        alg: Option<Algorithm>,
    },
    /// Delete a leaked key, so that nothing that it signed is trusted any more
    Revoke {
        /// The key's ID, as `keys list` shows it
        kid: String,
        /// Skip confirmation.
        #[arg(long)]
        yes: bool,
    },
}

pub(in crate::cli) async fn keys(host: &Host, action: KeysAction) -> anyhow::Result<()> {
    let changes = !matches!(action, KeysAction::List);
    let outcome = run(host, action).await;
    if changes {
        outcome.context("the signing keys were not changed")
    } else {
        outcome
    }
}

async fn run(host: &Host, action: KeysAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let now = Host::now();
    match action {
        KeysAction::List => list(host, &db, now).await?,
        KeysAction::Rotate { alg } => {
            let master = host.master_key(&db).await?;
            let algorithms = alg.map_or_else(|| Algorithm::ALL.to_vec(), |alg| vec![alg]);
            keys::rotate(&db, &master, &host.config, now, algorithms.clone()).await?;
            host.print(
                "New keys are published. They begin to sign once apps have had time to fetch them.",
                &json!({ "rotated": algorithms }),
            );
        }
        KeysAction::Revoke { kid, yes } => {
            if !yes {
                confirm(&format!(
                    "This revokes the signing key {kid} for good. Apps refuse the ID tokens that it signed."
                ))?;
            }
            let master = host.master_key(&db).await?;
            keys::revoke(&db, &master, &host.config, now, kid.clone()).await?;
            host.print(
                "The key is revoked. Servers stop using and publishing it within a second. An app trusts it until it \
                 fetches the keys again: restart the apps that matter.",
                &json!({ "revoked": kid }),
            );
        }
    }
    db.close().await;
    Ok(())
}

async fn list(host: &Host, db: &Db, now: Time) -> anyhow::Result<()> {
    for key in signing_keys::all(&mut db.read().await?).await? {
        let state = match (key.activates_at > now, key.retires_at.is_some_and(|at| at <= now)) {
            (true, _) => "published",
            (false, false) => "signing",
            (false, true) => "retired",
        };
        host.print(
            &format!("{}  {}  {state}", key.algorithm, key.kid),
            &json!({ "algorithm": key.algorithm, "kid": key.kid, "state": state }),
        );
    }
    Ok(())
}
