//! Every page with every example: rendering, escaping, size and content security policy.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use doorward::signin::sign_in_page::SignIn;
use doorward::signin::sign_out::SignedOut;
use doorward::web::form_post::FormPost;
use doorward::web::page::{Layout, Page};
use doorward::web::templates::Templates;
use serde_json::{Value as Json, json};

use crate::samples::{self, Sample, layout};

/// A string that every template must escape.
const HOSTILE: &str = "\"'><script>alert(1)</script>";

/// `value` with [`HOSTILE`] in place of every string.
fn poisoned(value: Json) -> Json {
    match value {
        Json::String(_) => json!(HOSTILE),
        Json::Array(items) => items.into_iter().map(poisoned).collect(),
        Json::Object(fields) => fields
            .into_iter()
            .map(|(name, value)| (name, poisoned(value)))
            .collect(),
        other => other,
    }
}

/// The templates, each with its path in `templates/` and its source.
fn templates() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates");
    let mut found = Vec::new();
    for room in fs::read_dir(&root).unwrap() {
        for file in fs::read_dir(room.unwrap().path()).unwrap() {
            let path = file.unwrap().path();
            if path.extension().is_some_and(|extension| extension == "html") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap();
                found.push((name.to_owned(), fs::read_to_string(&path).unwrap()));
            }
        }
    }
    assert!(found.len() > 30, "{found:?}");
    found
}

#[test]
fn every_page_renders_with_every_example() {
    let templates = Templates::new(None);
    for sample in samples::all() {
        let (name, html) = (sample.name(), sample.render(&templates, &layout()));
        assert!(
            html.starts_with("<!doctype html>") && html.contains("<h1>"),
            "{name}"
        );
        // A client authentication method has this name.
        let printed = html.replace("<option value=\"none\"", "<option");
        assert!(
            !printed.contains(">none<") && !printed.contains("\"none\""),
            "{name} prints an absent value"
        );
        for forbidden in [" style=", "<style", "javascript:", " onclick", " onsubmit"] {
            assert!(!html.contains(forbidden), "{name} has {forbidden}");
        }
        assert_eq!(
            html.matches("<script").count(),
            html.matches("<script src=\"/static/").count(),
            "{name}"
        );
        let posts = html.matches("method=\"post\"").count();
        let to_an_app = sample.template == FormPost::TEMPLATE;
        assert_eq!(
            html.matches("name=\"csrf\" value=\"t0k3n\"").count(),
            if to_an_app { 0 } else { posts },
            "{name}"
        );
    }
}

#[test]
fn every_page_has_the_same_style() {
    let templates = Templates::new(None);
    let versions: BTreeSet<_> = samples::all()
        .iter()
        .map(|sample| style_version(&sample.render(&templates, &layout())).to_owned())
        .collect();
    assert_eq!(versions.len(), 1, "{versions:?}");
}

#[test]
fn every_page_has_examples() {
    let sampled: BTreeSet<_> = samples::all().iter().map(|sample| sample.template).collect();
    for (name, _) in templates() {
        let shared =
            name.starts_with("layout/") || name.starts_with("macros/") || name.ends_with("/layout.html");
        assert!(shared || sampled.contains(name.as_str()), "{name}");
    }
}

#[test]
fn no_template_has_a_literal_path() {
    for (name, source) in templates() {
        for literal in ["href=\"/", "src=\"/", "action=\"/", "layout.base", " \"/", "(\"/"] {
            assert!(!source.contains(literal), "{name} has {literal}; use path.name()");
        }
    }
}

#[test]
fn every_string_is_escaped() {
    let templates = Templates::new(None);
    let layout = Layout {
        organisation: HOSTILE.into(),
        csrf: HOSTILE.into(),
        base: HOSTILE.into(),
        brand: Some(HOSTILE.into()),
        ..layout()
    };
    for sample in samples::all() {
        let sample = Sample {
            fields: poisoned(sample.fields),
            ..sample
        };
        let (name, html) = (sample.name(), sample.render(&templates, &layout));
        assert!(!html.contains("<script>") && !html.contains("\"'>"), "{name}");
        assert!(html.contains("&lt;script&gt;"), "{name}");
    }
}

#[test]
fn a_page_with_all_its_files_has_less_than_30_kb() {
    let templates = Templates::new(None);
    let weight = |name: &str| templates.static_file(name).unwrap().bytes.len();
    let shared = weight("style.css") + weight("app.js") + weight("mark.svg");
    for sample in samples::all() {
        let html = sample.render(&templates, &layout());
        let own = match sample.template {
            FormPost::TEMPLATE => weight("submit.js"),
            _ if html.contains("passkey.js") => weight("passkey.js"),
            template if template.starts_with("demo/") => weight("demo.css"),
            _ => ["hosted.css", "launcher.css"]
                .into_iter()
                .filter(|name| html.contains(name))
                .map(weight)
                .sum(),
        };
        assert!(
            html.len() + shared + own < 30_000,
            "{}: {} + {shared} + {own}",
            sample.name(),
            html.len()
        );
    }
    assert!(weight("app.js") < 6_000);
}

#[test]
fn an_undefined_variable_is_an_error() {
    let theme = tempfile::tempdir().unwrap();
    fs::create_dir(theme.path().join("signin")).unwrap();
    fs::write(theme.path().join(SignedOut::TEMPLATE), "{{ nonesuch }}").unwrap();
    let templates = Templates::new(Some(theme.path()));
    assert!(templates.render(&SignedOut::default(), &layout()).is_err());
}

#[test]
fn a_theme_overrides_a_template_and_the_style() {
    let theme = tempfile::tempdir().unwrap();
    fs::create_dir_all(theme.path().join("signin")).unwrap();
    fs::create_dir_all(theme.path().join("static")).unwrap();
    fs::write(
        theme.path().join(SignedOut::TEMPLATE),
        "Bye from {{ layout.organisation }}",
    )
    .unwrap();
    fs::write(theme.path().join("static/style.css"), "body{}").unwrap();
    let (plain, themed) = (Templates::new(None), Templates::new(Some(theme.path())));
    assert_eq!(
        themed.render(&SignedOut::default(), &layout()).unwrap(),
        "Bye from Example"
    );
    assert_eq!(&*themed.static_file("style.css").unwrap().bytes, b"body{}");
    let [plain, themed] = [plain, themed].map(|templates| {
        let html = templates.render(&SignIn::default(), &layout()).unwrap();
        assert!(html.contains("<h1>Sign in</h1>"));
        html
    });
    assert_ne!(
        style_version(&themed),
        style_version(&plain),
        "another style has another address"
    );
}

/// The version in the URL of the style sheet.
fn style_version(html: &str) -> &str {
    let (_, after) = html.split_once("/static/style.css?v=").unwrap();
    after.split('"').next().unwrap()
}

#[test]
fn static_files_have_their_type_and_stay_in_their_folder() {
    let templates = Templates::new(Some(Path::new("/etc")));
    let style = templates.static_file("style.css").unwrap();
    assert_eq!(style.content_type, "text/css; charset=utf-8");
    assert_eq!(style.etag.len(), 18);
    assert_eq!(
        templates.static_file("mark.svg").unwrap().content_type,
        "image/svg+xml"
    );
    for name in [
        "",
        "style",
        "nonesuch.css",
        "../templates/signin/sign_in.html",
        "..\\x.css",
        "/etc/x.css",
        ".css",
        "a\0.css",
    ] {
        assert!(templates.static_file(name).is_none(), "{name:?}");
    }
}
