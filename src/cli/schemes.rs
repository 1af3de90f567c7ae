//! `doorward scheme`: which roles there are and what they may do.

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::{Host, confirm};
use crate::directory::{Actor, ChangeError, scheme_change, schemes as directory};
use crate::model::scheme::Scheme;
use crate::store::Db;

#[derive(Debug, Subcommand)]
pub(super) enum SchemeAction {
    /// Lists the schemes that come with Doorward; the one that is followed has a star.
    List,
    /// Prints the scheme that is followed, or one that comes with Doorward, as TOML to start one's own from.
    Show {
        /// Its name.
        name: Option<String>,
    },
    /// Shows what applying a scheme would change.
    Plan {
        /// The name of one that comes with Doorward, or the path of a TOML file.
        scheme: String,
    },
    /// Applies a scheme, after showing what changes.
    Apply {
        /// The name of one that comes with Doorward, or the path of a TOML file.
        scheme: String,
        /// Does it without asking.
        #[arg(long)]
        yes: bool,
    },
}

fn named(name: &str) -> anyhow::Result<Scheme> {
    if let Some(scheme) = directory::built_in().iter().find(|scheme| scheme.name == name) {
        return Ok(scheme.clone());
    }
    let text = std::fs::read_to_string(name)
        .with_context(|| format!("{name} is neither a scheme that comes with Doorward nor a file"))?;
    directory::parse(&text).map_err(|faults| ChangeError::Invalid(faults).into())
}

pub(super) async fn schemes(host: &Host, action: SchemeAction) -> anyhow::Result<()> {
    let db = host.database().await?;
    let active = directory::active(&db).await?;
    match action {
        SchemeAction::List => {
            for scheme in directory::built_in() {
                let star = if scheme.name == active.name { "*" } else { " " };
                host.say(
                    &format!("{star} {}  {}", scheme.name, scheme.description),
                    &json!({ "name": scheme.name, "description": scheme.description,
                             "active": scheme.name == active.name }),
                );
            }
        }
        SchemeAction::Show { name } => {
            let scheme = match name {
                Some(name) => named(&name)?,
                None => active.as_ref().clone(),
            };
            let shown = toml::to_string_pretty(&scheme).context("the scheme cannot be written as TOML")?;
            host.say(shown.trim_end(), &serde_json::to_value(&scheme)?);
        }
        SchemeAction::Plan { scheme } => plan(host, &db, &named(&scheme)?).await?,
        SchemeAction::Apply { scheme, yes } => {
            let scheme = named(&scheme)?;
            plan(host, &db, &scheme).await?;
            if !yes {
                confirm("The instance follows this scheme from now on.")?;
            }
            let name = scheme.name.clone();
            scheme_change::apply(&db, Actor::HOST, scheme, Host::now()).await?;
            host.say(
                &format!("The instance follows the scheme {name}."),
                &json!({ "scheme": name }),
            );
        }
    }
    db.close().await;
    Ok(())
}

async fn plan(host: &Host, db: &Db, scheme: &Scheme) -> anyhow::Result<()> {
    let steps = scheme_change::plan(db, scheme, Host::now()).await?;
    if steps.is_empty() {
        host.say("Nobody's roles change.", &json!({ "steps": [] }));
    }
    for step in &steps {
        host.say(&step.to_string(), &json!({ "step": step.to_string() }));
    }
    Ok(())
}
