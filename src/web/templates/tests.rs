//! Every template with every sample: it renders, it escapes, it is small, and it keeps to the content policy.

use serde::Serialize;
use serde_json::{Value as Json, json};

use super::*;
use crate::account::pages::{Home, MyTeam};
use crate::clock::Time;
use crate::console::pages::{
    Audit, BulkAsk, Bulked, GroupPage, Groups, Invitations, NewUser, Overview, Roles, Settings, TeamPage,
    Teams, UserPage, Users,
};
use crate::demo::pages::{DemoError, DemoHome, DemoSignedIn};
use crate::signin::pages::{Accounts, Consent, Join, Setup, SignIn, SignOut, SignedOut, Waiting};
use crate::web::error_pages::ErrorPage;
use crate::web::form_post::FormPost;

/// What no template may let through as it is.
const HOSTILE: &str = "\"'><script>alert(1)</script>";

struct Sample {
    template: &'static str,
    number: usize,
    fields: Json,
}

fn samples() -> Vec<Sample> {
    fn of<P: Page>() -> impl Iterator<Item = Sample> {
        P::samples().into_iter().enumerate().map(|(number, page)| Sample {
            template: P::TEMPLATE,
            number,
            fields: serde_json::to_value(page).unwrap(),
        })
    }
    of::<SignIn>()
        .chain(of::<Accounts>())
        .chain(of::<Consent>())
        .chain(of::<SignOut>())
        .chain(of::<SignedOut>())
        .chain(of::<Setup>())
        .chain(of::<FormPost>())
        .chain(of::<Home>())
        .chain(of::<MyTeam>())
        .chain(of::<Audit>())
        .chain(of::<Overview>())
        .chain(of::<Users>())
        .chain(of::<BulkAsk>())
        .chain(of::<Bulked>())
        .chain(of::<UserPage>())
        .chain(of::<NewUser>())
        .chain(of::<Teams>())
        .chain(of::<TeamPage>())
        .chain(of::<Groups>())
        .chain(of::<GroupPage>())
        .chain(of::<Roles>())
        .chain(of::<Settings>())
        .chain(of::<Invitations>())
        .chain(of::<Join>())
        .chain(of::<Waiting>())
        .chain(of::<ErrorPage>())
        .chain(of::<DemoHome>())
        .chain(of::<DemoSignedIn>())
        .chain(of::<DemoError>())
        .collect()
}

fn layout() -> Layout {
    Layout {
        base: String::new(),
        organisation: "Example".into(),
        brand: None,
        csrf: "t0k3n".into(),
        now: Time::from_seconds(1_795_000_000),
    }
}

fn render(templates: &Templates, template: &str, fields: &impl Serialize, layout: &Layout) -> String {
    templates
        .render_value(template, Value::from(Serde(fields)), layout)
        .unwrap_or_else(|error| panic!("{template}: {error:#}\n{error:?}"))
}

/// `value` with every string in it made hostile.
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

#[test]
fn every_page_renders_with_every_sample() {
    let templates = Templates::new(None);
    for Sample {
        template,
        number,
        fields,
    } in samples()
    {
        let html = render(&templates, template, &fields, &layout());
        let name = format!("{template} {number}");
        assert!(
            html.starts_with("<!doctype html>") && html.contains("<h1>"),
            "{name}"
        );
        assert!(
            !html.contains(">none<") && !html.contains("\"none\""),
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
        let expected = if template == FormPost::TEMPLATE { 0 } else { posts };
        assert_eq!(
            html.matches("name=\"csrf\" value=\"t0k3n\"").count(),
            expected,
            "{name}"
        );
    }
}

#[test]
fn every_template_has_samples() {
    let sampled: Vec<_> = samples().iter().map(|sample| sample.template).collect();
    for path in Embedded::iter().filter(|path| path.ends_with(".html")) {
        let shared =
            path.starts_with("layout/") || path.starts_with("macros/") || path.ends_with("/layout.html");
        assert!(shared || sampled.contains(&&*path), "{path}");
    }
}

#[test]
fn no_template_has_a_literal_path() {
    for file in Embedded::iter().filter(|file| file.ends_with(".html")) {
        let source = String::from_utf8(Embedded::get(&file).unwrap().data.into_owned()).unwrap();
        for literal in ["href=\"/", "src=\"/", "action=\"/", "layout.base", " \"/", "(\"/"] {
            assert!(!source.contains(literal), "{file} has {literal}; say path.name()");
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
    for Sample {
        template,
        number,
        fields,
    } in samples()
    {
        let html = render(&templates, template, &poisoned(fields), &layout);
        assert!(
            !html.contains("<script>") && !html.contains("\"'>"),
            "{template} {number}"
        );
        assert!(html.contains("&lt;script&gt;"), "{template} {number}");
    }
}

#[test]
fn a_page_with_all_it_loads_weighs_under_30_kb() {
    let templates = Templates::new(None);
    let weight = |name: &str| templates.static_file(name).unwrap().bytes.len();
    let shared = weight("style.css") + weight("app.js") + weight("mark.svg");
    for Sample {
        template,
        number,
        fields,
    } in samples()
    {
        let html = render(&templates, template, &fields, &layout()).len();
        let own = match template {
            FormPost::TEMPLATE => weight("submit.js"),
            _ if template.starts_with("demo/") => weight("demo.css"),
            _ => 0,
        };
        assert!(
            html + shared + own < 30_000,
            "{template} {number}: {html} + {shared} + {own}"
        );
    }
    assert!(weight("app.js") < 6_000);
}

#[test]
fn an_undefined_variable_is_an_error() {
    let theme = tempfile::tempdir().unwrap();
    std::fs::create_dir(theme.path().join("signin")).unwrap();
    std::fs::write(theme.path().join(SignedOut::TEMPLATE), "{{ nonesuch }}").unwrap();
    let templates = Templates::new(Some(theme.path()));
    assert!(templates.render(&SignedOut { back: None }, &layout()).is_err());
}

#[test]
fn a_theme_overrides_a_template_and_the_style() {
    let theme = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(theme.path().join("signin")).unwrap();
    std::fs::create_dir_all(theme.path().join("static")).unwrap();
    std::fs::write(
        theme.path().join(SignedOut::TEMPLATE),
        "Bye from {{ layout.organisation }}",
    )
    .unwrap();
    std::fs::write(theme.path().join("static/style.css"), "body{}").unwrap();
    let (plain, themed) = (Templates::new(None), Templates::new(Some(theme.path())));
    assert_eq!(
        themed.render(&SignedOut { back: None }, &layout()).unwrap(),
        "Bye from Example"
    );
    assert_eq!(&*themed.static_file("style.css").unwrap().bytes, b"body{}");
    assert_ne!(
        themed.files.version(),
        plain.files.version(),
        "another style has another address"
    );
    assert!(
        themed
            .render(&SignIn::default(), &layout())
            .unwrap()
            .contains("<h1>Sign in</h1>")
    );
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

/// Not a check: writes every sample as a file that a browser can open, for looking at the pages while working on them.
#[test]
#[ignore = "writes files to look at: cargo test --lib look -- --ignored"]
fn look() {
    let out = std::env::temp_dir().join("doorward-look");
    std::fs::create_dir_all(out.join("static")).unwrap();
    let templates = Templates::new(None);
    for name in [
        "style.css",
        "demo.css",
        "app.js",
        "submit.js",
        "mark.svg",
        "demo.svg",
    ] {
        std::fs::write(
            out.join("static").join(name),
            &templates.static_file(name).unwrap().bytes,
        )
        .unwrap();
    }
    for Sample {
        template,
        number,
        fields,
    } in samples()
    {
        let html = render(&templates, template, &fields, &layout());
        std::fs::write(
            out.join(format!(
                "{}-{number}.html",
                template.trim_end_matches(".html").replace('/', "-")
            )),
            html,
        )
        .unwrap();
    }
}
