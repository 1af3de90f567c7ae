//! Serves every page with every example.

use axum::Router;
use axum::extract;
use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::get;
use doorward::web::templates::Templates;

use crate::samples;
use crate::serve::serve;

/// The content security policy of the real pages without `form-action`, since no form is submitted here.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; base-uri 'none'";

/// The URLs of the pages, each with the name of its screenshot.
pub struct Gallery {
    pub pages: Vec<(String, String)>,
}

impl Gallery {
    pub async fn open() -> Self {
        let templates = Templates::new(None);
        let mut routes = Router::new();
        let mut names = Vec::new();
        for sample in samples::all() {
            let (name, html) = (sample.name(), sample.render(&templates, &samples::layout()));
            // Without this, some pages would redirect by themselves.
            let html = html.replace("http-equiv=\"refresh\"", "name=\"refresh\"");
            routes = routes.route(
                &format!("/{name}"),
                get(move || async move { ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(html)) }),
            );
            names.push(name);
        }
        let file = move |extract::Path(name): extract::Path<String>| async move { file(&templates, &name) };
        let address = serve(routes.route("/static/{name}", get(file))).await;
        let pages = names
            .into_iter()
            .map(|name| (format!("{address}/{name}"), name))
            .collect();
        Self { pages }
    }
}

fn file(templates: &Templates, name: &str) -> Response {
    // This script would submit the example to an app that does not exist.
    if name == "submit.js" {
        return ([(header::CONTENT_TYPE, "text/javascript")], "").into_response();
    }
    match templates.static_file(name) {
        Some(file) => ([(header::CONTENT_TYPE, file.content_type)], file.bytes.clone()).into_response(),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}
