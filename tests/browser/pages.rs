//! Every page in light and dark mode, on a desktop and on a phone.

use axum::Router;
use axum::http::header;
use axum::response::Html;
use axum::routing::get;

use crate::chromium::{Chromium, Scripts, View};
use crate::gallery::Gallery;
use crate::serve::serve;

/// The faults of every page of the gallery in these views; saves a screenshot if `name` returns a name for it.
async fn faults_in(views: &[View], name: impl Fn(&str, View) -> Option<String>) -> Vec<String> {
    let (gallery, browser) = (Gallery::open().await, Chromium::start(Scripts::On).await);
    let mut faults = Vec::new();
    for (address, page) in &gallery.pages {
        for view in views.iter().copied() {
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
    let faults = faults_in(&[View::DESKTOP, View::DARK], name).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

/// Horizontal scrolling is one of the faults.
#[tokio::test]
async fn no_page_has_accessibility_faults_on_a_phone_or_a_tablet() {
    let name = |page: &str, view: View| (view.width == View::PHONE.width).then(|| format!("{page}-phone"));
    let faults = faults_in(&[View::PHONE, View::TABLET, View::NARROW], name).await;
    assert!(faults.is_empty(), "{faults:#?}");
}

/// The text of primary buttons stays readable while the mouse is over them.
#[tokio::test]
async fn a_primary_button_is_readable_on_hover() {
    let (gallery, browser) = (Gallery::open().await, Chromium::start(Scripts::On).await);
    let (address, _) = gallery
        .pages
        .iter()
        .find(|(_, page)| page == "console-users-1")
        .unwrap();
    for view in [View::DESKTOP, View::DARK] {
        browser.set_view(view).await;
        browser.open(address).await;
        let button = browser.find(".button.primary").await;
        let background = "return getComputedStyle(document.querySelector('.button.primary')).backgroundColor";
        let before: String = browser.script(background).await;
        let hover = browser.driver.action_chain().move_to_element_center(&button);
        hover.perform().await.unwrap();
        assert_ne!(browser.script::<String>(background).await, before, "{view:?}");
        let faults = browser.faults().await;
        assert!(faults.is_empty(), "{view:?}: {faults:#?}");
    }
}

/// A printed page has neither navigation nor buttons.
#[tokio::test]
async fn a_printed_page_has_only_its_content() {
    let (gallery, browser) = (Gallery::open().await, Chromium::start(Scripts::On).await);
    for (address, _) in gallery
        .pages
        .iter()
        .filter(|(_, page)| page.starts_with("console-"))
    {
        browser.open(address).await;
        let print = serde_json::json!({ "media": "print" });
        browser.command("Emulation.setEmulatedMedia", print).await;
        let seen = "return [...document.querySelectorAll('nav, button, .button, .topbar')]
            .filter((element) => element.checkVisibility()).map((element) => element.outerHTML)";
        assert_eq!(browser.script::<Vec<String>>(seen).await, [""; 0], "{address}");
        assert!(!browser.text("h1").await.is_empty(), "{address}");
    }
}

const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'";
/// A page with every fault.
const PAGE: &str = r##"<!doctype html><title></title><body class="hosted"><h1>One</h1><h1>Two</h1><h3>Deep</h3>
    <p id="twice" style="color:#888">Grey</p><p id="twice">Same id</p><p style="opacity:.4">Faint</p>
    <p style="color:#666">Pale</p>
    <input style="border:1px solid #eee"><button style="width:10px;height:10px;padding:0"></button>
    <img src="data:,"><a href="#nowhere">Leads nowhere</a><a tabindex="3" href="/">Forced</a><svg></svg>
    <ul><p>No item</p></ul><input aria-label="Wrong" aria-invalid="true" aria-controls="gone">
    <button aria-label="Close">Save</button><a href="/" style="padding:9px"><span style="display:none">Hidden</span></a>
    <nav aria-label="Same">One</nav><nav aria-label="Same">Two</nav>
    <div style="overflow:auto;width:100px"><div style="width:200px">Scrolls</div></div>
    <div style="width:2000px">Wide</div><script>document.title = "CommandOutput"</script>"##;
/// The faults that must be found in it.
const FAULTS: [&str; 26] = [
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
    "no name: <a>",
    "does not contain its text: <button> Save",
    "two landmarks are nav same",
    "cannot be scrolled with the keyboard: <div> Scrolls",
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
