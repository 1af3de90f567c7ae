//! Responses, with the helpers of a browser and an app.

use reqwest::header::{HeaderMap, LOCATION};
use scraper::{ElementRef, Html, Selector};

use super::tokens::Tokens;

/// An HTTP response.
pub struct Response {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// The address to which the page redirects by itself (`http-equiv=refresh`).
    refreshes_to: Option<String>,
}

impl Response {
    /// A response from its parts.
    pub fn new(status: u16, headers: HeaderMap, body: String) -> Self {
        let mut response = Self {
            status,
            headers,
            body,
            refreshes_to: None,
        };
        let refresh = response.attributes("meta[http-equiv=refresh]", "content");
        response.refreshes_to = refresh.into_iter().next().map(|refresh| {
            let target = refresh.strip_prefix("0; url=");
            target
                .unwrap_or_else(|| panic!("the page waits before it redirects: {refresh}"))
                .to_owned()
        });
        response
    }

    /// The address to which the response leads by itself, as a redirect or by a refresh in the page.
    pub fn location(&self) -> &str {
        let location = self.headers.get(LOCATION).map(|value| value.to_str().unwrap());
        let location = location.or(self.refreshes_to.as_deref());
        location.unwrap_or_else(|| panic!("no redirect but {}: {}", self.status, self.body))
    }

    /// Checks that the body contains this text.
    #[track_caller]
    pub fn expect_text(&self, text: &str) {
        assert!(self.body.contains(text), "no {text}: {}", self.body);
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|_| panic!("no JSON: {}", self.body))
    }

    /// The tokens of a successful response of the token endpoint.
    pub fn tokens(&self) -> Tokens {
        assert_eq!(self.status, 200, "{}", self.body);
        Tokens(self.json())
    }

    /// The error code of an OAuth response; empty if it is not an error.
    pub fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }

    /// What `read` finds in every element that matches.
    fn select<T>(&self, selector: &str, read: impl Fn(ElementRef<'_>) -> Option<T>) -> Vec<T> {
        let html = Html::parse_document(&self.body);
        let selector = Selector::parse(selector).unwrap();
        html.select(&selector).filter_map(read).collect()
    }

    /// The text of the first element that matches.
    pub fn text(&self, selector: &str) -> String {
        self.texts(selector).into_iter().next().unwrap_or_default()
    }

    /// The texts of every element that matches.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        self.select(selector, |element| Some(element.text().collect()))
    }

    /// An attribute of every element that matches and has it.
    pub fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        self.select(selector, |element| element.attr(attribute).map(str::to_owned))
    }

    /// An attribute of the first element that matches.
    pub fn attribute(&self, selector: &str, attribute: &str) -> String {
        let read = |element: ElementRef<'_>| Some(element.attr(attribute).unwrap_or_default().to_owned());
        let found = self.select(selector, read).into_iter().next();
        found.unwrap_or_else(|| panic!("nothing matches: {}", self.body))
    }

    /// The fields of the first form with this `action`.
    pub fn form(&self, action: &str) -> Vec<(String, String)> {
        let found = self.forms(action).into_iter().next();
        found.unwrap_or_else(|| panic!("no form {action}: {}", self.body))
    }

    /// The fields of the first form with this `action` and this value of a field.
    pub fn form_with(&self, action: &str, name: &str, value: &str) -> Vec<(String, String)> {
        let is_it = |form: &Vec<(String, String)>| form.iter().any(|(n, v)| n == name && v == value);
        let found = self.forms(action).into_iter().find(is_it);
        found.unwrap_or_else(|| panic!("no form {action} with {name}={value}: {}", self.body))
    }

    /// The CSRF token of a page of the console or the account, as a field.
    pub fn csrf(&self) -> (String, String) {
        self.form("/oauth2/logout").remove(0)
    }

    /// The fields of every form with this `action`, as a browser submits them, without buttons.
    fn forms(&self, action: &str) -> Vec<Vec<(String, String)>> {
        let fields = Selector::parse("input[name], textarea[name], select[name]").unwrap();
        self.select(&format!("form[action=\"{action}\"]"), |form| {
            Some(form.select(&fields).filter_map(field).collect())
        })
    }
}

/// A field as a browser submits it; `None` for an unchecked box.
fn field(field: ElementRef<'_>) -> Option<(String, String)> {
    let is_choice = ["radio", "checkbox"].contains(&field.attr("type").unwrap_or_default());
    if is_choice && field.attr("checked").is_none() {
        return None;
    }
    let value = match field.value().name() {
        "textarea" => field.text().collect(),
        "select" => {
            let options = Selector::parse("option").unwrap();
            let all: Vec<_> = field.select(&options).collect();
            let chosen = all.iter().find(|option| option.attr("selected").is_some());
            let chosen = chosen.or_else(|| all.first())?;
            chosen.attr("value").unwrap_or_default().to_owned()
        }
        _ => field.attr("value").unwrap_or_default().to_owned(),
    };
    Some((field.attr("name")?.to_owned(), value))
}
