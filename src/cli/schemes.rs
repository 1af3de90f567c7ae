//! `doorward scheme`: the scheme, which defines the roles and their permissions.

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::host::{Host, Operations, in_words};
use super::terminal::confirm;
use crate::directory::schemes::{ApplyScheme, GetScheme, ListSchemes, PlanScheme, built_in, parse};
use crate::model::scheme::Scheme;
use crate::words;

#[derive(Debug, Subcommand)]
pub(super) enum SchemeAction {
    /// List the built-in schemes, the active one with a star
    List,
    /// Print the active scheme or a built-in one as TOML, as a starting point for your own
    Show {
        /// The name of a built-in scheme
        name: Option<String>,
    },
    /// Show what applying a scheme would change
    Plan {
        /// The name of a built-in scheme, or the path of a TOML file
        scheme: String,
    },
    /// Apply a scheme, after showing what it changes
    Apply {
        /// The name of a built-in scheme, or the path of a TOML file
        scheme: String,
        /// Skip confirmation
        #[arg(long)]
        yes: bool,
    },
}

fn named(name: &str) -> anyhow::Result<Scheme> {
    if let Some(scheme) = built_in().iter().find(|scheme| scheme.name == name) {
        return Ok(scheme.clone());
    }
    let text = std::fs::read_to_string(name)
        .with_context(|| format!("{name} is neither a built-in scheme nor a readable file"))?;
    parse(&text).map_err(in_words)
}

pub(super) async fn schemes(
    host: &Host,
    operations: &Operations,
    action: SchemeAction,
) -> anyhow::Result<()> {
    match action {
        SchemeAction::List => {
            for scheme in operations.read(ListSchemes).await? {
                let star = if scheme.active { "*" } else { " " };
                host.print(
                    &format!("{star} {}  {}", scheme.name, scheme.description),
                    &serde_json::to_value(&scheme)?,
                );
            }
        }
        SchemeAction::Show { name } => {
            let scheme = match name {
                Some(name) => named(&name)?,
                None => operations.read(GetScheme).await?,
            };
            let shown = toml::to_string_pretty(&scheme).context("the scheme cannot be written as TOML")?;
            host.print(shown.trim_end(), &serde_json::to_value(&scheme)?);
        }
        SchemeAction::Plan { scheme } => plan(host, operations, named(&scheme)?).await?,
        SchemeAction::Apply { scheme, yes } => {
            let scheme = named(&scheme)?;
            plan(host, operations, scheme.clone()).await?;
            if !yes {
                confirm("This applies the scheme to the instance.")?;
            }
            let name = scheme.name.clone();
            operations.change(ApplyScheme { scheme }).await?;
            host.print(
                &format!("The scheme {name} is applied."),
                &json!({ "scheme": name }),
            );
        }
    }
    Ok(())
}

async fn plan(host: &Host, operations: &Operations, scheme: Scheme) -> anyhow::Result<()> {
    let steps = operations.read(PlanScheme { scheme }).await?;
    if steps.is_empty() {
        host.print("Nobody's roles change.", &json!({ "steps": [] }));
    }
    for step in &steps {
        host.print(&words::scheme_step(step), &serde_json::to_value(step)?);
    }
    Ok(())
}
