//! `doorward apps catalogue` and `doorward apps connect`: creating an app from its definition in the catalogue.

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::access::{self, NewAppAccess};
use super::host::{Host, Operations, in_words};
use super::terminal::print_line;
use crate::crypto::Token;
use crate::directory::clients::{CreateClient, ListClients};
use crate::model::ClientId;
use crate::model::catalogue::{self, Definition, Snippet, Values};
use crate::model::client::ClientSettings;

#[derive(Debug, Args)]
pub(super) struct ConnectApp {
    /// The id of the app in the catalogue, such as grafana.
    app: String,
    /// The address of the app, such as <https://grafana.example.org>.
    #[arg(long)]
    address: Option<String>,
    /// The name shown to people; by default the name in the catalogue.
    #[arg(long)]
    name: Option<String>,
    /// The client ID; by default the id in the catalogue, with a number if it is taken.
    #[arg(long)]
    client_id: Option<String>,
    #[command(flatten)]
    who: NewAppAccess,
}

/// Lists the definitions that match a search.
pub(super) fn list(host: &Host, search: &[String]) -> anyhow::Result<()> {
    let search = search.join(" ");
    for definition in catalogue::all().iter().filter(|one| one.matches(&search)) {
        let Definition {
            id, name, summary, ..
        } = definition;
        if host.json {
            print_line(&serde_json::to_string(definition)?);
        } else {
            print_line(&format!("{id:<18} {name}: {summary}"));
        }
    }
    Ok(())
}

/// Creates an app from its definition and prints what to copy into its configuration.
pub(super) async fn connect(host: &Host, operations: &Operations, new: ConnectApp) -> anyhow::Result<()> {
    let definition = catalogue::find(&new.app).with_context(|| {
        format!(
            "the catalogue has no app {}; doorward apps catalogue lists them",
            new.app
        )
    })?;
    let typed = new.address.unwrap_or_default();
    let address = definition
        .address_from(&typed)
        .map_err(|refusal| in_words(refusal.into()))?;
    let clients = operations.read(ListClients).await?;
    let (unused_id, unused_name) = definition.unused(clients.iter().map(|client| client.client_id.as_str()));
    let id = ClientId(new.client_id.unwrap_or(unused_id));
    let mut values = Values {
        issuer: host.config.server.issuer.as_str(),
        address: address.as_ref(),
        client_id: id.as_str(),
        client_secret: None,
    };
    let (access, team) = new.who.find(operations).await?;
    let hint = access::hint(&id, &access);
    let create = CreateClient {
        id: id.clone(),
        name: new.name.unwrap_or(unused_name),
        settings: ClientSettings {
            access,
            ..definition.settings_at(&values)
        },
        team,
    };
    let secret = operations.change(create).await?;
    values.client_secret = secret.as_ref().map(Token::as_str);
    print(host, definition, &values, hint);
    Ok(())
}

fn print(host: &Host, definition: &Definition, values: &Values<'_>, hint: Option<String>) {
    let snippets = definition.snippets_for(values);
    let mut lines = vec![
        format!("issuer: {}", values.issuer),
        format!("client_id: {}", values.client_id),
    ];
    if let Some(secret) = values.client_secret {
        lines.push(format!("client_secret: {secret}"));
        lines.push("The secret is not shown again.".to_owned());
    }
    for Snippet { title, text, .. } in &snippets {
        lines.push(format!("\n# {title}\n{text}"));
    }
    let notes: Vec<String> = definition.notes().map(|note| format!("- {note}")).collect();
    if !notes.is_empty() {
        lines.push(format!("\n{}", notes.join("\n")));
    }
    lines.extend(hint.map(|hint| format!("\n{hint}")));
    host.print(
        &lines.join("\n"),
        &json!({
            "issuer": values.issuer,
            "client_id": values.client_id,
            "client_secret": values.client_secret,
            "snippets": snippets,
            "roles": definition.roles,
            "quirks": definition.quirks,
        }),
    );
}
