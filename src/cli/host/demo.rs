//! `doorward demo`: a server with example accounts in a temporary folder, and a sample app.

use std::io::ErrorKind;
use std::path::PathBuf;

use anyhow::Context;
use clap::Args;
use tokio::net::TcpListener;

use super::{logging, serve};
use crate::app::AppState;
use crate::cli::terminal::print_line;
use crate::clock::Clock;
use crate::config::{Config, ConfigErrors};
use crate::crypto::reference_number;
use crate::demo::sample_app::{CALLBACK, DemoAccount, SIGNED_OUT, SampleApp, SampleAppConfig};
use crate::directory::Actor;
use crate::directory::accounts::{CreateAccount, NewAccount};
use crate::directory::clients::CreateClient;
use crate::directory::groups::{AddGroupMember, GroupRef};
use crate::directory::set_up::SetUpInstance;
use crate::directory::teams::{CreateTeam, MembershipEnd, SetTeamMember};
use crate::model::access::AccessRule;
use crate::model::client::ClientSettings;
use crate::model::{AccountId, ClientId};

/// The password of all example accounts.
const PASSWORD: &str = "three doors painted blue";

/// How many ports are tried until one is free.
const PORTS_TRIED: usize = 100;

/// The example accounts: username, full name, group, role in the team "Ops", and description.
const PEOPLE: &[(&str, &str, &str, &str, &str)] = &[
    (
        "ann",
        "Ann Lee",
        "engineering",
        "admin",
        "The owner, an admin of Ops",
    ),
    ("bob", "Bob Okafor", "engineering", "member", "A member of Ops"),
    ("cleo", "Cleo Martín", "design", "", "A designer in no team"),
];

#[derive(Debug, Args)]
pub(in crate::cli) struct DemoPorts {
    /// The port of Doorward.
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The port of the sample app.
    #[arg(long, default_value_t = 8081)]
    app_port: u16,
}

/// Runs the server and the sample app until a signal stops them, then removes all data.
pub(in crate::cli) async fn demo(ports: DemoPorts) -> anyhow::Result<()> {
    let folder = Folder::new()?;
    let (server, port) = free_port(ports.port).await?;
    let (listener, app_port) = free_port(ports.app_port).await?;
    let config = folder.config(port)?;
    let _log = logging::start(&config.log);
    let app = AppState::start(config, Clock::system()).await?;
    let base_url = format!("http://localhost:{app_port}");
    let sample = SampleApp::new(SampleAppConfig {
        client_secret: seed(&app, &base_url).await?,
        issuer: app.config.server.issuer.as_str().to_owned(),
        client_id: "sample".to_owned(),
        people: PEOPLE.iter().map(account).collect(),
        password: PASSWORD.to_owned(),
        clock: app.clock.clone(),
        base_url: base_url.clone(),
    })?;
    for (wanted, port) in [(ports.port, port), (ports.app_port, app_port)] {
        if wanted != port {
            print_line(&format!("Port {wanted} is taken: using {port} instead."));
        }
    }
    print_addresses(&base_url, app.config.server.issuer.as_str());
    let sample = tokio::spawn(sample.serve(listener, std::future::pending()));
    let outcome = serve::run_on(app, server).await;
    sample.abort();
    outcome
}

/// Listens on this port or, if it is taken, on the next one that is free.
async fn free_port(wanted: u16) -> anyhow::Result<(TcpListener, u16)> {
    for port in (wanted..=u16::MAX).take(PORTS_TRIED) {
        match TcpListener::bind(("127.0.0.1", port)).await {
            Ok(listener) => return Ok((listener, port)),
            Err(error) if error.kind() == ErrorKind::AddrInUse => {}
            Err(error) => return Err(error).with_context(|| format!("cannot listen on port {port}")),
        }
    }
    anyhow::bail!("no port from {wanted} on is free; choose others with --port and --app-port")
}

fn print_addresses(sample: &str, issuer: &str) {
    print_line(&format!(
        "\n  Sample app   {sample}   (open this first)\n  Doorward     {issuer}\n  Console      {issuer}/console   (ann \
         owns the instance)\n"
    ));
    for (username, _, _, _, about) in PEOPLE {
        print_line(&format!("  Sign in as   {username:<6} {about}"));
    }
    print_line(&format!(
        "  Password     {PASSWORD}\n\n  Ctrl-C ends both and removes all data.\n"
    ));
}

fn account((username, name, _, _, about): &(&str, &str, &str, &str, &str)) -> DemoAccount {
    DemoAccount {
        name: (*name).to_owned(),
        username: (*username).to_owned(),
        about: (*about).to_owned(),
    }
}

/// Creates the accounts; yields their ids.
async fn add_people(app: &AppState) -> anyhow::Result<Vec<AccountId>> {
    let mut ids = Vec::new();
    for (username, name, ..) in PEOPLE {
        let new = NewAccount {
            username: (*username).to_owned(),
            name: (*name).to_owned(),
            email: Some(format!("{username}@example.org")),
            email_verified: true,
            password: Some(PASSWORD.into()),
            ..NewAccount::default()
        };
        let account = if ids.is_empty() {
            let organisation = "Example".to_owned();
            let set_up = SetUpInstance { organisation, new };
            app.directory.change(&Actor::HOST, set_up).await?
        } else {
            let create = CreateAccount { new };
            app.directory.change(&Actor::HOST, create).await?.account
        };
        ids.push(account.id);
    }
    Ok(ids)
}

/// Creates the accounts and the sample app; yields the app's secret.
async fn seed(app: &AppState, base_url: &str) -> anyhow::Result<String> {
    let ids = add_people(app).await?;
    add_to_teams_and_groups(app, &ids).await?;
    let settings = ClientSettings {
        redirect_uris: vec![format!("{base_url}{CALLBACK}")],
        post_logout_redirect_uris: vec![format!("{base_url}{SIGNED_OUT}")],
        require_consent: true,
        access: AccessRule::for_everyone(),
        ..ClientSettings::default()
    };
    let create = CreateClient {
        id: ClientId("sample".to_owned()),
        name: "Field Notes".to_owned(),
        settings,
        team: None,
    };
    let secret = app.directory.change(&Actor::HOST, create).await?;
    secret
        .map(|secret| secret.as_str().to_owned())
        .context("the sample app has no secret")
}

async fn add_to_teams_and_groups(app: &AppState, ids: &[AccountId]) -> anyhow::Result<()> {
    let ops = CreateTeam {
        slug: Some("ops".to_owned()),
        name: "Ops".to_owned(),
    };
    let ops = app.directory.change(&Actor::HOST, ops).await?.id;
    for (id, (_, _, group, role, _)) in ids.iter().zip(PEOPLE) {
        let add = AddGroupMember {
            group: GroupRef::Name((*group).to_owned()),
            account: id.clone().into(),
            create: true,
        };
        app.directory.change(&Actor::HOST, add).await?;
        if !role.is_empty() {
            let set = SetTeamMember {
                team: ops.clone().into(),
                account: id.clone().into(),
                role: Some((*role).to_owned()),
                end: MembershipEnd::Set(None),
            };
            app.directory.change(&Actor::HOST, set).await?;
        }
    }
    Ok(())
}

/// A temporary folder that is removed when the demo ends.
struct Folder(PathBuf);

impl Folder {
    fn new() -> anyhow::Result<Self> {
        let path = std::env::temp_dir().join(format!("doorward-demo-{}", reference_number()));
        std::fs::create_dir(&path).with_context(|| format!("cannot create the folder {}", path.display()))?;
        Ok(Self(path))
    }

    /// The configuration of a server that keeps everything in this folder.
    fn config(&self, port: u16) -> Result<Config, ConfigErrors> {
        let database = self.0.join("doorward.db");
        let environment = [
            ("DOORWARD__ISSUER", format!("http://localhost:{port}")),
            ("DOORWARD__LISTEN", format!("127.0.0.1:{port}")),
            ("DOORWARD__DATABASE", format!("sqlite:{}", database.display())),
            ("DOORWARD__KEYS_DIR", self.0.join("keys").display().to_string()),
            ("DOORWARD__LOG__LEVEL", "warn".to_owned()),
        ];
        let named = environment.map(|(name, value)| (name.to_owned(), value));
        Config::load(None, named.into_iter())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Err(error) = std::fs::remove_dir_all(&self.0) {
            tracing::warn!(%error, folder = %self.0.display(), "cannot remove the demo's folder");
        }
    }
}
