//! Every page in light and dark mode, on a desktop and on a phone.

use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;

use crate::chromium::{Chromium, Scripts, View};
use crate::gallery::Gallery;
use crate::serve::serve;

/// The faults of every page of the gallery in these views; saves a screenshot if `name` returns a name for it.
async fn faults_in(views: [View; 2], name: impl Fn(&str, View) -> Option<String>) -> Vec<String> {
    let (gallery, browser) = (Gallery::open().await, Chromium::start(Scripts::On).await);
    let mut faults = Vec::new();
    for (address, page) in &gallery.pages {
        for view in views {
            browser.set_view(view).await;
            browser.open(address).await;
            let width: u32 = browser.script("return innerWidth").await;
            assert_eq!(width, view.width);
            let found = browser.faults().await;
            faults.extend(found.iter().map(|fault| format!("{page} at {view:?}: {fault}")));
            if let Some(name) = name(page, view) {
                browser.picture(&name, view.width).await;
            }
        }
    }
    faults
}

#[tokio::test]
async fn no_page_has_accessibility_faults_in_light_or_dark_mode() {
    let name = |page: &str, view: View| Some(format!("{page}-{}", view.colours()));
    let faults = faults_in([View::DESK, View::NIGHT], name).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Horizontal scrolling is one of the faults.
#[tokio::test]
async fn no_page_scrolls_horizontally_on_a_phone() {
    let name = |page: &str, view: View| (view.width == View::PHONE.width).then(|| format!("{page}-phone"));
    let faults = faults_in([View::PHONE, View::NARROW], name).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'";
/// A page with every fault.
const PAGE: &str = r##"<!doctype html><title></title><body class="hosted"><h1>One</h1><h1>Two</h1><h3>Deep</h3>
    <p id="twice" style="color:#888">Grey</p><p id="twice">Same id</p><p style="opacity:.4">Faint</p>
    <p style="color:#666">Pale</p>
    <input style="border:1px solid #eee"><button style="width:10px;height:10px;padding:0"></button>
    <img src="data:,"><a href="#nowhere">Leads nowhere</a><a tabindex="3" href="/">Forced</a><svg></svg>
    <ul><p>No item</p></ul><input aria-label="Wrong" aria-invalid="true" aria-controls="gone">
    <div style="width:2000px">Wide</div><script>document.title = "Ran"</script>"##;
/// The faults that must be found in it.
const FAULTS: [&str; 22] = [
    "does not say its language",
    "has no title",
    "has 2 h1",
    "has 0 main",
    "does not fit itself to a phone",
    "scrolls sideways",
    "skips a level: <h3> Deep",
    "have the id twice",
    "aria-controls leads nowhere",
    "the link leads nowhere",
    "no name: <input>",
    "no name: <button>",
    "order of focus is forced",
    "not tied to its field",
    "no alternative text",
    "a drawing has neither",
    "a list holds something else",
    "too small, 10 x 10",
    "<p #twice> Grey",
    "<p> Faint",
    "<p> Pale",
    "edge of a field",
];

/// Proves that the checks can find faults.
#[tokio::test]
async fn the_checks_find_every_kind_of_fault() {
    let page = || async { ([(header::CONTENT_SECURITY_POLICY, POLICY)], Html(PAGE)) };
    let address = serve(Router::new().route("/", get(page))).await;
    let browser = Chromium::start(Scripts::On).await;
    browser.open(&address).await;

    let found = browser.barriers().await;
    for fault in FAULTS {
        let is_found = found.iter().any(|line| line.contains(fault));
        assert!(is_found, "{fault}: {found:#?}");
    }
    let console = browser.console().await;
    let violation = console
        .iter()
        .find(|line| line.contains("Content Security Policy"));
    assert!(violation.is_some(), "{console:#?}");
}
