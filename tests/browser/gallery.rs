//! Every page of ours with every sample, served to look at: also what a person rarely meets.

use std::collections::BTreeSet;
use std::path::Path;

use axum::Router;
use axum::extract;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use doorward::account::pages::{Home, MyTeam};
use doorward::clock::Time;
use doorward::console::pages::{
    Audit, BulkAsk, Bulked, GroupPage, Groups, Invitations, NewUser, Overview, Roles, Settings, TeamPage,
    Teams, UserPage, Users,
};
use doorward::demo::pages::{DemoError, DemoHome, DemoSignedIn};
use doorward::signin::pages::{Accounts, Consent, Join, Setup, SignIn, SignOut, SignedOut, Waiting};
use doorward::web::error_pages::ErrorPage;
use doorward::web::form_post::FormPost;
use doorward::web::page::{Layout, Page};
use doorward::web::templates::Templates;

use crate::serve::serve;

/// The policy of the real pages, less where forms lead, which nobody sends here.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'";

/// Where the pages are, each with a name for its picture.
pub struct Gallery {
    pub pages: Vec<(String, String)>,
}

impl Gallery {
    pub async fn open() -> Self {
        let mut painter = Painter {
            templates: Templates::new(None),
            pages: Vec::new(),
            painted: BTreeSet::new(),
        };
        painter.paint::<SignIn>();
        painter.paint::<Accounts>();
        painter.paint::<Consent>();
        painter.paint::<SignOut>();
        painter.paint::<SignedOut>();
        painter.paint::<Setup>();
        painter.paint::<FormPost>();
        painter.paint::<Home>();
        painter.paint::<Overview>();
        painter.paint::<Users>();
        painter.paint::<BulkAsk>();
        painter.paint::<Bulked>();
        painter.paint::<UserPage>();
        painter.paint::<NewUser>();
        painter.paint::<Teams>();
        painter.paint::<TeamPage>();
        painter.paint::<Groups>();
        painter.paint::<GroupPage>();
        painter.paint::<Roles>();
        painter.paint::<MyTeam>();
        painter.paint::<Join>();
        painter.paint::<Waiting>();
        painter.paint::<Audit>();
        painter.paint::<Invitations>();
        painter.paint::<Settings>();
        painter.paint::<ErrorPage>();
        painter.paint::<DemoHome>();
        painter.paint::<DemoSignedIn>();
        painter.paint::<DemoError>();
        assert_eq!(painter.painted, templates(), "every page hangs in the gallery");

        let templates = painter.templates;
        let file = move |extract::Path(name): extract::Path<String>| async move { file(&templates, &name) };
        let mut routes = Router::new().route("/static/{name}", get(file));
        let mut names = Vec::new();
        for (name, html) in painter.pages {
            routes = routes.route(
                &format!("/{name}"),
                get(move || async move { ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)) }),
            );
            names.push(name);
        }
        let address = serve(routes).await;
        let pages = names
            .into_iter()
            .map(|name| (format!("{address}/{name}"), name))
            .collect();
        Self { pages }
    }
}

struct Painter {
    templates: Templates,
    pages: Vec<(String, String)>,
    painted: BTreeSet<String>,
}

impl Painter {
    fn paint<P: Page>(&mut self) {
        let layout = Layout {
            base: String::new(),
            organisation: "Example".into(),
            brand: None,
            csrf: "t0k3n".into(),
            now: Time::from_seconds(1_795_000_000),
        };
        let (kind, _) = P::TEMPLATE.split_once('.').unwrap();
        for (number, sample) in P::samples().iter().enumerate() {
            let name = format!("{}-{}", kind.replace('/', "-"), number + 1);
            self.pages
                .push((name, self.templates.render(sample, &layout).unwrap()));
        }
        self.painted.insert(P::TEMPLATE.to_owned());
    }
}

fn file(templates: &Templates, name: &str) -> Response {
    // It would carry the sample off to an app that is not there.
    if name == "submit.js" {
        return ([(header::CONTENT_TYPE, "text/javascript")], "").into_response();
    }
    match templates.static_file(name) {
        Some(file) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

/// The templates that are pages, and not parts of pages.
fn templates() -> BTreeSet<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = BTreeSet::new();
    for room in ["account", "console", "demo", "signin", "web"] {
        for file in std::fs::read_dir(root.join(room)).unwrap() {
            let name = file.unwrap().file_name().into_string().unwrap();
            if name != "layout.html" {
                found.insert(format!("{room}/{name}"));
            }
        }
    }
    found
}
