//! Schemes: the definitions of all roles, built in or from files.

mod built_in;
mod change;
mod rules;

pub use built_in::{active, built_in, parse};
pub use change::{ApplyScheme, PlanScheme};

use serde::Serialize;

use super::{Failure, ReadContext, operation};
use crate::model::scheme::Scheme;

operation! {
    /// Lists the built-in schemes.
    read ListSchemes -> Vec<SchemeSummary>, requires AccountRead;
}

/// A scheme in a list.
#[derive(Clone, Debug, Serialize)]
pub struct SchemeSummary {
    /// Its name in commands.
    pub name: String,
    /// The name shown to people.
    pub title: String,
    /// Its purpose.
    pub description: String,
    /// Whether it is the applied one.
    pub active: bool,
}

impl ListSchemes {
    #[expect(
        clippy::unused_async,
        reason = "every operation is awaited, also one that needs no data"
    )]
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Vec<SchemeSummary>, Failure> {
        let summary = |scheme: &Scheme| SchemeSummary {
            name: scheme.name.clone(),
            title: scheme.title.clone(),
            description: scheme.description.clone(),
            active: scheme.name == context.scheme.name,
        };
        Ok(built_in().iter().map(summary).collect())
    }
}

operation! {
    /// The applied scheme, or the default one.
    read GetScheme -> Scheme, requires AccountRead;
}

impl GetScheme {
    #[expect(
        clippy::unused_async,
        reason = "every operation is awaited, also one that needs no data"
    )]
    async fn perform(self, context: &mut ReadContext<'_>) -> Result<Scheme, Failure> {
        Ok(context.scheme.as_ref().clone())
    }
}
